"""R8, R19, B15: what a look-up made when a call began still means at its end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugins.salesforce.domain.call_start import FRESH, MOST_CALLS, WHOLE, AtEnd, at_end

SOON, LATE = FRESH, FRESH + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("spent", "found", "age", "expected"),
    [
        (1, True, SOON, AtEnd.KEEP),
        (1, False, SOON, AtEnd.QUERY),
        (2, False, SOON, AtEnd.QUERY),
        (3, False, SOON, AtEnd.KEEP),
        (1, True, LATE, AtEnd.ASK),
        (1, False, LATE, AtEnd.ASK),
        (2, True, LATE, AtEnd.KEEP),
        (2, False, LATE, AtEnd.QUERY),
        (3, True, LATE, AtEnd.KEEP),
    ],
)
def test_r8_r19_what_is_asked_at_the_end(spent: int, found: bool, age: timedelta, expected: AtEnd) -> None:
    assert at_end(spent=spent, found=found, age=age) is expected


@pytest.mark.parametrize("spent", [1, 2, 3])
@pytest.mark.parametrize("found", [True, False])
@pytest.mark.parametrize("age", [SOON, LATE])
def test_r8_a_call_never_costs_more_than_three(spent: int, found: bool, age: timedelta) -> None:
    cost = {AtEnd.KEEP: 0, AtEnd.QUERY: 1, AtEnd.ASK: WHOLE}[at_end(spent=spent, found=found, age=age)]
    assert spent + cost <= MOST_CALLS
