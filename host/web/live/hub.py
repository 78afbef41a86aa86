"""One thread of a web process watches the calls for all pages that are open there, while any is."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Callable, Collection

import structlog
from sqlalchemy.exc import SQLAlchemyError

from host.services import Services
from host.storage.going_on import briefs_going_on
from host.web.live.changes import CallChanges
from host.web.live.listeners import BEAT, LOOK, Listener, still_valid
from host.web.live.shown import ShownCalls
from host.web.metrics import OPEN_PAGES

LOOK_SECONDS = 0.05
NAMES_SECONDS = 0.5
SESSIONS_SECONDS = 2.0
BEAT_SECONDS = 10.0
AWAY_SECONDS = 1.0
"""How long it rests when the database does not answer."""
MOST, MOST_EACH = 1000, 20
"""Listeners of one process, and of one person there; each holds an open file."""
KEPT_FILES = 400
"""Open files left to everything else."""

log = structlog.get_logger("tsunagu.live")


class Hub:
    """Tells listeners to look whenever something of their calls changed.

    Nobody misses anything: a new listener is told to look once, after the watching has begun, and every answer to a look is
    the whole state. What is sent holds no fact of any call.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()
        self._running = False

    def has_room(self, user_id: int) -> bool:
        """Whether one more page of this person may listen."""
        files, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = MOST if files == resource.RLIM_INFINITY else min(MOST, files - KEPT_FILES)
        with self._lock:
            own = sum(one.session.user_id == user_id for one in self._listeners)
            return len(self._listeners) < most and own < MOST_EACH

    def join(self, listener: Listener) -> None:
        """Tell this listener from now on."""
        with self._lock:
            self._listeners.add(listener)
            OPEN_PAGES.set(len(self._listeners))
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="live updates", daemon=True).start()

    def _run(self) -> None:
        watch: _Watch | None = None
        while listeners := self._present():
            try:
                watch = watch or _Watch(self._services)
                self._dismiss(watch.round(listeners))
                time.sleep(LOOK_SECONDS)
            except SQLAlchemyError as error:
                log.warning("live updates wait for the database", error=type(error).__name__)
                for listener in listeners:
                    listener.told = False  # of what was found before the database went away
                time.sleep(AWAY_SECONDS)
            except Exception:
                log.exception("live updates begin anew")
                self._dismiss(listeners)  # their pages come back, and ask for everything
                watch = None

    def _present(self) -> list[Listener]:
        """Who listens; if nobody does, the thread is over."""
        with self._lock:
            self._running = bool(self._listeners)
            return list(self._listeners)

    def _dismiss(self, gone: Collection[Listener]) -> None:
        with self._lock:
            self._listeners.difference_update(gone)
            OPEN_PAGES.set(len(self._listeners))
        for listener in gone:
            listener.connection.close()


class _Watch:
    """What one life of the thread remembers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._changes = CallChanges(services.database, services.clock)
        self._shown = ShownCalls(services.clock)
        self._names, self._sessions, self._beats = Every(NAMES_SECONDS), Every(SESSIONS_SECONDS), Every(BEAT_SECONDS)
        with services.database.reading() as connection:
            for brief in briefs_going_on(connection, services.clock()):
                self._shown.note(brief)

    def round(self, listeners: Collection[Listener]) -> set[Listener]:
        """One look at everything that is due; gives back the listeners that are gone, or may not listen any more."""
        gone = self._over(listeners) if self._sessions.due() else set()
        concerned: set[int] = set()
        for brief in self._changes.look():
            concerned |= self._shown.note(brief)
        if self._names.due():
            concerned |= self._shown.renamed(self._services.registry.contact_book())
        beat = self._beats.due()
        for listener in set(listeners) - gone:
            if not _tell(listener, concerned, beat=beat):
                gone.add(listener)
        return gone

    def _over(self, listeners: Collection[Listener]) -> set[Listener]:
        with self._services.database.reading() as connection:
            valid = still_valid(connection, {one.session for one in listeners}, self._services.clock())
        return {one for one in listeners if one.session not in valid or not one.connection.is_open()}


def _tell(listener: Listener, concerned: Collection[int], *, beat: bool) -> bool:
    """False if the listener is gone."""
    if not listener.told or listener.hears_of(concerned):
        listener.told = True
        return listener.connection.send(LOOK)
    return listener.connection.send(BEAT) if beat else True


class Every:
    """Says when so many seconds have passed since it last said so; at once the first time."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._next = clock()

    def due(self) -> bool:
        if self._clock() < self._next:
            return False
        self._next = self._clock() + self._seconds
        return True
