"""Row locks: a record that somebody else is writing, for a time or for a number of writes."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from salesforce_sandbox.clock import Clock
from salesforce_sandbox.errors import ControlInputError, SalesforceError
from salesforce_sandbox.records.draft import Draft

_LONGEST = 3_600_000


@dataclass(slots=True)
class Lock:
    """``until``: a time of the org's clock; ``writes``: how many are still refused. None: does not matter."""

    until: float | None
    writes: int | None


class Locks:
    """Locked records by id."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._held: dict[str, Lock] = {}

    def reset(self) -> None:
        with self._guard:
            self._held = {}

    def hold(self, record_id: str, milliseconds: float | None, writes: int | None) -> None:
        """Lock a record; zero of either lets it go. Raises ControlInputError."""
        for name, value in (("milliseconds", milliseconds), ("requests", writes)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0):
                raise ControlInputError(f"{name!r} of a lock must be a number, not below 0")
        if milliseconds is None and writes is None:
            raise ControlInputError("A lock needs 'milliseconds' or 'requests'")
        until = None if milliseconds is None else self._clock.timestamp() + min(milliseconds, _LONGEST) / 1000
        with self._guard:
            self._held[record_id] = Lock(until, None if writes is None else int(writes))

    def check(self, record_ids: list[str]) -> None:
        """Raise UNABLE_TO_LOCK_ROW (recorded) for the first that is locked."""
        with self._guard:
            for record_id in record_ids:
                if record_id in self._held and self._is_held(record_id):
                    message = f"unable to obtain exclusive access to this record or 1 records: {record_id}"
                    raise SalesforceError(400, "UNABLE_TO_LOCK_ROW", message, [])

    def _is_held(self, record_id: str) -> bool:
        lock = self._held[record_id]
        over = lock.until is not None and self._clock.timestamp() >= lock.until
        if over or (lock.writes is not None and lock.writes <= 0):
            del self._held[record_id]
            return False
        if lock.writes is not None:
            lock.writes -= 1
        return True

    def report(self) -> list[dict[str, Any]]:
        with self._guard:
            now = self._clock.timestamp()
            return [
                {"record_id": key, "requests": lock.writes,
                 "milliseconds": None if lock.until is None else max(0, round((lock.until - now) * 1000))}
                for key, lock in self._held.items()
            ]  # fmt: skip


def locked_by(draft: Draft) -> list[str]:
    """Return the ids a write takes locks on: the record, and for an open activity with a date those it is about.

    A Task that is completed or has no ActivityDate locks nothing else (spec section 7).
    """
    own = [draft.record_id] if draft.record_id else []
    if draft.sobject.name not in {"Task", "Event"}:
        return own
    if draft.sobject.name == "Task" and (draft.value("IsClosed") or draft.value("ActivityDate") is None):
        return own
    related = (draft.value(name) for name in ("AccountId", "WhoId", "WhatId"))
    return own + [record_id for record_id in dict.fromkeys(related) if record_id]
