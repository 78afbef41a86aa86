"""The jobs of one owner as pages and commands see them: start, stop, the runs, and when the next is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, TextClause, case, select, update

from host.domain.schedule import next_slot
from host.plugin_api import JobRunView, JobState, JobUnknown
from host.scheduling.declared import DeclaredJob, plan_of
from host.scheduling.runs import HELD, add_run, newest_runs, set_going
from host.sentences import Sentence
from host.storage.engine import Database
from host.storage.job_tables import NOT_OVER, job_runs
from host.storage.operations import log_operation
from host.storage.texts import storable

STARTED, STOPPED, JOB = Sentence("job started by hand"), Sentence("job stopped by hand"), Sentence("job")


class StoredJobs:
    """The jobs of one owner, a plugin or the host: rows of the host's database."""

    def __init__(
        self, database: Database, owner: str, jobs: Sequence[DeclaredJob], zone: ZoneInfo, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._owner = owner
        self._jobs = {job.name: job for job in jobs}
        self._zone = zone
        self._clock = clock

    def start(self, job: str, by: str) -> int:
        self._known(job)
        with self._database.writing() as connection:
            run = None
            while run is None:  # one that is over the moment we look leaves room for a new one
                run = self._started(connection, job, by)
        return run

    def stop(self, job: str, by: str) -> bool:
        self._known(job)
        with self._database.writing() as connection:
            stopped = connection.execute(update(job_runs).where(*self._unfinished(job)).values(self._stopped(by))).rowcount
            if stopped:
                self._log(connection, by, STOPPED, job)
        return stopped > 0

    def runs(self, job: str, limit: int = 10) -> Sequence[JobRunView]:
        self._known(job)
        with self._database.reading() as connection:
            return newest_runs(connection, self._owner, job, limit)

    def next_due(self, job: str) -> datetime | None:
        plan = plan_of(self._known(job), self._zone)
        return None if plan is None else next_slot(plan, self._clock())

    def _known(self, job: str) -> DeclaredJob:
        if job not in self._jobs:
            raise JobUnknown(Sentence("“%(owner)s” has no job named “%(job)s”.", owner=self._owner, job=job))
        return self._jobs[job]

    def _unfinished(self, job: str) -> tuple[ColumnElement[bool] | TextClause, ...]:
        return job_runs.c.plugin == self._owner, job_runs.c.job == job, NOT_OVER

    def _started(self, connection: Connection, job: str, by: str) -> int | None:
        added = add_run(connection, self._owner, job, self._clock(), started_by=by)
        held = job_runs.c.state.in_(HELD)
        going = update(job_runs).where(*self._unfinished(job), held).values(set_going(self._clock()))
        if added is not None or connection.execute(going).rowcount:
            self._log(connection, by, STARTED, job)
        if added is not None:
            return added
        unfinished: int | None = connection.execute(select(job_runs.c.id).where(*self._unfinished(job))).scalar()
        return unfinished

    def _stopped(self, by: str) -> dict[str, Any]:
        """One that runs is asked to end, any other is over at once."""
        runs, now = job_runs.c.state == JobState.RUNNING, self._clock()
        message = storable(Sentence("Stopped by %(name)s.", name=by))
        return {
            "stop_requested": True,
            "state": case((runs, JobState.RUNNING.value), else_=JobState.STOPPED.value),
            "finished_at": case((runs, None), else_=now),
            "message": case((runs, job_runs.c.message), else_=message),
            "parked_for": None,
            "retry_at": None,
            "updated_at": now,
        }

    def _log(self, connection: Connection, by: str, action: str, job: str) -> None:
        detail: dict[str, str] = {JOB: self._jobs[job].title}
        log_operation(connection, at=self._clock(), actor=by, area=self._owner, action=action, detail=detail)
