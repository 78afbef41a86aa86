"""Counting our API calls by hour and purpose: in the process first, written together every few seconds.

A look-up must not cost a transaction for this. What is counted and not yet written is lost when the process is killed:
statistics of at most `WRITE_EVERY`.
"""

from __future__ import annotations

import atexit
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from threading import Lock, Timer
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, delete
from sqlalchemy.exc import SQLAlchemyError

from host.plugin_api import Database, PluginContext
from plugins.salesforce.api_state import Figures, inserting, store_figures
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.tables import api_hours, api_usage

WRITE_EVERY = timedelta(seconds=20)
KEPT_FOR = timedelta(days=400)


Counts = Counter[tuple[str, datetime, Purpose]]


class Meter:
    """What one process counted on one database and has not written yet."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: Counts = Counter()
        self._looked_up: Counts = Counter()
        self._figures: dict[str, Figures] = {}
        self._timer: Timer | None = None
        self._cleaned: date | None = None

    def count(self, context: PluginContext, org: str, purpose: Purpose) -> None:
        """One API call, made now."""
        self._add(self._calls, context, org, purpose)

    def looked_up(self, context: PluginContext, org: str, purpose: Purpose) -> None:
        """One telephone call was looked up, whatever it cost."""
        self._add(self._looked_up, context, org, purpose)

    def _add(self, counts: Counts, context: PluginContext, org: str, purpose: Purpose) -> None:
        with self._lock:
            counts[org, hour_of(context.clock()), purpose] += 1
            if self._timer is None:
                self._timer = Timer(WRITE_EVERY.total_seconds(), self.write, (context,))
                self._timer.daemon = True
                self._timer.start()
                _unwritten[self] = context

    def tell(self, org: str, figures: Figures) -> None:
        """What the newest answer told; written with the next counts."""
        with self._lock:
            self._figures[org] = figures

    def write(self, context: PluginContext) -> None:
        """Write what was counted. A database that is away keeps it here until the next time."""
        calls, looked_up, figures = self._take()
        if not (calls or looked_up or figures):
            return
        try:
            with context.database.writing() as connection:
                _store(connection, calls, looked_up, figures)
                self._forget_old(connection, context.clock())
        except SQLAlchemyError as problem:
            context.log.warning("salesforce.usage_not_written", error=type(problem).__name__)
            with self._lock:
                self._calls.update(calls)
                self._looked_up.update(looked_up)
                self._figures = {**figures, **self._figures}

    def _forget_old(self, connection: Connection, now: datetime) -> None:
        """Once a day."""
        if self._cleaned != now.date():
            for table in (api_usage, api_hours):
                connection.execute(delete(table).where(table.c.hour < hour_of(now) - KEPT_FOR))
            self._cleaned = now.date()

    def _take(self) -> tuple[Counts, Counts, dict[str, Figures]]:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            _unwritten.pop(self, None)
            taken = Counter(self._calls), Counter(self._looked_up), self._figures
            self._calls.clear()
            self._looked_up.clear()
            self._figures = {}
            return taken


_meters: WeakKeyDictionary[Database, Meter] = WeakKeyDictionary()
_meters_lock = Lock()
_unwritten: dict[Meter, PluginContext] = {}


def meter_of(context: PluginContext) -> Meter:
    """This process's meter on the database of the context."""
    with _meters_lock:
        return _meters.setdefault(context.database, Meter())


def write_all() -> None:
    """Write what this process has counted; done when it ends by itself."""
    for meter, context in list(_unwritten.items()):
        meter.write(context)


atexit.register(write_all)


def hour_of(moment: datetime) -> datetime:
    """The beginning of the hour, UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _store(connection: Connection, calls: Counts, looked_up: Counts, figures: dict[str, Figures]) -> None:
    for key in sorted({*calls, *looked_up}):
        row = dict(zip(("org", "hour", "purpose"), key, strict=True))
        adding = inserting(connection, api_usage).values(**row, calls=calls[key], looked_up=looked_up[key])
        sums = {name: api_usage.c[name] + adding.excluded[name] for name in ("calls", "looked_up")}
        connection.execute(adding.on_conflict_do_update(index_elements=list(row), set_=sums))
    for org, told in sorted(figures.items()):
        store_figures(connection, org, told)
        _store_hour(connection, org, told)


def _store_hour(connection: Connection, org: str, told: Figures) -> None:
    if told.total is None:
        return
    hour, values = hour_of(told.answered_at), {"used": told.used, "total": told.total}
    making = inserting(connection, api_hours).values(org=org, hour=hour, **values)
    connection.execute(making.on_conflict_do_update(index_elements=["org", "hour"], set_=values))
