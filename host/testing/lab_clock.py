"""The clock of a scratch installation: the time it is, put forward where the host would have waited."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class LabClock:
    """Goes as clocks do, and can be put forward."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def wait(self, span: timedelta) -> None:
        """So much time passes."""
        self._ahead += span
