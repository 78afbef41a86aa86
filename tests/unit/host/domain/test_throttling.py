"""Failed logins slow the next ones down, more and more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from host.domain.throttling import waiting_time

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def failures(number: int, ago: timedelta = timedelta(0)) -> list[datetime]:
    return [NOW - ago] * number


@pytest.mark.parametrize(("number", "seconds"), [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (9, 480), (10, 900), (50, 900)])
def test_the_wait_doubles_behind_the_fifth_failure_up_to_15_minutes(number: int, seconds: int) -> None:
    assert waiting_time(failures(number), NOW, allowed=5) == timedelta(seconds=seconds)


def test_the_wait_runs_from_the_latest_failure() -> None:
    assert waiting_time(failures(5, timedelta(seconds=10)), NOW, allowed=5) == timedelta(seconds=20)
    assert waiting_time(failures(5, timedelta(seconds=31)), NOW, allowed=5) == timedelta(0)


def test_failures_are_forgotten_after_15_minutes() -> None:
    assert waiting_time(failures(50, timedelta(minutes=15)), NOW, allowed=5) == timedelta(0)
