"""Counts today's calls by the hour, for the small chart above the call history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Integer, Select, cast, extract, func, select

from host.plugin_api import CallOutcome
from host.storage.tables import calls

SLOT_SECONDS = 900
"""Zones differ from UTC by multiples of a quarter of an hour, so a slot lies in one local hour."""


@dataclass(frozen=True, slots=True)
class Hour:
    """The calls that began in one hour of the site's day."""

    hour: int
    answered: int
    others: int

    @property
    def total(self) -> int:
        return self.answered + self.others


@dataclass(frozen=True, slots=True)
class Today:
    """A day's calls by hour, 0 to 23."""

    hours: tuple[Hour, ...]

    @property
    def total(self) -> int:
        return sum(hour.total for hour in self.hours)

    @property
    def answered(self) -> int:
        return sum(hour.answered for hour in self.hours)

    @property
    def busiest(self) -> Hour:
        return max(self.hours, key=lambda hour: hour.total)


def calls_by_hour(connection: Connection, now: datetime, zone: ZoneInfo) -> Today:
    """The calls that began today in the site's zone."""
    local = now.astimezone(zone)
    begin = datetime.combine(local.date(), time(), zone)
    end = datetime.combine(local.date() + timedelta(days=1), time(), zone)
    counts = [[0, 0] for _hour in range(24)]
    for slot, outcome, number in connection.execute(_slots(begin, end)):
        hour = datetime.fromtimestamp(slot * SLOT_SECONDS, UTC).astimezone(zone).hour
        counts[hour][0 if outcome == CallOutcome.ANSWERED else 1] += number
    return Today(tuple(Hour(hour, answered, others) for hour, (answered, others) in enumerate(counts)))


def _slots(begin: datetime, end: datetime) -> Select[Any]:
    slot = cast(func.floor(extract("epoch", calls.c.started_at) / SLOT_SECONDS), Integer)
    return (
        select(slot, calls.c.outcome, func.count())
        .where(calls.c.started_at >= begin, calls.c.started_at < end)
        .group_by(slot, calls.c.outcome)
    )
