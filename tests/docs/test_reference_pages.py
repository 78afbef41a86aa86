"""B14: the pages that follow from the source say what the source says, and every public name is on them."""

from __future__ import annotations

import pytest

from devtools.reference import interface_page, pages
from devtools.reference.docstrings import paragraphs
from host import plugin_api


@pytest.mark.parametrize("page", pages.PAGES)
def test_b14_a_page_written_from_the_source_is_current(page: str) -> None:
    assert pages.current(page), "run: python -m devtools.reference"


def test_b14_every_public_name_has_its_place_in_the_reference() -> None:
    placed = [name for names in interface_page.PARTS.values() for name in names]
    assert sorted(placed) == sorted(plugin_api.__all__)


def test_b14_the_public_modules_are_those_of_the_reference() -> None:
    section = (pages.DOCS / "plugins.md").read_text().split("## The interface and its versions")[1].split("\n## ")[0]
    assert [name for name in interface_page.MODULES if f"`host.plugin_api.{name}`" not in section] == []


def test_a_docstring_becomes_paragraphs_and_lists() -> None:
    text = """Does it (R33).

    Args:
        one, two: what
            is given.
        three: more.

    Raises:
        ValueError: it cannot.
    """
    assert list(paragraphs(text)) == [
        "Does it.",
        "- `one`, `two`: what is given.\n- `three`: more.",
        "- raises `ValueError`: it cannot.",
    ]
