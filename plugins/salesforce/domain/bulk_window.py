"""Which calls a bulk fetch takes: those told of since the last one, so that no evening and no day of downtime is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONGEST = timedelta(days=31)
"""However long no bulk fetch was done: older calls are not caught up."""


STORING = timedelta(minutes=1)
"""The longest that it takes from hearing that a call ended until other processes see it in the history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Calls of whose end the host was told at `since` or later and before `until` (UTC)."""

    since: datetime
    until: datetime


def window(reached: datetime | None, due_at: datetime, now: datetime, zone: ZoneInfo) -> Window:
    """The window of a run that was due at `due_at` and begins now.

    It has the whole day, in the site's zone, on which the run was due, and whatever lies between that day and `reached`, the
    end of the last completed run's window; with what was told shortly before that, and written down only then.
    """
    day = midnight(due_at, zone)
    since = min(reached - STORING, day) if reached else day
    return Window(since=min(max(since, now - LONGEST), now), until=now)


def midnight(moment: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of that day in this zone (UTC)."""
    return datetime.combine(moment.astimezone(zone).date(), time.min, zone).astimezone(UTC)
