"""Finds the calls that changed since the last look, whatever the writers' clocks and the order of their commits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from host.storage.engine import Database
from host.storage.going_on import CallBrief, briefs_of, changed_since

NARROW = timedelta(seconds=1)
WIDE = timedelta(seconds=30)
WIDE_EVERY = 30
"""Looks: every so many, one asks for all that was changed within `WIDE`, for writers that were slow or whose clock is."""


class CallChanges:
    """Compares what each call's last change is with what it was at the look before.

    A row carries the moment its writer began, on its writer's clock, and shows when its transaction commits. So each look
    asks again for the time behind it; what was seen with the same moment already is no news.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._seen: dict[str, datetime] = {}
        self._looks = 0

    def look(self) -> list[CallBrief]:
        """The calls changed since the last look; the first look finds those of the last half minute."""
        wide = self._looks % WIDE_EVERY == 0
        self._looks += 1
        since = self._clock() - (WIDE if wide else NARROW)
        with self._database.reading() as connection:
            rows = {row.id: row.updated_at for row in changed_since(connection, since)}
            news = [call_id for call_id, moment in rows.items() if self._seen.get(call_id) != moment]
            briefs = briefs_of(connection, news) if news else []
        self._seen = rows if wide else self._seen | rows
        return briefs
