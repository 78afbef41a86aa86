"""What is kept of a line of text: all that a person can see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.domain.visible_text import is_visible_line, visible_line


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("佐藤　美咲", "佐藤　美咲"),  # U+3000, as people type it between family and given name
        ("M\u00a0Dupont", "M\u00a0Dupont"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("\u202e201", "201"),
        ("a\u2066b\u2069c\u200f", "abc"),
        ("a\r\nb\tc\x1b[0m", "a  b c[0m"),
        ("\0\ud800", ""),
    ],
)
def test_what_can_be_seen_stays(written: str, kept: str) -> None:
    assert visible_line(written) == kept


@given(st.text())
def test_a_visible_line_is_visible_to_itself(text: str) -> None:
    assert visible_line(visible_line(text)) == visible_line(text)
    assert is_visible_line(text) == (bool(text.strip()) and visible_line(text) == text)
