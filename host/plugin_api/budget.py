"""How many API calls a plugin has spent today: for a CRM that allows so many a day."""

from __future__ import annotations

from typing import Protocol


class Budget(Protocol):
    """Calls of this plugin, all processes together. A day is one of the site's time zone. `context.crm` counts its own."""

    def spent(self) -> int:
        """How many were made today."""
        ...

    def spend(self, calls: int = 1) -> None:
        """Count calls that were made."""
        ...

    def require(self, limit: int, *, calls: int = 1, reserve: int = 0) -> None:
        """Make sure that so many calls may be made.

        Args:
            limit: how many the CRM allows a day.
            reserve: how many of them are kept for more urgent work than this.

        Raises:
            LimitReached: they may not; tried again when the next day begins.
        """
        ...
