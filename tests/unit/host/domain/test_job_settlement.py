"""R20: what a job's run becomes, by how the attempt ended and what the job was told meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from host.domain.job_settlement import Circumstances, may_run, settle_run
from host.domain.retry import BUG_ATTEMPTS, INTERRUPTIONS, PATIENCE
from host.domain.settlement import Attempt, AttemptResult, ParkedFor, Tries
from host.plugin_api import JobState

NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
FIRST = Tries(attempts=1, since=NOW)
LAST_BUG = Tries(attempts=3, since=NOW, bugs=BUG_ATTEMPTS)
LAST_INTERRUPTION = Tries(attempts=10, since=NOW, interruptions=INTERRUPTIONS)
TIRED = Tries(attempts=90, since=NOW - PATIENCE)
QUIET = Circumstances()
WORKER_ENDS = Circumstances(told=True)
STOP_HEARD, STOP_UNHEARD = Circumstances(told=True, stop_requested=True), Circumstances(stop_requested=True)
OFF_HEARD, OFF_UNHEARD = Circumstances(told=True, switched_on=False), Circumstances(switched_on=False)
R, S = AttemptResult, JobState


@pytest.mark.parametrize(
    ("result", "tries", "circumstances", "state", "parked_for"),
    [
        (R.DONE, FIRST, QUIET, S.DONE, None),
        (R.SKIPPED, FIRST, QUIET, S.SKIPPED, None),
        (R.PERMANENT, FIRST, QUIET, S.FAILED, None),
        (R.RETRY, FIRST, QUIET, S.RETRYING, None),
        (R.RETRY, TIRED, QUIET, S.FAILED, None),
        (R.WAIT, TIRED, QUIET, S.RETRYING, None),
        (R.BUG, FIRST, QUIET, S.RETRYING, None),
        (R.BUG, LAST_BUG, QUIET, S.FAILED, None),
        (R.INTERRUPTED, FIRST, QUIET, S.WAITING, None),
        (R.INTERRUPTED, LAST_INTERRUPTION, QUIET, S.FAILED, None),
        (R.REAUTHORISE, FIRST, QUIET, S.PARKED, ParkedFor.REAUTHORISE),
        (R.CONFIGURE, FIRST, QUIET, S.PARKED, ParkedFor.CONFIGURE),
        (R.DONE, FIRST, WORKER_ENDS, S.WAITING, None),
        (R.RETRY, FIRST, WORKER_ENDS, S.RETRYING, None),
        (R.PERMANENT, FIRST, WORKER_ENDS, S.FAILED, None),
        (R.DONE, FIRST, STOP_HEARD, S.STOPPED, None),
        (R.DONE, FIRST, STOP_UNHEARD, S.DONE, None),
        (R.RETRY, FIRST, STOP_UNHEARD, S.STOPPED, None),
        (R.REAUTHORISE, FIRST, STOP_UNHEARD, S.STOPPED, None),
        (R.INTERRUPTED, FIRST, STOP_UNHEARD, S.STOPPED, None),
        (R.PERMANENT, FIRST, STOP_HEARD, S.FAILED, None),
        (R.DONE, FIRST, OFF_HEARD, S.PARKED, ParkedFor.DISABLED),
        (R.DONE, FIRST, OFF_UNHEARD, S.DONE, None),
        (R.RETRY, FIRST, OFF_UNHEARD, S.PARKED, ParkedFor.DISABLED),
        (R.INTERRUPTED, FIRST, OFF_UNHEARD, S.PARKED, ParkedFor.DISABLED),
        (R.REAUTHORISE, FIRST, OFF_HEARD, S.PARKED, ParkedFor.REAUTHORISE),
    ],
)
def test_r20_what_a_run_becomes(
    result: AttemptResult, tries: Tries, circumstances: Circumstances, state: JobState, parked_for: ParkedFor | None
) -> None:
    became = settle_run(Attempt(result=result, message="because"), tries, circumstances, NOW, 0.5)
    assert (became.state, became.parked_for) == (state, parked_for)
    assert (became.retry_at is not None) == (state is JobState.RETRYING)


@pytest.mark.parametrize(
    ("result", "circumstances", "counted"),
    [(R.DONE, WORKER_ENDS, False), (R.DONE, OFF_HEARD, False), (R.WAIT, QUIET, False), (R.RETRY, QUIET, True)],
)
def test_r20_ending_for_the_workers_sake_counts_as_no_try(
    result: AttemptResult, circumstances: Circumstances, counted: bool
) -> None:
    assert settle_run(Attempt(result=result), FIRST, circumstances, NOW, 0.5).counted is counted


def test_r20_what_was_said_last_stays_when_a_run_is_put_off() -> None:
    assert settle_run(Attempt(result=R.DONE, message="all"), FIRST, WORKER_ENDS, NOW, 0.5).message is None
    assert settle_run(Attempt(result=R.DONE, message="all"), FIRST, QUIET, NOW, 0.5).message == "all"


@pytest.mark.parametrize(
    ("state", "parked_for", "retry_at", "may"),
    [
        (S.WAITING, None, None, True),
        (S.RETRYING, None, NOW, True),
        (S.RETRYING, None, NOW + timedelta(seconds=1), False),
        (S.PARKED, ParkedFor.DISABLED, None, True),
        (S.PARKED, ParkedFor.REAUTHORISE, None, False),
        (S.PARKED, ParkedFor.CONFIGURE, None, False),
        (S.RUNNING, None, None, False),
        (S.DONE, None, None, False),
        (S.STOPPED, None, None, False),
    ],
)
def test_r20_which_runs_a_worker_may_take_up(
    state: JobState, parked_for: str | None, retry_at: datetime | None, may: bool
) -> None:
    assert may_run(state, parked_for, retry_at, NOW) is may
