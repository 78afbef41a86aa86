"""The rows of runs: made once for each planned moment, read as what pages show, and set going again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from host.domain.settlement import ParkedFor
from host.plugin_api import JobRunView, JobState
from host.sentences import Sentence, read
from host.storage.job_tables import NOT_OVER, job_runs
from host.storage.texts import storable
from host.storage.upsert import dialect_insert

SWITCHED_OFF = Sentence("The plugin is switched off. The job goes on when it is switched on.")
HELD = (JobState.RETRYING, JobState.PARKED)
_SHOWN = [job_runs.c[name] for name in JobRunView.__dataclass_fields__]


def add_run(
    connection: Connection,
    owner: str,
    job: str,
    now: datetime,
    *,
    slot: datetime | None = None,
    started_by: str = "",
) -> int | None:
    """A run that waits for a worker; gives back its id, or None if one is not over yet or was made for this slot."""
    values: dict[str, Any] = {
        "plugin": owner,
        "job": job,
        "slot": slot,
        "due_at": slot or now,
        "started_by": started_by,
        "state": JobState.WAITING,
        "kept": {},
        "created_at": now,
        "updated_at": now,
    }
    added = dialect_insert(connection, job_runs).values(values).on_conflict_do_nothing().returning(job_runs.c.id)
    run_id: int | None = connection.execute(added).scalar_one_or_none()
    return run_id


def newest_runs(connection: Connection, owner: str, job: str, limit: int) -> list[JobRunView]:
    """The newest runs of a job first."""
    ours = job_runs.c.plugin == owner, job_runs.c.job == job
    query = select(*_SHOWN).where(*ours).order_by(job_runs.c.id.desc()).limit(limit)
    return [_view(row) for row in connection.execute(query).mappings()]


def set_going(now: datetime) -> dict[str, Any]:
    """What a run becomes that a person sets going again: its tries are counted anew."""
    return {
        "state": JobState.WAITING,
        "parked_for": None,
        "retry_at": None,
        "attempts": 0,
        "bugs": 0,
        "interruptions": 0,
        "tries_since": None,
        "message": "",
        "updated_at": now,
    }


def park_runs(connection: Connection, plugin: str, now: datetime) -> int:
    """Hold back the runs of a plugin that was switched off; one that is under way is told to stop by the switch."""
    pending = job_runs.c.state.in_((JobState.WAITING, JobState.RETRYING))
    parked = {
        "state": JobState.PARKED,
        "parked_for": ParkedFor.DISABLED,
        "retry_at": None,
        "message": storable(SWITCHED_OFF),
        "updated_at": now,
    }
    return connection.execute(update(job_runs).where(job_runs.c.plugin == plugin, NOT_OVER, pending).values(parked)).rowcount


def release_runs(connection: Connection, plugin: str, parked_for: Collection[ParkedFor], now: datetime) -> int:
    """Let the runs of a plugin go that were parked for these reasons; gives back how many."""
    parked = job_runs.c.state == JobState.PARKED, job_runs.c.parked_for.in_(parked_for)
    released = update(job_runs).where(job_runs.c.plugin == plugin, NOT_OVER, *parked).values(set_going(now))
    return connection.execute(released).rowcount


def _view(row: RowMapping) -> JobRunView:
    shown = dict(row)
    shown |= {"state": JobState(row["state"]), "message": read(row["message"]), "parked_for": row["parked_for"] or ""}
    return JobRunView(**shown)
