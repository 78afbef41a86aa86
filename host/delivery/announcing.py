"""One plugin's announcements, in a few threads of their own: if it is slow, no delivery and no other plugin waits."""

from __future__ import annotations

import queue
import threading
import time
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from host.domain.settlement import AttemptResult
from host.plugin_api import Call
from host.registry.loading import LoadedPlugin
from host.registry.switches import enabled_among
from host.services import Services
from host.storage.call_rows import call_from
from host.storage.live_calls import LiveCall, live_call

FRESH = timedelta(seconds=30)
"""An announcement that could not be made by then is left out."""
MOST_THREADS = 8

log = structlog.get_logger(__name__)


class Line:
    """The calls one plugin is to be told of, in the order in which they began."""

    def __init__(self, services: Services, plugin: LoadedPlugin) -> None:
        self._services = services
        self._plugin = plugin
        self._caller = services.processes.caller(plugin)
        self._waiting: queue.SimpleQueue[LiveCall | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._closed = False

    def put(self, call: LiveCall) -> None:
        """Tell the plugin of this call as soon as one of its threads is free; one that a bug has ended is replaced."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        if len(self._threads) < min(self._plugin.manifest.concurrency, MOST_THREADS):
            name = f"announce {self._plugin.name}"
            self._threads.append(threading.Thread(target=self._work, name=name, daemon=True))
            self._threads[-1].start()
        self._waiting.put(call)

    def close(self) -> None:
        """Tell it of nothing more, what waits included."""
        self._closed = True
        for _ in self._threads:
            self._waiting.put(None)

    def wait(self, *, until: float) -> None:
        """Wait for what is under way, up to this moment of the monotonic clock."""
        for thread in self._threads:
            thread.join(timeout=max(0.0, until - time.monotonic()))

    def _work(self) -> None:
        while (call := self._waiting.get()) is not None:
            try:
                self._tell(call)
            except SQLAlchemyError as error:
                log.warning("announcing a call failed", plugin=self._plugin.name, error=type(error).__name__)

    def _tell(self, live: LiveCall) -> None:
        announce = self._plugin.manifest.announce
        call = self._still_going_on(live)
        if announce is None or call is None:
            return
        began = time.monotonic()
        result = self._caller.announce(announce, self._services.registry.context(self._plugin.name), call).attempt
        facts = {"plugin": self._plugin.name, "call": call.id, "result": result.result.value}
        say = log.warning if result.result is AttemptResult.BUG else log.info
        say("call announced", **facts, seconds=round(time.monotonic() - began, 3))

    def _still_going_on(self, live: LiveCall) -> Call | None:
        """The call as it is now; None if it is over, it is too late, or the plugin is off."""
        if self._closed or self._services.clock() - live.told_at > FRESH:
            return None
        with self._services.database.reading() as connection:
            if not enabled_among(connection, [self._plugin]):
                return None
            row = live_call(connection, live.id)
        return None if row is None else call_from(row, self._services.config.url)
