"""Every text for people is translated: extraction finds nothing that a catalogue lacks or is unsure of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from devtools.checks import ROOT

LANGUAGES = ("ja",)
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "N_": None,
    "_l": None,
    "later": None,
    "Sentence": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
}
MessageId = str | tuple[str, ...]


def packages(root: Path = ROOT) -> list[Path]:
    """The packages that bring a catalogue of their own: the host and each plugin."""
    return [root / "host", *sorted(path.parent for path in (root / "plugins").glob("*/__init__.py"))]


def incomplete_catalogues(root: Path = ROOT) -> list[str]:
    return [fault for package in packages(root) for fault in _faults_of(package, root)]


def texts_of(package: Path, root: Path = ROOT) -> dict[MessageId, str]:
    """Every translatable text in a package and where it stands first."""
    with (root / "babel.cfg").open() as config:
        methods, options = parse_mapping_cfg(config)  # type: ignore[no-untyped-call]
    found: dict[MessageId, str] = {}
    for filename, line, text, _comments, _context in extract_from_dir(str(package), methods, options, KEYWORDS):
        found.setdefault(text, f"{package.relative_to(root)}/{filename}:{line}")
    return found


def _faults_of(package: Path, root: Path) -> Iterator[str]:
    texts = texts_of(package, root)
    for language in LANGUAGES if texts else ():
        path = package / "translations" / language / "LC_MESSAGES" / "messages.po"
        if not path.is_file():
            yield f"{path.relative_to(root)} is missing; {package.name} has {len(texts)} texts"
            continue
        with path.open("rb") as stream:
            catalog = read_po(stream, locale=language)
        yield from _gaps(catalog, texts, str(path.relative_to(root)))


def _gaps(catalog: Catalog, texts: dict[MessageId, str], name: str) -> Iterator[str]:
    for text, place in texts.items():
        message = catalog.get(text if isinstance(text, str) else text[0])
        if message is None:
            yield f"{name}: lacks {text!r} ({place})"
        elif fault := _fault_of(message, catalog):
            yield f"{name}: {text!r} {fault} ({place})"


def _fault_of(message: Message, catalog: Catalog) -> str:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    if not all(strings):
        return "is not translated"
    if message.fuzzy:
        return "is marked fuzzy"
    return "; ".join(str(error) for error in message.check(catalog))
