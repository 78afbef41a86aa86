"""R33: of several CRMs' names the order decides which is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from host.domain.precedence import FRESH, heir, may_replace

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ORDER = ("first", "second", "third")


@pytest.mark.parametrize(
    ("plugin", "shown", "age", "replaces"),
    [
        ("first", "second", timedelta(), True),
        ("second", "first", timedelta(), False),
        ("third", "second", FRESH, False),
        ("third", "second", FRESH + timedelta(seconds=1), True),
        ("second", "second", timedelta(), True),
        ("third", "manual", timedelta(), True),
        ("third", "switched_off", timedelta(), True),
        ("switched_off", "third", timedelta(), False),
        ("switched_off", "manual", timedelta(), True),
    ],
)
def test_r33_who_replaces_whom(plugin: str, shown: str, age: timedelta, replaces: bool) -> None:
    assert may_replace(ORDER, plugin, shown, NOW - age, NOW) is replaces


def test_r33_the_first_that_knows_a_name_comes_next() -> None:
    assert heir(ORDER, {"third", "second"}) == "second"
    assert heir(ORDER, {"switched_off"}) is None
