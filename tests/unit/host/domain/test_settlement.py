"""Principle 3 and R32: every outcome of an attempt leads to one state; nothing is tried for ever, nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.domain.retry import BUG_ATTEMPTS, FIRST_DELAY, INTERRUPTIONS, LONGEST_DELAY, PATIENCE, backoff
from host.domain.settlement import FINISHED, Attempt, AttemptResult, DeliveryState, ParkedFor, Settled, Tries, settle

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
SOON = Tries(attempts=1, since=NOW)


def settled(result: AttemptResult, tries: Tries = SOON, after: timedelta | None = None, jitter: float = 0.5) -> Settled:
    return settle(Attempt(result=result, message="because", after=after), tries, NOW, jitter)


@pytest.mark.parametrize(
    ("result", "state", "parked_for"),
    [
        (AttemptResult.DONE, DeliveryState.DONE, None),
        (AttemptResult.SKIPPED, DeliveryState.SKIPPED, None),
        (AttemptResult.PERMANENT, DeliveryState.FAILED, None),
        (AttemptResult.REAUTHORISE, DeliveryState.PARKED, ParkedFor.REAUTHORISE),
        (AttemptResult.CONFIGURE, DeliveryState.PARKED, ParkedFor.CONFIGURE),
        (AttemptResult.RETRY, DeliveryState.RETRYING, None),
        (AttemptResult.WAIT, DeliveryState.RETRYING, None),
        (AttemptResult.BUG, DeliveryState.RETRYING, None),
        (AttemptResult.INTERRUPTED, DeliveryState.WAITING, None),
    ],
)
def test_outcome_of_first_attempt(result: AttemptResult, state: DeliveryState, parked_for: ParkedFor | None) -> None:
    became = settled(result)
    assert (became.state, became.parked_for, became.message) == (state, parked_for, "because")
    assert (became.due_at is not None) == (state is DeliveryState.RETRYING)


@pytest.mark.parametrize(
    ("result", "tries", "state"),
    [
        (AttemptResult.BUG, Tries(attempts=9, since=NOW, bugs=BUG_ATTEMPTS - 1), DeliveryState.RETRYING),
        (AttemptResult.BUG, Tries(attempts=9, since=NOW, bugs=BUG_ATTEMPTS), DeliveryState.FAILED),
        (AttemptResult.RETRY, Tries(attempts=300, since=NOW - PATIENCE + timedelta(seconds=1)), DeliveryState.RETRYING),
        (AttemptResult.RETRY, Tries(attempts=2, since=NOW - PATIENCE), DeliveryState.FAILED),
        (AttemptResult.WAIT, Tries(attempts=900, since=NOW - 9 * PATIENCE), DeliveryState.RETRYING),
        (AttemptResult.INTERRUPTED, Tries(attempts=9, since=NOW, interruptions=INTERRUPTIONS - 1), DeliveryState.WAITING),
        (AttemptResult.INTERRUPTED, Tries(attempts=9, since=NOW, interruptions=INTERRUPTIONS), DeliveryState.FAILED),
        (AttemptResult.REAUTHORISE, Tries(attempts=900, since=NOW - 9 * PATIENCE), DeliveryState.PARKED),
    ],
)
def test_when_trying_ends(result: AttemptResult, tries: Tries, state: DeliveryState) -> None:
    assert settled(result, tries).state == state


@pytest.mark.parametrize(
    ("attempt", "jitter", "at_least", "seconds"),
    [
        (1, 0.0, None, 0),
        (1, 0.5, None, 1),
        (2, 0.5, None, 2),
        (5, 0.5, None, 16),
        (100_000, 0.5, None, 450),
        (1, 0.5, timedelta(minutes=5), 301),
    ],
)
def test_backoff(attempt: int, jitter: float, at_least: timedelta | None, seconds: float) -> None:
    assert backoff(attempt, jitter, at_least) == timedelta(seconds=seconds)


results = st.sampled_from(AttemptResult)
counts = st.integers(0, 10_000)
jitters = st.floats(0, 1, exclude_max=True)


@given(results, counts, counts, counts, st.timedeltas(timedelta(), timedelta(days=9)), jitters)
def test_every_settlement_is_whole(
    result: AttemptResult, attempts: int, bugs: int, interruptions: int, age: timedelta, jitter: float
) -> None:
    tries = Tries(attempts=attempts, since=NOW - age, bugs=bugs, interruptions=interruptions)
    became = settled(result, tries, jitter=jitter)
    assert (became.parked_for is not None) == (became.state is DeliveryState.PARKED)
    assert (became.due_at is not None) == (became.state is DeliveryState.RETRYING)
    assert became.state is not DeliveryState.RUNNING
    assert not (age >= PATIENCE and result is AttemptResult.RETRY and became.state not in FINISHED)


@given(st.integers(1, 10_000), jitters, st.none() | st.timedeltas(timedelta(), timedelta(days=1)))
def test_backoff_keeps_its_bounds(attempt: int, jitter: float, at_least: timedelta | None) -> None:
    wait = backoff(attempt, jitter, at_least)
    asked = at_least or timedelta()
    assert asked <= wait <= asked + LONGEST_DELAY
    assert wait - asked <= FIRST_DELAY * 2.0 ** min(attempt - 1, 20)
