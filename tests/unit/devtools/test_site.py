"""The docs' site: what is changed on the way from the forge's Markdown, and what is complained of."""

from __future__ import annotations

from pathlib import Path

import pytest

from devtools import site_pages
from devtools.checks import ROOT
from devtools.checks.site import brought_from_elsewhere


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("1. one\n\n   ```sh\n   run\n   ```\n", "1. one\n\n    ```sh\n    run\n    ```\n"),
        ("- one\n  goes on\n- two", "- one\n    goes on\n- two"),
        ("- one\n\nText.\n  not of the list", "- one\n\nText.\n  not of the list"),
        ("```\n- no list\n  at all\n```", "```\n- no list\n  at all\n```"),
        ("[changes](../CHANGELOG.md)", "[changes](CHANGELOG.md)"),
        ("[the example](../examples/acme_crm/README.md)", "[the example](acme-crm.md)"),
    ],
)
def test_markdown_of_the_forge_becomes_that_of_the_site(written: str, shown: str) -> None:
    assert site_pages.on_page_markdown(written) == shown


def test_every_decision_is_in_the_navigation() -> None:
    shown = site_pages.expanded([{"Decisions": "decisions/*.md"}, {"Start": "README.md"}])
    decisions = sorted(f"decisions/{path.name}" for path in (ROOT / "docs" / "decisions").iterdir())
    assert shown == [{"Decisions": decisions}, {"Start": "README.md"}]


@pytest.mark.parametrize(
    ("tag", "complaints"),
    [
        ('<script src="https://cdn.example/x.js"></script>', 1),
        ('<link href="//fonts.example/x.css" rel="stylesheet">', 1),
        ('<script src="assets/x.js"></script>', 0),
        ('<link rel="canonical" href="https://docs.example/">', 0),
        ('<a href="https://elsewhere.example/">there</a>', 0),
    ],
)
def test_a_page_that_loads_something_from_elsewhere_is_named(tag: str, complaints: int, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(f"<html>{tag}</html>")
    assert len(list(brought_from_elsewhere(tmp_path))) == complaints
