"""When the clock means a job to run: its planned moments, over daylight-saving changes too (R20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)
A_SECOND = timedelta(seconds=1)
AROUND = 3  # days: a zone may leave one out


@dataclass(frozen=True, slots=True)
class Daily:
    """Every day at this time of day in this zone."""

    at: time
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Every:
    """Again and again with this time between; counted from 1970, so that all processes mean the same moments."""

    interval: timedelta


Plan = Daily | Every


def latest_slot(plan: Plan, now: datetime) -> datetime:
    """The latest planned moment that is not after `now` (UTC)."""
    if isinstance(plan, Every):
        return EPOCH + (now - EPOCH) // plan.interval * plan.interval
    return max(slot for slot in _slots_around(plan, now) if slot <= now)


def next_slot(plan: Plan, now: datetime) -> datetime:
    """The first planned moment after `now` (UTC)."""
    if isinstance(plan, Every):
        return latest_slot(plan, now) + plan.interval
    return min(slot for slot in _slots_around(plan, now) if slot > now)


def _slots_around(plan: Daily, now: datetime) -> list[datetime]:
    today = now.astimezone(plan.zone).date()
    days = (today + timedelta(days=shift) for shift in range(-AROUND, AROUND + 1))
    return [moment_on(day, plan.at, plan.zone) for day in days if _exists(day, plan.zone)]


def moment_on(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When it is that time on that day (UTC).

    A time that comes twice means the first; one that is skipped means the moment after the gap.
    """
    early, late = (datetime.combine(day, at.replace(tzinfo=zone, fold=fold)).astimezone(UTC) for fold in (0, 1))
    if early <= late:
        return early
    return _end_of_gap(late, early, zone)


def _exists(day: date, zone: ZoneInfo) -> bool:
    """Whether the zone has this day: one that moved over the date line has left one out."""
    return moment_on(day, time.min, zone).astimezone(zone).date() == day


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first moment with the new offset; `before` has the old one, `after` the new."""
    old = before.astimezone(zone).utcoffset()
    while after - before > A_SECOND:
        middle = before + (after - before) // A_SECOND // 2 * A_SECOND
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
