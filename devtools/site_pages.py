"""What the docs' site has beyond the files of docs/, and what it must not have. Called by MkDocs."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

LOG = logging.getLogger("mkdocs.hooks.site_pages")
ROOT = Path(__file__).resolve().parents[1]
BROUGHT = {
    "CHANGELOG.md": "CHANGELOG.md",
    "acme-crm.md": "examples/acme_crm/README.md",
    "favicon.svg": "host/web/static/favicon.svg",
}
"""Files of the repository by what they become in the site."""
RUN_TOGETHER = re.compile(r"<p>(?:(?!</p>).)*?\n(?:[-*] |\d+\. |\|)", re.DOTALL)
"""A list or table that follows its paragraph without an empty line: the forge shows one, the site does not."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the files in the place of each `*.md` of the navigation."""
    config.nav = expanded(config.nav)
    return config


def expanded(entry: Any) -> Any:
    """A navigation in which each name with a `*` became the files of docs/ that it names."""
    if isinstance(entry, list):
        return [expanded(each) for each in entry]
    if isinstance(entry, dict):
        return {title: expanded(each) for title, each in entry.items()}
    if "*" not in entry:
        return entry
    docs = ROOT / "docs"
    return [path.relative_to(docs).as_posix() for path in sorted(docs.glob(entry))]


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add what is brought."""
    for page, path in BROUGHT.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Links out of docs/ lead to the pages that were brought; those in brought pages lose the way into docs/."""
    for page, path in BROUGHT.items():
        markdown = markdown.replace(f"](../{path}", f"]({page}")
    return "\n".join(_widened(markdown.replace("](docs/", "](").split("\n")))


def _widened(lines: list[str]) -> Iterator[str]:
    """What belongs to an entry of a list, four columns in: the forge is content with less, the site is not."""
    offset, fenced = 0, False
    for line in lines:
        fenced ^= line.startswith("```")
        entry = None if fenced else re.match(r"(?:[-*]|\d+\.) +", line)
        if entry:
            offset = len(entry[0])
        elif line.strip() and not line.startswith(" " * offset):
            offset = 0
        yield " " * max(4 - offset, 0) + line if offset and not entry and line.strip() else line


def on_page_content(html: str, *, page: Page, **_: Any) -> None:
    """Complain of what the forge shows otherwise."""
    for found in RUN_TOGETHER.finditer(html):
        LOG.warning("%s: put an empty line before the list or table after %r", page.file.src_uri, found[0][3:60])


def on_post_page(output: str, **_: Any) -> str:
    """Name the search for who cannot see it: the theme does not."""
    search = 'data-md-component="search" role="dialog"'
    return output.replace(search, f'{search} aria-label="Search"')
