"""R35: a plugin that floods the log is held back, and the log says how much was left out."""

from __future__ import annotations

from typing import Any

import pytest

from host.isolation import throttle
from host.isolation.throttle import AT_ONCE, PER_SECOND, LineBudget, ThrottledLog


class Written:
    """A `Log` that keeps what is written."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def info(self, event: str, **facts: Any) -> None:
        self.lines.append((event, facts))

    warning = error = info


def test_flood_is_held_back_and_the_next_line_tells_how_much() -> None:
    now = [0.0]
    budget = LineBudget(lambda: now[0])
    assert [budget.spend() for _ in range(AT_ONCE)] == [0] * AT_ONCE
    assert [budget.spend() for _ in range(7)] == [None] * 7
    now[0] = 1.0
    assert budget.spend() == 7
    assert [budget.spend() for _ in range(int(PER_SECOND) - 1)] == [0] * (int(PER_SECOND) - 1)
    assert budget.spend() is None
    now[0] = 10_000.0
    assert budget.spend() == 1
    assert sum(budget.spend() is not None for _ in range(2 * AT_ONCE)) == AT_ONCE - 1


def test_log_says_how_many_lines_were_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    written, now = Written(), [0.0]
    monkeypatch.setattr(throttle, "AT_ONCE", 2)
    log = ThrottledLog(written)
    log._budget = LineBudget(lambda: now[0])
    for number in range(5):
        log.info("again", number=number)
    now[0] = 1.0
    log.error("later")
    told = ("this plugin floods the log; lines were left out", {"lines": 3})
    assert written.lines == [("again", {"number": 0}), ("again", {"number": 1}), told, ("later", {})]
