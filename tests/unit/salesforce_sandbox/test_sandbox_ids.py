import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesforce_sandbox import ids


@pytest.mark.parametrize("real", ["0038M0000016Wv8QAE", "0015c00002Lz9mUAAR", "0128M0000004HVOQA2", "012000000000000AAA"])
def test_the_checksum_is_that_of_recorded_ids(real: str) -> None:
    assert ids.checksum(real[:15]) == real[15:]
    assert ids.to_18(real[:15]) == real
    assert ids.to_18(real) == real


@pytest.mark.parametrize("text", ["", "x", "0038M0000016Wv8QAF", "0038M0000016Wv8QA", "0038M0000016Wv!", "00" * 9])
def test_what_is_no_id_is_refused(text: str) -> None:
    assert ids.to_18(text) is None


@given(st.integers(0, 62**9 - 2))
def test_ids_sort_in_the_order_they_were_made(number: int) -> None:
    first, second = ids.make_id("003", number), ids.make_id("003", number + 1)
    assert ids.to_18(first) == first
    assert first[:15] < second[:15]
