"""Runs what is due, each run in a thread of its own, in one worker's life."""

from __future__ import annotations

import threading
import time
from functools import partial

import structlog
from sqlalchemy import Connection, RowMapping
from sqlalchemy.exc import SQLAlchemyError

from host.delivery.membership import Membership
from host.domain.settlement import Attempt, AttemptResult
from host.registry.outcomes import CallResult, outcome_of
from host.scheduling.job_clock import JobClock
from host.scheduling.ledger import RunLedger
from host.scheduling.owned import Key, OwnedJob, owned_jobs
from host.scheduling.running import RunUnderWay
from host.sentences import Sentence
from host.services import Services

LOOK_SECONDS = 0.5
SILENCE_SECONDS = 600.0
SILENT = Attempt(
    result=AttemptResult.RETRY,
    message=Sentence(
        "The job gave no sign of life for 10 minutes. It is tried again once the earlier try has returned, by another "
        "worker, or when the worker is restarted."
    ),
)

log = structlog.get_logger(__name__)


class Scheduler:
    """Looks at the clock, takes up what is due, and leaves behind what gives no sign of life.

    A job is a thread of its own, so that one that hangs holds up no delivery and no other job. Of one job only one thread
    runs in a worker, also when an earlier one hangs.

    Args:
        over: set when the worker's life ends; the jobs are told so.
    """

    def __init__(self, services: Services, membership: Membership, over: threading.Event) -> None:
        self._services = services
        self._over = over
        self._jobs = owned_jobs(services)
        self._clock = JobClock(services.database, self._jobs.values(), services.clock)
        self._ledger = RunLedger(membership, self._jobs, services.clock)
        self._under_way: dict[Key, RunUnderWay] = {}
        self._threads: set[threading.Thread] = set()

    def run(self) -> None:
        """Look for work every `LOOK_SECONDS` until the worker's life is over."""
        while not self._over.wait(LOOK_SECONDS):
            try:
                self.look()
            except SQLAlchemyError as error:
                log.warning("looking for jobs failed", error=type(error).__name__)

    def look(self) -> None:
        """Make the runs that are due, take over those of dead workers, and start what may run."""
        self._clock.make_due()
        self.leave_silent(SILENCE_SECONDS)
        with self._services.database.reading() as connection:
            rows = self._ledger.unfinished(connection)
            orphans = [row for row in rows if self._ledger.is_orphan(connection, row, self._held())]
            due = [row for row in rows if self._is_free(row) and self._ledger.is_due(connection, row)]
        for row in orphans:
            self._take_over(row)
        for row in due:
            self._start(row)

    def leave_silent(self, seconds: float) -> None:
        """Give up the runs that gave no sign of life for so long: what they still do changes nothing in their rows."""
        for run in list(self._under_way.values()):
            if not run.given_up and time.monotonic() - run.heard_at >= seconds:
                with self._services.database.writing() as connection:
                    self._settle(connection, run, SILENT)
                run.given_up = True
                log.warning("job gives no sign of life", run=run.id)

    def wait(self, *, until: float) -> int:
        """Wait, up to this moment of the monotonic clock, for the jobs that were told that the worker's life is over.

        Gives back how many did not end in time.
        """
        for thread in list(self._threads):
            thread.join(timeout=max(0.0, until - time.monotonic()))
        return sum(thread.is_alive() for thread in list(self._threads))

    def _held(self) -> set[str]:
        return {run.claimed.claim for run in list(self._under_way.values())}

    def _is_free(self, row: RowMapping) -> bool:
        return (row["plugin"], row["job"]) not in self._under_way

    def _take_over(self, row: RowMapping) -> None:
        with self._services.database.writing() as connection:
            became = self._ledger.interrupt(connection, row)
        if became is not None:
            log.warning("took over a job of a worker that is gone", plugin=row["plugin"], job=row["job"], run=row["id"])

    def _start(self, row: RowMapping) -> None:
        with self._services.database.writing() as connection:
            claimed = self._ledger.claim(connection, row) if self._ledger.is_due(connection, row) else None
        if claimed is None:
            return
        job = self._jobs[row["plugin"], row["job"]]
        run = RunUnderWay(self._services.database, self._ledger, claimed, self._over)
        self._under_way[job.key] = run
        thread = threading.Thread(target=self._work, args=(job, run), name=f"job {job.owner}.{job.name}", daemon=True)
        self._threads.add(thread)
        thread.start()

    def _work(self, job: OwnedJob, run: RunUnderWay) -> None:
        log.info("job runs", plugin=job.owner, job=job.name, run=run.id)
        began = time.monotonic()
        try:
            result = self._performed(job, run).attempt
            with self._services.database.writing() as connection:
                became = self._settle(connection, run, result)
            seconds = round(time.monotonic() - began, 3)
            log.info("job ended", plugin=job.owner, job=job.name, run=run.id, state=became, seconds=seconds)
        except SQLAlchemyError as error:
            log.warning("settling a job failed", plugin=job.owner, job=job.name, run=run.id, error=type(error).__name__)
        finally:
            self._under_way.pop(job.key, None)
            self._threads.discard(threading.current_thread())

    def _performed(self, job: OwnedJob, run: RunUnderWay) -> CallResult:
        apart = self._services.processes.run_job(job.plugin, job.name, run) if job.plugin else None
        return apart or outcome_of(partial(job.work, run))

    def _settle(self, connection: Connection, run: RunUnderWay, result: Attempt) -> str:
        became = self._ledger.settle(connection, run.claimed, result, told=run.told)
        return "lost" if became is None else became.value
