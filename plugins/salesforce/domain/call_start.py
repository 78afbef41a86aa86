"""What a look-up that was made when a call began still means at its end (B15, R8, R19)."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

MOST_CALLS = 3
"""API calls that a telephone call may cost to be looked up (R8)."""
WHOLE = 2
"""API calls that a look-up costs at most."""
FRESH = timedelta(minutes=10)
"""In longer calls a record may have been changed that was found when they began."""


class AtEnd(Enum):
    """What is to be done when the call ends: nothing, ask what was left open, or look up as if nobody had."""

    KEEP = "keep"
    QUERY = "query"
    ASK = "ask"


def at_end(*, spent: int, found: bool, age: timedelta) -> AtEnd:
    """What is asked at the end of a call.

    A number that nobody held is queried for: the search at the beginning left that open, and who called for the first time
    has perhaps been entered during the call (B7).

    Args:
        spent: the API calls of the look-up at the beginning.
        found: whether a record held the number.
        age: how long ago that was.
    """
    if age > FRESH and spent + WHOLE <= MOST_CALLS:
        return AtEnd.ASK
    return AtEnd.QUERY if not found and spent < MOST_CALLS else AtEnd.KEEP
