"""Which pages follow from the source, and from where on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from devtools.reference import hooks_page, interface_page, rest_page

DOCS = Path(__file__).resolve().parents[2] / "docs"
MARK = "<!-- from here on written by: python -m devtools.reference -->\n"
"""What stands above this line in a page is written by hand."""
PAGES: dict[str, Callable[[], str]] = {
    "hooks.md": hooks_page.rendered,
    "interface.md": interface_page.rendered,
    "rest-reference.md": rest_page.rendered,
}


def current(page: str) -> bool:
    """Whether the page says what the source says."""
    path = DOCS / page
    return path.exists() and path.read_text(encoding="utf-8") == _text(page)


def write(page: str) -> None:
    """Write it anew; what stands above the mark stays."""
    (DOCS / page).write_text(_text(page), encoding="utf-8")


def _text(page: str) -> str:
    path = DOCS / page
    above, mark, _ = path.read_text(encoding="utf-8").partition(MARK) if path.exists() else ("", "", "")
    return (above + mark if mark else "") + PAGES[page]()
