"""The checks find what they are for."""

from __future__ import annotations

from pathlib import Path

import pytest

from devtools.checks.catalogues import incomplete_catalogues
from devtools.checks.links import broken_links
from devtools.checks.sizes import oversized

HEADER = 'msgid ""\nmsgstr ""\n"Language: ja\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A host whose template holds one text."""
    (tmp_path / "babel.cfg").write_text("[python: **.py]\n\n[jinja2: **/templates/**.html]\nsilent = false\n")
    (tmp_path / "host" / "templates").mkdir(parents=True)
    (tmp_path / "host" / "templates" / "page.html").write_text('<p>{{ _("Hello %(name)s", name=name) }}</p>')
    return tmp_path


def translate(tree: Path, entry: str) -> None:
    path = tree / "host" / "translations" / "ja" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + entry)


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("", "lacks 'Hello %(name)s'"),
        ('msgid "Hello %(name)s"\nmsgstr ""\n', "is not translated"),
        ('#, fuzzy\nmsgid "Hello %(name)s"\nmsgstr "%(name)sさん"\n', "is marked fuzzy"),
        ('#, python-format\nmsgid "Hello %(name)s"\nmsgstr "%(nama)sさん"\n', "unknown named placeholder"),
    ],
)
def test_a_text_without_its_translation_is_found(tree: Path, entry: str, fault: str) -> None:
    translate(tree, entry)
    assert [found for found in incomplete_catalogues(tree) if fault in found]


def test_a_missing_catalogue_is_found(tree: Path) -> None:
    assert incomplete_catalogues(tree) == ["host/translations/ja/LC_MESSAGES/messages.po is missing; host has 1 texts"]


def test_a_complete_catalogue_is_fine(tree: Path) -> None:
    translate(tree, '#, python-format\nmsgid "Hello %(name)s"\nmsgstr "%(name)sさん"\n')
    assert incomplete_catalogues(tree) == []


@pytest.mark.parametrize(
    ("link", "fault"),
    [
        ("[a](nothing.md)", "README.md: nothing.md leads nowhere"),
        ("[a](docs/page.md#no-such)", "README.md: docs/page.md#no-such names a heading that is not there"),
        ("[a](docs/page.md#a-heading-with-code)", ""),
        ("[a](https://example.com/x)", ""),
        ("`[a](nothing.md)`", ""),
    ],
)
def test_a_link_that_leads_nowhere_is_found(tmp_path: Path, link: str, fault: str) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text("# Page\n\n## A heading, with `code`\n")
    (tmp_path / "README.md").write_text(f"# It\n\n{link}\n")
    assert broken_links(tmp_path) == ([fault] if fault else [])


def test_what_is_too_long_is_found(tmp_path: Path) -> None:
    (tmp_path / "host").mkdir()
    body = "\n".join("    x = 1" for _ in range(50))
    (tmp_path / "host" / "long.py").write_text(f"def much():\n{body}\n\n\n" + "y = 2\n" * 280)
    assert oversized(tmp_path) == [
        "host/long.py has 333 lines; the limit is 280",
        "host/long.py:1 much has 51 lines; the limit is 50",
    ]
