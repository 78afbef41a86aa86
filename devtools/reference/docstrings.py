"""Turns a docstring with sections (`Args:`, `Returns:`, `Raises:`) into Markdown."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator

WIDTH = 125
SECTION = re.compile(r"^(Args|Returns|Raises|Yields):$", re.MULTILINE)
RULE = re.compile(r"\s*\((?:[RB]\d+(?:, )?)+\)")
"""The number of a rule, which says nothing to a reader of the docs."""
ENTRY = re.compile(r"^([\w, ]+): ")
INTRODUCTIONS = {"Args": "", "Returns": "Gives back: ", "Yields": "Gives: ", "Raises": ""}


def paragraphs(text: str | None) -> Iterator[str]:
    """The Markdown paragraphs of a docstring."""
    plain, *sections = SECTION.split(RULE.sub("", inspect.cleandoc(text or "")))
    yield from _filled(plain)
    for heading, body in zip(sections[::2], sections[1::2], strict=True):
        listed, _, rest = textwrap.dedent(body.strip("\n")).partition("\n\n")
        yield _section(heading, listed)
        yield from _filled(rest)


def _filled(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        if re.match(r"\s*[*-] ", paragraph):
            yield paragraph
        elif paragraph:
            yield fill(" ".join(paragraph.split()))


def _section(heading: str, body: str) -> str:
    if heading in ("Returns", "Yields"):
        return fill(INTRODUCTIONS[heading] + " ".join(body.split()))
    raises = "raises " if heading == "Raises" else ""
    return "\n".join(_entry(" ".join(entry.split()), raises) for entry in re.split(r"\n(?=\S)", body))


def _entry(text: str, before: str) -> str:
    named = ENTRY.sub(lambda found: ", ".join(f"`{name}`" for name in found[1].split(", ")) + ": ", text, count=1)
    return fill(f"- {before}{named}", "    ")


def fill(text: str, indent: str = "") -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)
