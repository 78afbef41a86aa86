"""Where a call's Task stands: what we wrote, what Salesforce held after it, and what is to be written now (R29, B12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from host.plugin_api import RecordRef
from plugins.salesforce.domain.activity.facts import TaskTarget

Fields = Mapping[str, Any]
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
    """

    known: bool = False
    record: RecordRef | None = None
    link: TaskTarget | None = None
    company: str = ""
    person: str = ""
    refused: bool = False
    fact: int | None = None

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
        sent: field → what it was meant to be when it was written last.
        held: field → what Salesforce held after that, in its own spelling.
        pending: writes of which nobody knows whether they arrived.
        held_at: Salesforce's LastModifiedDate after our last write.
        asked_at: when the creation was last asked for.
    """

    call_id: str
    org: str
    state: TaskState = TaskState.NONE
    task_id: str = ""
    sent: Fields = field(default_factory=dict)
    held: Fields = field(default_factory=dict)
    pending: Sequence[Fields] = ()
    held_at: datetime | None = None
    asked_at: datetime | None = None
    target: Target = field(default_factory=Target)

    def creating(self, body: Fields, at: datetime) -> Standing:
        """Before it is created: whoever comes after a crash has to look whether it is there."""
        return replace(self.writing(body), state=TaskState.CREATING, asked_at=at)

    def writing(self, body: Fields) -> Standing:
        """Before `body` is written: its answer may never come."""
        return replace(self, pending=(*self.pending, dict(body))[-MOST_PENDING:])

    def refused(self) -> Standing:
        """Salesforce answered that the last write was not done."""
        undone = self.pending[:-1]
        state = TaskState.NONE if self.state is TaskState.CREATING and not undone else self.state
        return replace(self, pending=undone, state=state)

    def found(self, record: Fields) -> Standing:
        """The Task whose creation was not answered is there: what we last wrote is what we asked for."""
        first = self.pending[0] if self.pending else {}
        return replace(self, state=TaskState.THERE, task_id=str(record["Id"]), held=dict(first)).settled(record)

    def settled(self, current: Fields) -> Standing:
        """Those of the unanswered writes that arrived are known by what Salesforce holds now; none is open any more."""
        arrived = {
            name: current[name]
            for one in self.pending
            for name, value in one.items()
            if name in current and same(current[name], value)
        }
        return replace(self, held={**self.held, **arrived}, pending=())

    def written(self, desired: Fields, body: Fields, after: Fields) -> Standing:
        """`body` was written, and Salesforce holds `after` now."""
        held = {**self.held, **{name: after.get(name, value) for name, value in body.items()}}
        return replace(self, state=TaskState.THERE, pending=(), sent=dict(desired), held=held, held_at=modified(after))

    def gone(self) -> Standing:
        """Somebody deleted it in Salesforce."""
        return replace(self, state=TaskState.GONE, pending=())

    def dirty(self, desired: Fields) -> dict[str, Any]:
        """The fields that should be something else than when we wrote last."""
        return {name: value for name, value in desired.items() if name not in self.sent or self.sent[name] != value}

    def is_as(self, desired: Fields) -> bool:
        """Whether there is nothing to write."""
        return self.state is TaskState.THERE and not self.pending and not self.dirty(desired)


def same(one: Any, other: Any) -> bool:
    """Whether Salesforce would keep both as the same value: it trims texts, and an empty one is null."""
    return _plain(one) == _plain(other)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n").strip() or None
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def untouched(current: Fields, held: Fields) -> dict[str, Any]:
    """`current` with what is the same as `held` in the very spelling of `held`."""
    return {name: held[name] if name in held and same(value, held[name]) else value for name, value in current.items()}


def overwritten(body: Fields, held: Fields, before: Fields) -> dict[str, Any]:
    """What a person wrote into fields that we wrote a moment later, without having seen it."""
    return {name: before[name] for name in body if name in before and not same(before[name], held.get(name))}


def modified(record: Fields) -> datetime | None:
    """A record's LastModifiedDate: "2026-01-15T12:34:56.000+0000"."""
    text = record.get("LastModifiedDate")
    return datetime.fromisoformat(str(text)) if text else None
