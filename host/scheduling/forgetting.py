"""Deletes the runs that are long over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, func, select

from host.plugin_api import Done, JobRun
from host.sentences import Sentence
from host.storage.job_tables import job_runs

if TYPE_CHECKING:
    from host.services import Services

RUNS_KEPT = timedelta(days=30)


def forget_runs(services: Services, _run: JobRun) -> Done:
    """Delete what ended before `RUNS_KEPT`; the newest run of each job stays, to tell when it last ran."""
    with services.database.writing() as connection:
        gone = _forget(connection, services.clock() - RUNS_KEPT)
    return Done(summary=Sentence("Deleted: %(count)s.", count=gone))


def _forget(connection: Connection, before: datetime) -> int:
    newest = select(func.max(job_runs.c.id)).group_by(job_runs.c.plugin, job_runs.c.job)
    old = job_runs.c.finished_at < before, job_runs.c.id.not_in(newest.scalar_subquery())
    return connection.execute(delete(job_runs).where(*old)).rowcount
