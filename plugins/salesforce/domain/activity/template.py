"""Fills in the templates of the subject and the comment (R24, R25)."""

from __future__ import annotations

from collections.abc import Mapping

from plugins.salesforce.domain.activity.length import clean, cut, one_line
from plugins.salesforce.domain.activity.marked import Room, quoted
from plugins.salesforce.domain.activity.placeholder import Placeholder, pieces

SUBJECT_LIMIT = 255
COMMENT_LIMIT = 32_000


def subject_of(template: str, values: Mapping[Placeholder, str], limit: int = SUBJECT_LIMIT) -> str:
    """The subject: one line, cut to what the field holds."""
    return cut(one_line(filled(template, values)), limit)


def comment_of(template: str, values: Mapping[Placeholder, str], room: Room) -> str:
    """The comment, cut at the end of a sentence to what the field holds."""
    return cut(quoted(clean(filled(template, values))), room.limit, more=room.more)


def filled(template: str, values: Mapping[Placeholder, str]) -> str:
    """The template with the values put in, as they are: braces in a value are text.

    A line that has only placeholders with nothing to say is left out. Empty lines of the template stay.
    """
    lines = (_line(line, values) for line in template.replace("\r\n", "\n").split("\n"))
    return "\n".join(line for line in lines if line is not None)


def _line(line: str, values: Mapping[Placeholder, str]) -> str | None:
    parts = list(pieces(line))
    text = "".join(values[part] if isinstance(part, Placeholder) else part for part in parts)
    says_nothing = not text.strip() and any(isinstance(part, Placeholder) for part in parts)
    return None if says_nothing else text
