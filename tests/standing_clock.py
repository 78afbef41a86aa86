"""A clock for tests, which stands still until it is moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

NOON_IN_TOKYO = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@dataclass
class Clock:
    """Gives the same time until it is moved."""

    now: datetime = NOON_IN_TOKYO

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)
