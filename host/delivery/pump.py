"""Makes jobs of what was published: a post of the telephone system only writes rows, a worker does the rest."""

from __future__ import annotations

import threading
from collections.abc import Collection

import structlog
from sqlalchemy import Engine, bindparam, select, update
from sqlalchemy.exc import SQLAlchemyError

from host.delivery.jobs import JobQueue
from host.storage.engine import Database
from host.storage.tables import WITHOUT_JOB, deliveries

AT_ONCE = 32  # jobs made in one transaction: on SQLite nobody else can write meanwhile

_OLDEST = (
    select(deliveries.c.id, deliveries.c.call_id)
    .where(deliveries.c.plugin == bindparam("of_plugin"), WITHOUT_JOB)
    .order_by(deliveries.c.id)
    .limit(AT_ONCE)
)
_LOCKED = _OLDEST.with_for_update(skip_locked=True)  # what another worker has in hand is passed by
_QUEUED = update(deliveries).where(deliveries.c.id.in_(bindparam("ids", expanding=True))).values(queued=True)

log = structlog.get_logger(__name__)


class Pump:
    """Makes one job for each plugin and call that has deliveries without one; several workers may do so at once.

    Args:
        engine: the job engine's. A power cut may undo the last jobs and, with them, that they were made.
    """

    def __init__(self, database: Database, engine: Engine, plugins: Collection[str]) -> None:
        self._database = database
        self._engine = engine
        self._jobs = JobQueue(engine)
        self._plugins = plugins

    def run(self, over: threading.Event, poll_seconds: float) -> None:
        """Look for work every `poll_seconds` until `over` is set."""
        while not over.wait(poll_seconds):
            try:
                self.make_jobs()
            except SQLAlchemyError as error:
                log.warning("making jobs failed", error=type(error).__name__)

    def make_jobs(self) -> int:
        """Make all jobs that are missing; gives back for how many deliveries."""
        made = 0
        while found := sum(self._some(plugin) for plugin in self._plugins):
            made += found
        return made

    def _some(self, plugin: str) -> int:
        with self._database.reading() as connection:  # mostly there is nothing, and no lock is needed to see that
            if connection.execute(_OLDEST, {"of_plugin": plugin}).first() is None:
                return 0
        with self._engine.begin() as connection:
            rows = connection.execute(_LOCKED, {"of_plugin": plugin}).all()
            if rows:
                connection.execute(_QUEUED, {"ids": [row.id for row in rows]})
            for call_id in dict.fromkeys(row.call_id for row in rows):
                self._jobs.add(connection, plugin, call_id)
            return len(rows)
