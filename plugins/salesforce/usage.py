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


class Meter:
    """What one process counted on one database and has not written yet."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: Counter[tuple[str, datetime, Purpose]] = Counter()
        self._figures: dict[str, Figures] = {}
        self._timer: Timer | None = None
        self._cleaned: date | None = None

    def count(self, context: PluginContext, org: str, purpose: Purpose) -> None:
        """One call, made now."""
        with self._lock:
            self._calls[org, hour_of(context.clock()), purpose] += 1
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
        calls, figures = self._take()
        try:
            with context.database.writing() as connection:
                _store(connection, calls, figures)
                self._forget_old(connection, context.clock())
        except SQLAlchemyError as problem:
            context.log.warning("salesforce.usage_not_written", error=type(problem).__name__)
            with self._lock:
                self._calls.update(calls)
                self._figures = {**figures, **self._figures}

    def _forget_old(self, connection: Connection, now: datetime) -> None:
        """Once a day."""
        if self._cleaned != now.date():
            for table in (api_usage, api_hours):
                connection.execute(delete(table).where(table.c.hour < hour_of(now) - KEPT_FOR))
            self._cleaned = now.date()

    def _take(self) -> tuple[Counter[tuple[str, datetime, Purpose]], dict[str, Figures]]:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            _unwritten.pop(self, None)
            taken = self._calls, self._figures
            self._calls, self._figures = Counter(), {}
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


def _store(connection: Connection, calls: Counter[tuple[str, datetime, Purpose]], figures: dict[str, Figures]) -> None:
    for (org, hour, purpose), count in sorted(calls.items()):
        adding = inserting(connection, api_usage).values(org=org, hour=hour, purpose=purpose, calls=count)
        sum_up = {"calls": api_usage.c.calls + adding.excluded.calls}
        connection.execute(adding.on_conflict_do_update(index_elements=["org", "hour", "purpose"], set_=sum_up))
    for org, told in sorted(figures.items()):
        store_figures(connection, org, told)
        _store_hour(connection, org, told)


def _store_hour(connection: Connection, org: str, told: Figures) -> None:
    if told.total is None:
        return
    hour, values = hour_of(told.answered_at), {"used": told.used, "total": told.total}
    making = inserting(connection, api_hours).values(org=org, hour=hour, **values)
    connection.execute(making.on_conflict_do_update(index_elements=["org", "hour"], set_=values))
