"""How long to wait before something is tried again, and when to stop trying."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST_DELAY = timedelta(seconds=2)
LONGEST_DELAY = timedelta(minutes=15)
PATIENCE = timedelta(hours=48)
BUG_ATTEMPTS = 3
INTERRUPTIONS = 10


def backoff(attempt: int, jitter: float, at_least: timedelta | None = None) -> timedelta:
    """The wait after attempt number `attempt` (from 1): 2 s, doubled each time up to 15 min, with full jitter.

    Args:
        attempt: how many attempts were made.
        jitter: a random number in [0, 1): with it, calls that failed together do not all come back together.
        at_least: the shortest wait that the other side asked for; jitter is added on top of it.
    """
    doublings = min(max(attempt, 1) - 1, 20)
    longest: timedelta = min(FIRST_DELAY * 2.0**doublings, LONGEST_DELAY)
    return (at_least or timedelta()) + longest * jitter


def out_of_patience(first_attempt_at: datetime, now: datetime) -> bool:
    """Whether it has been tried for so long that a person has to look at it."""
    return now - first_attempt_at >= PATIENCE
