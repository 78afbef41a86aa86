"""Tells plugins of calls while they ring (`Manifest.announce`): beside the deliveries, and once or so (B15)."""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from host.delivery.announcing import FRESH, Line
from host.delivery.membership import Membership
from host.registry.switches import enabled_among
from host.services import Services
from host.storage.live_calls import LiveCall, live_calls

LOOK_SECONDS = 0.05
"""Somebody waits for it: more often than for work that is delivered."""
OVERLAP = timedelta(seconds=2)
"""A row is seen a little after the moment it names: it was not committed then, or another machine's clock is behind."""
PATIENCE_SECONDS = 5.0
LONG_AGO = timedelta(minutes=5)
"""What a telephone system that was cut off tells of afterwards: nobody waits for that name any more."""

log = structlog.get_logger(__name__)
Told = tuple[str, bool]


class Announcer:
    """Looks for calls that began or were answered, and has the plugins that ask for it told, each in its own threads.

    All workers look; a call belongs to one of those that live, by its id. Who dies takes the announcements under way along:
    they are a convenience, what must happen is delivered.
    """

    def __init__(self, services: Services, membership: Membership) -> None:
        self._services = services
        self._membership = membership
        self._plugins = [plugin for plugin in services.registry.loaded if plugin.manifest.announce]
        self._lines = {plugin.name: Line(services, plugin) for plugin in self._plugins}
        self._looked_at = services.clock() - FRESH
        self._told: dict[Told, datetime] = {}

    def run(self, over: threading.Event, poll_seconds: float) -> None:
        """Look every `poll_seconds`, or more often, until `over` is set."""
        if not self._plugins:
            over.wait()
        while not over.wait(min(poll_seconds, LOOK_SECONDS)):
            try:
                self.look()
            except SQLAlchemyError as error:
                log.warning("looking for calls that begin failed", error=type(error).__name__)
        self._close()

    def _close(self) -> None:
        """What was begun is given a little time: if it is cut off, a call's end has to wait until its hold is over."""
        until = time.monotonic() + PATIENCE_SECONDS
        for line in self._lines.values():
            line.close()
        for line in self._lines.values():
            line.wait(until=until)

    def look(self) -> int:
        """Have told what is new; gives back how many announcements that makes."""
        now = self._services.clock()
        with self._services.database.reading() as connection:
            new = self._new(live_calls(connection, self._looked_at - OVERLAP), now)
            enabled = enabled_among(connection, self._plugins) if new else []
            mine = self._mine(connection, new) if enabled else []
        self._looked_at = now
        for call in mine:
            self._told[(call.id, call.answered)] = now
            for plugin in enabled:
                self._lines[plugin.name].put(call)
        self._forget(now - 2 * LONG_AGO)
        return len(mine) * len(enabled)

    def _new(self, calls: Collection[LiveCall], now: datetime) -> list[LiveCall]:
        return [
            call
            for call in calls
            if (call.id, call.answered) not in self._told
            and now - call.told_at <= FRESH
            and now - call.happened_at <= LONG_AGO
        ]

    def _mine(self, connection: Connection, calls: Sequence[LiveCall]) -> list[LiveCall]:
        """Who looks lives, however late the heartbeat: told twice is better than not at all."""
        me = self._membership.worker
        living = sorted({*self._membership.living(connection), me})
        return [call for call in calls if living[_share(call.id, len(living))] == me]

    def _forget(self, before: datetime) -> None:
        while self._told and next(iter(self._told.values())) < before:
            del self._told[next(iter(self._told))]


def _share(call_id: str, workers: int) -> int:
    return zlib.crc32(call_id.encode()) % workers
