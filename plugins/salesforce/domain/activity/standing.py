"""Where a call's Task stands: what we wrote, what Salesforce held after it, and what is to be written now (R29, B12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from host.plugin_api import RecordRef
from plugins.salesforce.domain.activity.facts import TaskTarget
from plugins.salesforce.domain.activity.marked import Room
from plugins.salesforce.domain.activity.merge import Values, merge, must_be_read, same

MOST_PENDING = 5
"""Unanswered writes that are remembered: of more than these, the oldest is as good as known not to have arrived."""


class TaskState(StrEnum):
    """Where a Task stands; the words are stored. `CREATING`: its creation was asked for, no answer has come."""

    NONE = "none"
    CREATING = "creating"
    THERE = "there"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a call was found to be about, kept with its Task.

    Args:
        known: whether anybody has looked; `record` is None if that found nothing.
        refused: Salesforce did not take this record, though it was looked up again: the Task is without it.
        fact: the fact whose delivery looked it up, so that a repeated delivery does not ask again.
        at_end: all that the call's end asks for was done when it was looked up, together with others.
    """

    known: bool = False
    record: RecordRef | None = None
    link: TaskTarget | None = None
    company: str = ""
    person: str = ""
    refused: bool = False
    fact: int | None = None
    at_end: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Target:
        record, link = stored.get("record"), stored.get("link")
        made = {"record": RecordRef(**record) if record else None, "link": TaskTarget(**link) if link else None}
        return cls(**{**stored, **made})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One row: all that is known of a call's Task. Times are UTC.

    Args:
        written: what is remembered of each field (`merge.Merged.written`).
        pending: writes of which nobody knows whether they arrived.
        written_at: Salesforce's LastModifiedDate after our last write.
        asked_at: when the creation was last asked for.
    """

    call_id: str
    org: str
    state: TaskState = TaskState.NONE
    task_id: str = ""
    written: Values = field(default_factory=dict)
    pending: Sequence[Values] = ()
    written_at: datetime | None = None
    asked_at: datetime | None = None
    target: Target = field(default_factory=Target)

    def creating(self, body: Values, at: datetime) -> Standing:
        """Before it is created: whoever comes after a crash has to look whether it is there."""
        return replace(self.writing(body), state=TaskState.CREATING, asked_at=at)

    def writing(self, body: Values) -> Standing:
        """Before `body` is written: its answer may never come."""
        return replace(self, pending=(*self.pending, dict(body))[-MOST_PENDING:])

    def refused(self) -> Standing:
        """Salesforce answered that the last write was not done."""
        undone = self.pending[:-1]
        state = TaskState.NONE if self.state is TaskState.CREATING and not undone else self.state
        return replace(self, pending=undone, state=state)

    def never_made(self) -> Standing:
        """Whatever was asked for did not arrive."""
        return replace(self, state=TaskState.NONE, pending=())

    def there(self, written: Values, record: Values, task_id: str = "") -> Standing:
        """It is written: this is to be remembered, and this is what Salesforce holds now."""
        return replace(
            self,
            state=TaskState.THERE,
            task_id=task_id or self.task_id,
            written=dict(written),
            pending=(),
            written_at=modified(record),
        )

    def gone(self) -> Standing:
        """Somebody deleted it in Salesforce."""
        return replace(self, state=TaskState.GONE, pending=())

    def is_as(self, desired: Values, room: Room) -> bool:
        """Whether there is nothing to write, so far as is known."""
        if self.state is not TaskState.THERE or self.must_be_read(desired):
            return False
        return not merge(desired, self.written, room=room).changes

    def must_be_read(self, desired: Values) -> bool:
        """Whether the Task as it is has to be known before it can be changed."""
        return self.written_at is None or must_be_read(desired, self.written, self.pending)


def assumed(written: Values, current: Values | None) -> Values:
    """What Salesforce should hold before we write: what was read, else what we wrote last."""
    return current if current is not None else {name: _last(value) for name, value in written.items()}


def was_touched(body: Values, expected: Values, before: Values) -> bool:
    """Whether fields that were written held something else a moment before than was assumed: a person had written there."""
    return any(not same(name, before[name], expected.get(name)) for name in body if name in before)


def _last(remembered: Any) -> Any:
    return remembered["last"] if isinstance(remembered, Mapping) else remembered


def modified(record: Values) -> datetime | None:
    """A record's LastModifiedDate: "2026-01-15T12:34:56.000+0000"."""
    text = record.get("LastModifiedDate")
    return datetime.fromisoformat(str(text)) if text else None
