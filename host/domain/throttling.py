"""How long to wait after failed logins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)
FIRST_WAIT = timedelta(seconds=30)


def waiting_time(failures: Sequence[datetime], now: datetime, *, allowed: int) -> timedelta:
    """How long the next attempt has to wait; zero if it may be made now.

    `allowed` failures within the last 15 minutes are free. From then on each one doubles the wait after the latest, from
    30 seconds up to the 15 minutes.
    """
    recent = [moment for moment in failures if now - moment < WINDOW]
    beyond = len(recent) - allowed
    if beyond < 0:
        return timedelta(0)
    wait: timedelta = min(FIRST_WAIT * (1 << min(beyond, 10)), WINDOW)
    return max(max(recent) + wait - now, timedelta(0))
