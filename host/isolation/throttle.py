"""Holds back a plugin that floods the log: so many lines at once, then so many a second, and how many were left out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from host.plugin_api import Log

AT_ONCE = 500
PER_SECOND = 20.0


class LineBudget:
    """How many lines one plugin may still write."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._left = float(AT_ONCE)
        self._asked_at = clock()
        self._left_out = 0

    def spend(self) -> int | None:
        """Take one line: None if there is none left, else how many were left out before it."""
        with self._lock:
            now = self._clock()
            self._left = min(float(AT_ONCE), self._left + (now - self._asked_at) * PER_SECOND)
            self._asked_at = now
            if self._left < 1:
                self._left_out += 1
                return None
            self._left -= 1
            left_out, self._left_out = self._left_out, 0
            return left_out


class ThrottledLog:
    """A `Log` that writes no more than its budget allows, and says how much it left out."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._budget = LineBudget()

    def info(self, event: str, **facts: Any) -> None:
        self._write(self._log.info, event, facts)

    def warning(self, event: str, **facts: Any) -> None:
        self._write(self._log.warning, event, facts)

    def error(self, event: str, **facts: Any) -> None:
        self._write(self._log.error, event, facts)

    def _write(self, level: Callable[..., None], event: str, facts: dict[str, Any]) -> None:
        left_out = self._budget.spend()
        if left_out is None:
            return
        if left_out:
            self._log.warning("this plugin floods the log; lines were left out", lines=left_out)
        level(event, **facts)
