"""From how a job's attempt ended to what its run becomes: as with deliveries, and what it was told meanwhile (R20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from host.domain.settlement import Attempt, AttemptResult, ParkedFor, Settled, Tries, settle
from host.plugin_api.job_state import JobState

ENDED_BY_ITSELF = frozenset({JobState.DONE, JobState.SKIPPED})
OVER = frozenset({*ENDED_BY_ITSELF, JobState.FAILED, JobState.STOPPED})
FREE = frozenset({AttemptResult.WAIT})
"""Attempts that are not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What held when the attempt ended.

    Args:
        told: the job asked whether to end soon and heard yes: if it returned then, it did not finish.
        stop_requested: a person wants it stopped.
        switched_on: its plugin is.
    """

    told: bool = False
    stop_requested: bool = False
    switched_on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledRun:
    """What a run becomes. `message` None: what it said last stays. `counted`: whether the attempt counts as a try."""

    state: JobState
    message: str | None
    parked_for: ParkedFor | None = None
    retry_at: datetime | None = None
    counted: bool = True


def settle_run(attempt: Attempt, tries: Tries, circumstances: Circumstances, now: datetime, jitter: float) -> SettledRun:
    """The run's next state after this attempt.

    Args:
        tries: those since the job last got further, this one included.
        jitter: a random number in [0, 1) for the wait before the next attempt.
    """
    ended = settle(attempt, tries, now, jitter)
    state = JobState(ended.state)
    if state is JobState.FAILED or (state in ENDED_BY_ITSELF and not circumstances.told):
        return _as_it_ended(ended, attempt)
    if circumstances.stop_requested:
        return SettledRun(state=JobState.STOPPED, message=None)
    if state in ENDED_BY_ITSELF:
        return _waiting(circumstances, message=None, counted=False)
    if state is JobState.PARKED:
        return _as_it_ended(ended, attempt)
    if state is JobState.WAITING or not circumstances.switched_on:
        return _waiting(circumstances, message=attempt.message)
    return _as_it_ended(ended, attempt)


def _waiting(circumstances: Circumstances, *, message: str | None, counted: bool = True) -> SettledRun:
    if circumstances.switched_on:
        return SettledRun(state=JobState.WAITING, message=message, counted=counted)
    return SettledRun(state=JobState.PARKED, parked_for=ParkedFor.DISABLED, message=message, counted=counted)


def _as_it_ended(ended: Settled, attempt: Attempt) -> SettledRun:
    return SettledRun(
        state=JobState(ended.state),
        message=ended.message,
        parked_for=ended.parked_for,
        retry_at=ended.due_at,
        counted=attempt.result not in FREE,
    )


def may_run(state: JobState, parked_for: str | None, retry_at: datetime | None, now: datetime) -> bool:
    """Whether a worker may take this run up, if its plugin is switched on."""
    if state is JobState.RETRYING:
        return retry_at is None or retry_at <= now
    return state is JobState.WAITING or (state is JobState.PARKED and parked_for == ParkedFor.DISABLED)
