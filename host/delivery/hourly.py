"""Counts how the last day's attempts ended, by the hour: what went well and what did not (R31)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Integer, case, cast, extract, func, select

from host.domain.settlement import AttemptResult
from host.storage.in_order import first_since
from host.storage.tables import deliveries, delivery_attempts

HOURS = 24
HOUR_SECONDS = 3600
WELL = (AttemptResult.DONE, AttemptResult.SKIPPED)
NEITHER = (AttemptResult.WAIT,)
"""A limit was met: nothing went wrong, and nothing was done."""
_attempts = delivery_attempts.c


@dataclass(frozen=True, slots=True)
class Hour:
    """The attempts that began within the hour from `begin`: how many went well, and how many did not."""

    begin: datetime
    well: int
    badly: int

    @property
    def total(self) -> int:
        return self.well + self.badly


@dataclass(frozen=True, slots=True)
class LastDay:
    """The last 24 hours, oldest first, the current one last."""

    hours: tuple[Hour, ...]

    @property
    def well(self) -> int:
        return sum(hour.well for hour in self.hours)

    @property
    def badly(self) -> int:
        return sum(hour.badly for hour in self.hours)

    @property
    def highest(self) -> int:
        return max(hour.total for hour in self.hours)

    @property
    def worst(self) -> Hour:
        return max(self.hours, key=lambda hour: hour.badly)


def last_day(connection: Connection, now: datetime, plugin: str = "") -> LastDay:
    """How the attempts of the last day ended, of all plugins or of one."""
    current = int(now.timestamp()) // HOUR_SECONDS
    first = current - HOURS + 1
    counts = _counts(connection, datetime.fromtimestamp(first * HOUR_SECONDS, UTC), plugin)
    slots = range(first, current + 1)
    return LastDay(
        tuple(Hour(datetime.fromtimestamp(slot * HOUR_SECONDS, UTC), *counts.get(slot, (0, 0))) for slot in slots)
    )


def _counts(connection: Connection, since: datetime, plugin: str) -> Mapping[int, tuple[int, int]]:
    """By the hour since 1970: how many went well and how many did not."""
    slot = cast(func.floor(extract("epoch", _attempts.started_at) / HOUR_SECONDS), Integer)
    well = func.sum(case((_attempts.result.in_(WELL), 1), else_=0))
    query = (
        select(slot, well, func.count())
        .where(_attempts.id >= first_since(connection, _attempts.id, _attempts.started_at, since))
        .where(_attempts.started_at >= since)
        .where(_attempts.result.not_in(NEITHER))
        .group_by(slot)
    )
    if plugin:
        query = query.join(deliveries, deliveries.c.id == _attempts.delivery_id).where(deliveries.c.plugin == plugin)
    return {hour: (good, total - good) for hour, good, total in connection.execute(query)}
