"""Whether a package's catalogue has every text that people read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from host.catalogues import catalogue_folder
from host.config import LANGUAGES

KEYWORDS: dict[str, tuple[int, ...] | None] = {
    **dict.fromkeys(("_", "N_", "_l", "later", "Sentence", "gettext", "lazy_gettext")),
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
SOURCE_LANGUAGE = "en"


def gaps(package: str, said: list[str]) -> Iterator[str]:
    """What the catalogues of this package lack, of the texts marked in it and of these."""
    folder = catalogue_folder(package)
    for language in (each for each in LANGUAGES if each != SOURCE_LANGUAGE):
        path = folder / language / "LC_MESSAGES" / "messages.po" if folder else None
        if path is None or not path.is_file():
            yield f"There is no translations/{language}/LC_MESSAGES/messages.po in the package named by `translations`."
            continue
        if not path.with_suffix(".mo").is_file():
            yield f"{path.name} is not compiled: there is no messages.mo beside it, so nothing is translated."
        catalogue, ours = _catalogue(path, language), _catalogue(_host_path(language), language)
        texts = dict.fromkeys([*said, *_marked(path.parents[3])])
        lacking = [text for text in texts if not _has(catalogue, text) and not _has(ours, text)]
        yield from (f"The catalogue of “{language}” lacks: {text}" for text in lacking)


def _host_path(language: str) -> Path:
    return Path(str(catalogue_folder("host"))) / language / "LC_MESSAGES" / "messages.po"


def _catalogue(path: Path, language: str) -> Catalog:
    with path.open("rb") as stream:
        return read_po(stream, locale=language)


def _marked(folder: Path) -> Iterator[str]:
    for _file, _line, text, _comments, _context in extract_from_dir(str(folder), METHODS, {}, KEYWORDS):
        yield text if isinstance(text, str) else text[0]


def _has(catalogue: Catalog, text: str) -> bool:
    message = catalogue.get(text)
    if message is None or message.fuzzy:
        return False
    strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return all(strings)
