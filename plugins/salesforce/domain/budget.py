"""Who may still call Salesforce when the org's API calls of 24 hours get scarce: one rule over what is known (B4).

The admin keeps a reserve, a share of the daily limit. The bulk fetch stops when only twice the reserve is left,
look-ups when only the reserve is left; memos, what a person asked for and tests go on until Salesforce itself refuses.
When it does, everything waits, and one call at a time asks whether it goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from plugins.salesforce.domain.purpose import Purpose

DEFAULT_RESERVE = 10
MOST_RESERVE = 40
"""Percent. At 50 the bulk fetch would never run."""

FRESH_FOR = timedelta(minutes=15)
"""How long the figures of an answer count as known."""

TURN = timedelta(minutes=1)
"""How long the others wait for the one call that asks."""

FIRST_PAUSE = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(hours=1)

RESERVES_KEPT: Mapping[Purpose, int] = {Purpose.BULK: 2, Purpose.LOOK_UP: 1}
"""How many reserves must be left for a call of this purpose; the others need none."""


class Answer(StrEnum):
    """What a call may do."""

    GO = "go"
    ASK = "ask"
    WAIT = "wait"


class Waiting(StrEnum):
    """What a call waits for."""

    LIMIT = "limit"
    RESERVE = "reserve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of an org's API calls. All times are UTC; None: not known, or not the case.

    Args:
        used, total: API calls of the whole org in 24 hours and its limit, as Salesforce told at `told_at`.
        refused_at: since when Salesforce refuses calls because the limit is reached.
        refusals: how often it has refused since.
        ask_at: before this nobody asks again.
    """

    used: int | None = None
    total: int | None = None
    told_at: datetime | None = None
    refused_at: datetime | None = None
    refusals: int = 0
    ask_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`ASK`: one call may go, if it gets the turn. Otherwise wait for `reason`, about as long as `after`."""

    answer: Answer
    reason: Waiting | None = None
    after: timedelta | None = None


GO = Verdict(answer=Answer.GO)


def judge(purpose: Purpose, known: Known, reserve: int, now: datetime) -> Verdict:
    """Whether a call of this purpose may be made now.

    Args:
        reserve: percent of the daily limit; 0 keeps none.
    """
    if known.refused_at is not None:
        return GO if purpose is Purpose.TEST else _asked(known, Waiting.LIMIT, now)
    if known.used is None or known.total is None or known.told_at is None or has_room(purpose, known, reserve):
        return GO
    fresh_until = known.told_at + FRESH_FOR
    if now < fresh_until:
        return Verdict(answer=Answer.WAIT, reason=Waiting.RESERVE, after=fresh_until - now)
    return _asked(known, Waiting.RESERVE, now)


def _asked(known: Known, reason: Waiting, now: datetime) -> Verdict:
    if known.ask_at is None or known.ask_at <= now:
        return Verdict(answer=Answer.ASK, reason=reason, after=TURN)
    return Verdict(answer=Answer.WAIT, reason=reason, after=known.ask_at - now)


def has_room(purpose: Purpose, known: Known, reserve: int) -> bool:
    """Whether more is left than must be kept from this purpose."""
    kept = RESERVES_KEPT.get(purpose, 0) * reserve_calls(known.total or 0, reserve)
    return kept == 0 or (known.total or 0) - (known.used or 0) > kept


def reserve_calls(total: int, reserve: int) -> int:
    """The reserve as a number of calls, rounded up."""
    return -(-total * reserve // 100)


def waiting(known: Known, reserve: int) -> tuple[Purpose, ...]:
    """The purposes that wait as things are known."""
    if known.refused_at is not None:
        return tuple(purpose for purpose in Purpose if purpose is not Purpose.TEST)
    if known.used is None or known.total is None:
        return ()
    return tuple(purpose for purpose in RESERVES_KEPT if not has_room(purpose, known, reserve))


def pause(refusals: int) -> timedelta:
    """How long nobody asks after this many refusals: a quarter of an hour, doubled up to an hour."""
    longer = FIRST_PAUSE * 2.0 ** min(max(refusals, 1) - 1, 10)
    return min(longer, LONGEST_PAUSE)
