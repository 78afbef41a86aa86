"""From what happened in one attempt to the delivery's next state: the one table of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from host.domain.retry import BUG_ATTEMPTS, INTERRUPTIONS, backoff, out_of_patience


class DeliveryState(StrEnum):
    """Where a delivery stands; these words are what a person sees."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"
    RETRYING = "retrying"
    PARKED = "parked"
    FAILED = "failed"


FINISHED = frozenset({DeliveryState.DONE, DeliveryState.SKIPPED, DeliveryState.FAILED})
UNFINISHED = frozenset(DeliveryState) - FINISHED


class ParkedFor(StrEnum):
    """What parked work waits for: an admin who connects again, mends a setting or a right, or switches the plugin on.

    What is `SET_ASIDE` belongs to a connection that was ended: an admin decides whether it goes out by another one.
    """

    REAUTHORISE = "reauthorise"
    CONFIGURE = "configure"
    DISABLED = "disabled"
    SET_ASIDE = "set_aside"


class AttemptResult(StrEnum):
    """How one attempt ended."""

    DONE = "done"
    SKIPPED = "skipped"
    RETRY = "retry"
    WAIT = "wait"
    REAUTHORISE = "reauthorise"
    CONFIGURE = "configure"
    PERMANENT = "permanent"
    BUG = "bug"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What happened in one attempt. `message` is for people; `after`: the shortest wait the other side asked for."""

    result: AttemptResult
    message: str = ""
    api_calls: int = 0
    after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """The attempts made since the delivery was published or last set going by a person, this one included.

    Attempts that met a limit (`AttemptResult.WAIT`) do not count: `since` is when the first other one began.
    """

    attempts: int
    since: datetime
    bugs: int = 0
    interruptions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a delivery becomes."""

    state: DeliveryState
    message: str
    parked_for: ParkedFor | None = None
    due_at: datetime | None = None


_FINAL = {
    AttemptResult.DONE: DeliveryState.DONE,
    AttemptResult.SKIPPED: DeliveryState.SKIPPED,
    AttemptResult.PERMANENT: DeliveryState.FAILED,
}
_PARKED = {
    AttemptResult.REAUTHORISE: ParkedFor.REAUTHORISE,
    AttemptResult.CONFIGURE: ParkedFor.CONFIGURE,
}


def settle(attempt: Attempt, tries: Tries, now: datetime, jitter: float) -> Settled:
    """The delivery's next state after this attempt.

    Args:
        jitter: a random number in [0, 1) for the wait before the next attempt.
    """
    if attempt.result in _FINAL:
        return Settled(state=_FINAL[attempt.result], message=attempt.message)
    if attempt.result in _PARKED:
        return Settled(state=DeliveryState.PARKED, message=attempt.message, parked_for=_PARKED[attempt.result])
    if _exhausted(attempt.result, tries, now):
        return Settled(state=DeliveryState.FAILED, message=attempt.message)
    if attempt.result is AttemptResult.INTERRUPTED:
        return Settled(state=DeliveryState.WAITING, message=attempt.message)
    due_at = now + backoff(tries.attempts, jitter, attempt.after)
    return Settled(state=DeliveryState.RETRYING, message=attempt.message, due_at=due_at)


def _exhausted(result: AttemptResult, tries: Tries, now: datetime) -> bool:
    if result is AttemptResult.WAIT:
        return False
    if result is AttemptResult.BUG:
        return tries.bugs >= BUG_ATTEMPTS
    if result is AttemptResult.INTERRUPTED:
        return tries.interruptions >= INTERRUPTIONS
    return out_of_patience(tries.since, now)
