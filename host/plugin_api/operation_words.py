"""A line of the operation log in words: for pages, and as the rows of a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from host.plugin_api.operations import Changed, Operation
from host.plugin_api.spreadsheet import guarded
from host.sentences import Sentence

Say = Callable[[str], str]
"""Says a text or `Sentence` in the reader's language: `host.plugin_api.web.said`."""

NOTHING = "–"
ARROW = " → "
YES, NO = Sentence("yes"), Sentence("no")
COLUMNS = (
    Sentence("Entry"),
    Sentence("Time"),
    Sentence("Who"),
    Sentence("What"),
    Sentence("Detail"),
    Sentence("Before"),
    Sentence("After"),
)


@dataclass(frozen=True, slots=True)
class OperationFact:
    """One value of a line's detail. `before` is None if nothing was there to be changed."""

    label: str
    after: str
    before: str | None = None

    @property
    def text(self) -> str:
        """The value, or what it was before and after."""
        return self.after if self.before is None else f"{self.before}{ARROW}{self.after}"


def operation_facts(operation: Operation, say: Say) -> list[OperationFact]:
    """The detail of a line, each value with its label."""
    return [_fact(say(name), value, say) for name, value in operation.detail.items()]


def operation_rows(operation: Operation, say: Say, zone: ZoneInfo) -> list[list[str]]:
    """Rows for a spreadsheet, under `COLUMNS`: one for each value of the line's detail, or one if it has none.

    Args:
        zone: the time is written in it.
    """
    moment = operation.happened_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    head = (str(operation.id), moment, operation.actor, say(operation.action))
    facts = operation_facts(operation, say) or [OperationFact("", "")]
    return [[guarded(cell) for cell in (*head, fact.label, fact.before or "", fact.after)] for fact in facts]


def _fact(label: str, value: Any, say: Say) -> OperationFact:
    if isinstance(value, Changed):
        return OperationFact(label, after=_words(value.after, say), before=_words(value.before, say))
    return OperationFact(label, after=_words(value, say))


def _words(value: Any, say: Say) -> str:
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return say(YES if value else NO)
    if isinstance(value, list | tuple):
        return say(Sentence("%(parts)s", parts=[_words(part, say) for part in value]))
    if isinstance(value, dict):
        return say(Sentence("%(parts)s", parts=[f"{say(name)}: {_words(part, say)}" for name, part in value.items()]))
    return say(value) if isinstance(value, str) else str(value)
