"""The rows of runs as workers write them: claimed before a job runs, kept while it does, settled after it."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, RowMapping, case, exists, func, select, update

from host.delivery.membership import Membership
from host.domain.job_settlement import OVER, Circumstances, SettledRun, may_run, settle_run
from host.domain.settlement import Attempt, AttemptResult, Tries
from host.plugin_api import JobState
from host.scheduling.owned import Key, OwnedJob
from host.sentences import Sentence
from host.storage.job_tables import NOT_OVER, job_runs
from host.storage.tables import workers
from host.storage.texts import storable, storable_count

INTERRUPTED = Attempt(
    result=AttemptResult.INTERRUPTED,
    message=Sentence(
        "The worker ended in the middle of it. The next one runs it again; if that "
        "happens often, look into the worker’s log."
    ),
)
LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedRun:
    """A run that this worker runs now."""

    id: int
    claim: str
    due_at: datetime
    kept: Mapping[str, Any]


class RunLedger:
    """Claims, keeps and settles runs in the name of one worker."""

    def __init__(self, membership: Membership, jobs: Mapping[Key, OwnedJob], clock: Callable[[], datetime]) -> None:
        self._membership = membership
        self._jobs = jobs
        self._clock = clock

    def unfinished(self, connection: Connection) -> list[RowMapping]:
        """The runs that are not over, of jobs this process knows, oldest first."""
        query = select(job_runs).where(NOT_OVER).order_by(job_runs.c.id)
        return [row for row in connection.execute(query).mappings() if _key(row) in self._jobs]

    def is_orphan(self, connection: Connection, row: RowMapping, held: Collection[str]) -> bool:
        """Whether it reads as running, but whoever ran it is gone. `held`: the claims this worker works on."""
        if row["state"] != JobState.RUNNING:
            return False
        holder = row["claim"].rsplit("/", 1)[0]
        if holder == self._membership.worker:
            return row["claim"] not in held
        return not self._membership.lives(connection, holder)

    def is_due(self, connection: Connection, row: RowMapping) -> bool:
        """Whether it may be claimed now."""
        due = may_run(JobState(row["state"]), row["parked_for"], row["retry_at"], self._clock())
        return due and self._jobs[_key(row)].is_on(connection)

    def claim(self, connection: Connection, row: RowMapping) -> ClaimedRun | None:
        """Take the run; None if somebody else was quicker, it was stopped meanwhile, or this worker was taken for dead."""
        now, claim = self._clock(), f"{self._membership.worker}/{uuid4().hex[:12]}"
        running = {
            "state": JobState.RUNNING,
            "claim": claim,
            "attempts": job_runs.c.attempts + 1,
            "tries_since": func.coalesce(job_runs.c.tries_since, now),
            "started_at": func.coalesce(job_runs.c.started_at, now),
            "parked_for": None,
            "retry_at": None,
            "message": row["message"] if row["state"] == JobState.WAITING else "",
            "updated_at": now,
        }
        alive = exists().where(workers.c.executor_id == self._membership.worker)
        unchanged = job_runs.c.id == row["id"], job_runs.c.state == row["state"], NOT_OVER, alive
        if connection.execute(update(job_runs).where(*unchanged).values(running)).rowcount == 0:
            return None
        return ClaimedRun(id=row["id"], claim=claim, due_at=row["due_at"], kept=row["kept"])

    def keep(self, connection: Connection, run: ClaimedRun, progress: Mapping[str, Any]) -> bool:
        """Store how far it is; whether the claim still stands. A job that got further begins its tries anew."""
        further, now = job_runs.c.done < progress["done"], self._clock()
        anew: dict[str, Any] = {"attempts": 1, "bugs": 0, "interruptions": 0, "tries_since": now}
        values: dict[str, Any] = {name: case((further, value), else_=job_runs.c[name]) for name, value in anew.items()}
        values |= {**progress, "updated_at": now}
        return connection.execute(update(job_runs).where(*_ours(run.id, run.claim)).values(values)).rowcount == 1

    def wishes(self, connection: Connection, run: ClaimedRun) -> Circumstances | None:
        """What is wanted of a run that is under way; None if it is not ours any more."""
        row = connection.execute(select(job_runs).where(*_ours(run.id, run.claim))).mappings().first()
        return None if row is None else self._circumstances(connection, row, told=False)

    def settle(self, connection: Connection, run: ClaimedRun, attempt: Attempt, *, told: bool) -> JobState | None:
        """Write what came of it; None, and nothing written, if the run is not ours any more."""
        query = select(job_runs).where(*_ours(run.id, run.claim)).with_for_update()
        row = connection.execute(query).mappings().first()
        return None if row is None else self._settle(connection, row, attempt, told=told)

    def interrupt(self, connection: Connection, row: RowMapping) -> JobState | None:
        """Settle a run whose worker is gone; None if somebody else just did."""
        claimed = ClaimedRun(id=row["id"], claim=row["claim"], due_at=row["due_at"], kept=row["kept"])
        return self.settle(connection, claimed, INTERRUPTED, told=False)

    def _settle(self, connection: Connection, row: RowMapping, attempt: Attempt, *, told: bool) -> JobState:
        now = self._clock()
        tries = _tries(row, attempt.result, now)
        circumstances = self._circumstances(connection, row, told=told)
        settled = settle_run(attempt, tries, circumstances, now, random.random())  # noqa: S311
        values = _written(row, settled, tries, now)
        values["api_calls"] = max(row["api_calls"], storable_count(attempt.api_calls))
        connection.execute(update(job_runs).where(job_runs.c.id == row["id"]).values(values))
        return settled.state

    def _circumstances(self, connection: Connection, row: RowMapping, *, told: bool) -> Circumstances:
        on = self._jobs[_key(row)].is_on(connection)
        return Circumstances(told=told, stop_requested=row["stop_requested"], switched_on=on)


def _key(row: RowMapping) -> Key:
    return row["plugin"], row["job"]


def _ours(run_id: int, claim: str) -> tuple[Any, ...]:
    return job_runs.c.id == run_id, job_runs.c.claim == claim


def _tries(row: RowMapping, result: AttemptResult, now: datetime) -> Tries:
    return Tries(
        attempts=row["attempts"],
        since=row["tries_since"] or now,
        bugs=row["bugs"] + (result is AttemptResult.BUG),
        interruptions=row["interruptions"] + (result is AttemptResult.INTERRUPTED),
    )


def _written(row: RowMapping, settled: SettledRun, tries: Tries, now: datetime) -> dict[str, Any]:
    attempts = row["attempts"] if settled.counted else max(0, row["attempts"] - 1)
    return {
        "state": settled.state,
        "message": row["message"] if settled.message is None else storable(settled.message),
        "parked_for": settled.parked_for,
        "retry_at": settled.retry_at,
        "finished_at": now if settled.state in OVER else None,
        "claim": None,
        "attempts": attempts,
        "tries_since": row["tries_since"] if attempts else None,
        "bugs": tries.bugs,
        "interruptions": tries.interruptions,
        "updated_at": now,
    }
