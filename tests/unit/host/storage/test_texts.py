"""R35: whatever text or value a plugin gives back can be stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.storage.texts import LONGEST, storable, storable_count, storable_json

MOMENT = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("取引先", "取引先"),
        ("a\0b", "ab"),
        ("\ud800", "?"),
        (("a", 1, None, True), ["a", 1, None, True]),
        ({"at": MOMENT}, {"at": "2026-05-01T00:00:00+00:00"}),
        ({1: b"x"}, {"1": "b'x'"}),
        (float("nan"), "nan"),
    ],
)
def test_value_as_json(value: object, stored: object) -> None:
    assert storable_json(value) == stored


@given(
    st.recursive(
        st.text() | st.integers() | st.none() | st.floats(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_value_becomes_json(value: object) -> None:
    json.loads(json.dumps(storable_json(value), allow_nan=False).encode("utf-8"))


@given(st.text(alphabet=st.characters(codec=None)))
def test_any_text_becomes_storable(text: str) -> None:
    stored = storable(text)
    assert "\0" not in stored
    assert len(stored.encode("utf-8").decode()) <= LONGEST


@pytest.mark.parametrize(("count", "stored"), [(-1, 0), (3, 3), (10**30, 1_000_000)])
def test_count_kept_within_reason(count: int, stored: int) -> None:
    assert storable_count(count) == stored
