"""R35: what a plugin's process says is taken only if it is what was agreed."""

from __future__ import annotations

from typing import Any

import pytest

from host.isolation.process import _about
from host.isolation.wire import Gone

KEEP = {"state": {"done": 3}, "done": 3, "total": 9, "message": "", "api_calls": 1}


@pytest.mark.parametrize(
    ("message", "about"),
    [
        ({"call": 7, "result": {}}, (7, True)),
        ({"call": 7, "ask": {"stopping": True}}, (7, False)),
        ({"call": 7, "ask": {"keep": KEEP}}, (7, False)),
    ],
)
def test_what_was_agreed_is_taken(message: Any, about: tuple[int, bool]) -> None:
    assert _about(message) == about


@pytest.mark.parametrize(
    "keep", [{}, KEEP | {"done": "3"}, KEEP | {"state": []}, KEEP | {"more": 1}, {**KEEP, "message": None}, [], "keep"]
)
def test_a_state_of_another_form_ends_the_process(keep: Any) -> None:
    with pytest.raises(Gone):
        _about({"call": 7, "ask": {"keep": keep}})
