"""Writes the skeleton of a plugin into a new folder."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from host.registry.checks import NAME

PLACES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "__init__.py": "@NAME@/__init__.py",
    "plugin.py": "@NAME@/plugin.py",
    "crm.py": "@NAME@/crm.py",
    "auth.py": "@NAME@/auth.py",
    "words.py": "@NAME@/words.py",
    "scenario.py": "@NAME@/scenario.py",
    "messages.po": "@NAME@/translations/ja/LC_MESSAGES/messages.po",
    "test_conformance.py": "tests/test_conformance.py",
}
"""Where each template goes."""


class SkeletonRefused(Exception):
    """It cannot be written, and nothing was; the message says why."""


def write_skeleton(name: str, folder: Path) -> list[Path]:
    """Write a working plugin of this name into a folder that is not there yet; gives back the files.

    Raises:
        SkeletonRefused: the name is none for a plugin, or the folder is there.
    """
    _check(name, folder)
    written = [_write(folder / place, text) for place, text in _texts(name)]
    catalogue = next(path for path in written if path.suffix == ".po")
    with catalogue.open("rb") as source, catalogue.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, read_po(source, locale="ja"))
    return written


def _check(name: str, folder: Path) -> None:
    if not NAME.fullmatch(name):
        raise SkeletonRefused("A plugin's name has lower-case letters, digits and underscores, and begins with a letter.")
    if iskeyword(name) or find_spec(name) is not None:
        raise SkeletonRefused(f"“{name}” is a word of Python's or a package that is there already. Choose another one.")
    if folder.exists():
        raise SkeletonRefused(f"{folder} is there already. Choose another --directory; nothing was written.")


def _texts(name: str) -> Iterator[tuple[str, str]]:
    """Each file's place and text."""
    title = name.replace("_", " ").title()
    values = {
        "@NAME@": name,
        "@TITLE@": title,
        "@CLASS@": title.replace(" ", ""),
        "@DISTRIBUTION@": f"tsunagu-{name.replace('_', '-')}",
    }
    templates = files(__package__) / "files"
    for template, place in PLACES.items():
        yield _filled(place, values), _filled((templates / f"{template}.tmpl").read_text(encoding="utf-8"), values)


def _filled(text: str, values: dict[str, str]) -> str:
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
