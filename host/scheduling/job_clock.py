"""Makes a run of each planned moment, once however many workers look at the clock."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import Connection, select, update

from host.domain.schedule import latest_slot
from host.scheduling.owned import Key, OwnedJob
from host.scheduling.runs import add_run
from host.storage.engine import Database
from host.storage.job_tables import NOT_OVER, job_clocks, job_runs
from host.storage.upsert import dialect_insert


class JobClock:
    """Looks at the clock in the name of one worker.

    `job_clocks.reached` remembers up to which moment all is settled. It begins when a worker sees the job for the first
    time, so that nothing from before is caught up. A moment that finds the plugin off is passed over; one that finds the
    last run not over yet waits for that; of several that were missed only the latest becomes a run.
    """

    def __init__(self, database: Database, jobs: Collection[OwnedJob], clock: Callable[[], datetime]) -> None:
        self._database = database
        self._planned = {job.key: plan for job in jobs if (plan := job.plan) is not None}
        self._jobs = {job.key: job for job in jobs}
        self._clock = clock

    def make_due(self) -> int:
        """Make the runs that are due; gives back how many."""
        now = self._clock()
        with self._database.reading() as connection:  # mostly nothing is due, and no lock is needed to see that
            behind = self._behind(connection, now)
        made = 0
        for key, slot in behind.items():
            with self._database.writing() as connection:
                made += self._settle(connection, self._jobs[key], slot, now)
        return made

    def _behind(self, connection: Connection, now: datetime) -> dict[Key, datetime | None]:
        """The jobs with a moment that is not settled, and those never seen before (None)."""
        reached = {(row.plugin, row.job): row.reached for row in connection.execute(select(job_clocks))}
        busy = {
            (row.plugin, row.job) for row in connection.execute(select(job_runs.c.plugin, job_runs.c.job).where(NOT_OVER))
        }
        behind: dict[Key, datetime | None] = {key: None for key in self._planned if key not in reached}
        for key in self._planned.keys() - behind.keys() - busy:
            slot = latest_slot(self._planned[key], now)
            if slot > reached[key]:
                behind[key] = slot
        return behind

    def _settle(self, connection: Connection, job: OwnedJob, slot: datetime | None, now: datetime) -> int:
        if slot is None:
            first = dialect_insert(connection, job_clocks).values(plugin=job.owner, job=job.name, reached=now)
            connection.execute(first.on_conflict_do_nothing())
            return 0
        made = job.is_on(connection)
        if made and add_run(connection, job.owner, job.name, now, slot=slot) is None:
            return 0
        this = job_clocks.c.plugin == job.owner, job_clocks.c.job == job.name
        connection.execute(update(job_clocks).where(*this).values(reached=slot))
        return int(made)
