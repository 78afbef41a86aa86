"""The sources that may send events, kept for a second: every event asks for them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from host.security.event_sources import EventSource, event_sources_of
from host.services import Services

KEPT_SECONDS = 1.0


class KnownSources:
    """The sources of one process. A new secret is known at once; one that was retired is refused a second later at most."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._sources: Sequence[EventSource] = ()
        self._read_at = float("-inf")

    def kept(self) -> Sequence[EventSource]:
        """As they were a second ago at most."""
        return self._sources if time.monotonic() - self._read_at < KEPT_SECONDS else self.fresh()

    def fresh(self) -> Sequence[EventSource]:
        """As they are now."""
        read_at = time.monotonic()
        with self._services.database.reading() as connection:
            self._sources = event_sources_of(connection, self._services.sealer)
        self._read_at = read_at
        return self._sources
