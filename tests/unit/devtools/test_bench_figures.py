"""A figure holds or does not hold by its bar, and says so in JSON."""

from __future__ import annotations

import json

import pytest

from devtools.bench.figure import as_json, counted, measured, percentile


@pytest.mark.parametrize(("value", "holds"), [(50.0, True), (49.9, False)])
def test_at_least_half_of_the_baseline(value: float, holds: bool) -> None:
    assert measured("ingest", value, "events/s", baseline=100, at_least=0.5).holds is holds


@pytest.mark.parametrize(("value", "holds"), [(1.5, True), (1.51, False)])
def test_at_most_half_as_much_again(value: float, holds: bool) -> None:
    assert measured("history", value, "ms", baseline=1, at_most=1.5).holds is holds


@pytest.mark.parametrize(("value", "holds"), [(1.0, True), (1.05, False)])
def test_a_bar_for_the_value_itself(value: float, holds: bool) -> None:
    assert counted("apicalls", value, "API calls", baseline=3, at_most=1).holds is holds


def test_one_json_object_a_line() -> None:
    figures = [measured("a", 3, "ms", baseline=2, at_most=1.5), measured("b", 4, "ms")]
    lines = [json.loads(line) for line in as_json(figures).splitlines()]
    assert lines[0] == {
        "name": "a", "value": 3, "unit": "ms", "baseline": 2, "ratio": 1.5, "bar": "ratio <= 1.5", "holds": True,
    }  # fmt: skip
    assert (lines[1]["bar"], lines[1]["ratio"], lines[1]["holds"]) == (None, None, True)


def test_percentiles() -> None:
    values = [float(value) for value in range(1, 101)]
    assert [percentile(values, share) for share in (0.5, 0.95, 0.99, 1.0)] == [51, 96, 100, 100]
