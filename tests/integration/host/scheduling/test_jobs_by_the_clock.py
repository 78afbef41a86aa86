"""R20, R35: jobs by the clock run once, are caught up, go on where they were, wait, stop, and hold nothing up."""

from __future__ import annotations

import sys
import threading
import time as real_time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from importlib.metadata import EntryPoint
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import delete, insert, select, update

from host.config import Config
from host.delivery.membership import Membership
from host.domain.retry import BUG_ATTEMPTS, INTERRUPTIONS, PATIENCE
from host.plugin_api import (
    Done,
    JobRun,
    JobRunView,
    Jobs,
    JobState,
    JobUnknown,
    LimitReached,
    Manifest,
    NeedsConfiguration,
    NeedsReauthorisation,
    PermanentFailure,
    RetryLater,
    RunLost,
    ScheduledJob,
    Skipped,
)
from host.scheduling.forgetting import forget_runs
from host.scheduling.scheduler import Scheduler
from host.services import Services, build_services
from host.storage.job_tables import job_runs
from host.storage.tables import operation_log, workers

NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 3, 7, 17, tzinfo=UTC)  # in New York; the next day the clock is put forward
TONIGHT = datetime(2026, 3, 8, 4, tzinfo=UTC)
TOMORROW_NIGHT = datetime(2026, 3, 9, 3, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)
Answer = Callable[[JobRun], Any]


class Night:
    """A plugin with a job that does what the test tells it."""

    def __init__(self) -> None:
        self.answer: Answer = lambda _run: None
        self.runs: list[JobRun] = []
        self.manifest = Manifest(
            name="night",
            title="Night",
            version="1",
            jobs=(
                ScheduledJob(name="nightly", title="Nightly", run=self._run, daily_at=time(23)),
                ScheduledJob(name="by_hand", title="By hand", run=self._run),
            ),
        )

    def _run(self, _context: object, run: JobRun) -> Any:
        self.runs.append(run)
        return self.answer(run)


@dataclass
class Office:
    """Services with the plugin and a clock that can be set."""

    services: Services
    plugin: Night
    now: datetime = NOON
    over: threading.Event = field(default_factory=threading.Event)

    def worker(self, name: str = "one") -> Scheduler:
        with self.services.database.writing() as connection:
            real = datetime.now(UTC)
            connection.execute(delete(workers).where(workers.c.executor_id == name))
            connection.execute(insert(workers).values(executor_id=name, started_at=real, seen_at=real))
        return Scheduler(self.services, Membership(self.services.database, name, 60), self.over)

    @property
    def jobs(self) -> Jobs:
        return self.services.registry.context("night").jobs

    def look(self, scheduler: Scheduler) -> None:
        """One look at the clock, with everything it started ended."""
        scheduler.look()
        assert scheduler.wait(until=real_time.monotonic() + 20) == 0

    def runs(self, job: str = "nightly") -> list[JobRunView]:
        return list(reversed(self.jobs.runs(job)))

    def states(self, job: str = "nightly") -> list[str]:
        return [run.state.value for run in self.runs(job)]


@pytest.fixture
def office(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    plugin = Night()
    monkeypatch.setitem(sys.modules, "night_plugin", SimpleNamespace(plugin=plugin))
    config = Config(
        database_url=database_url,
        secret_key="s" * 32,
        encryption_keys=(Fernet.generate_key().decode(),),
        timezone=NEW_YORK,
    )
    office = Office(services=None, plugin=plugin)  # type: ignore[arg-type]
    points = [EntryPoint("night", "night_plugin:plugin", "tsunagu.plugins")]
    office.services = build_services(config, clock=lambda: office.now, plugins=points)
    yield office
    office.over.set()
    office.services.database.engine.dispose()


def until(holds: Callable[[], object]) -> None:
    deadline = real_time.monotonic() + 20
    while not holds():
        assert real_time.monotonic() < deadline, "it did not come about within 20 seconds"
        real_time.sleep(0.01)


def test_r20_nothing_from_before_the_first_worker_is_made_up_for(office: Office) -> None:
    worker = office.worker()
    office.look(worker)
    office.look(worker)
    assert office.runs() == []
    assert office.jobs.next_due("nightly") == TONIGHT
    assert office.jobs.next_due("by_hand") is None


def test_r20_at_eleven_one_run_is_made_over_daylight_saving_changes(office: Office) -> None:
    worker = office.worker()
    for now in (NOON, TONIGHT - timedelta(seconds=1), TONIGHT, TONIGHT + AN_HOUR):
        office.now = now
        office.look(worker)
    assert [run.due_at for run in office.runs()] == [TONIGHT]
    for now in (TOMORROW_NIGHT - timedelta(seconds=1), TOMORROW_NIGHT, TOMORROW_NIGHT + AN_HOUR):
        office.now = now
        office.look(worker)
    assert [run.due_at for run in office.runs()] == [TONIGHT, TOMORROW_NIGHT]
    assert office.states() == ["done", "done"]


def test_r20_two_workers_run_it_once(office: Office) -> None:
    schedulers = [office.worker("one"), office.worker("two")]
    for scheduler in schedulers:
        office.look(scheduler)
    office.now = TONIGHT
    together = threading.Barrier(2)

    def look(scheduler: Scheduler) -> None:
        together.wait(10)
        for _ in range(5):
            office.look(scheduler)

    threads = [threading.Thread(target=look, args=(scheduler,)) for scheduler in schedulers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert office.states() == ["done"]
    assert len(office.plugin.runs) == 1


def test_r20_what_was_missed_is_made_up_for_once(office: Office) -> None:
    office.look(office.worker())
    office.now = TOMORROW_NIGHT + 3 * AN_HOUR
    later = office.worker("after the downtime")
    office.look(later)
    office.look(later)
    assert [run.due_at for run in office.runs()] == [TOMORROW_NIGHT]
    office.now = TONIGHT  # a clock that was set back makes nothing twice
    office.look(later)
    assert len(office.runs()) == 1


def test_r20_a_moment_waits_for_the_run_before_it(office: Office) -> None:
    worker = office.worker()
    office.look(worker)
    office.plugin.answer = raising(NeedsReauthorisation("Connect again."))
    for now in (TONIGHT, TOMORROW_NIGHT):
        office.now = now
        office.look(worker)
    assert office.states() == ["parked"]
    office.plugin.answer = lambda _run: Done()
    office.services.registry.context("night").resume_parked()
    office.look(worker)
    office.look(worker)
    assert [run.due_at for run in office.runs()] == [TONIGHT, TOMORROW_NIGHT]


def test_r20_a_retry_goes_on_with_what_was_kept(office: Office) -> None:
    worker = office.worker()

    def interrupted(run: JobRun) -> Done:
        done = run.kept.get("done", 0)
        run.keep({"done": done + 2, "seen": ["a"]}, done=done + 2, total=4, message="on the way", api_calls=done + 5)
        if done == 0:
            raise RetryLater("Not now.", after=timedelta(minutes=5))
        return Done(summary="all of it")

    office.plugin.answer = interrupted
    office.jobs.start("by_hand", "admin@example.com")
    office.look(worker)
    (run,) = office.runs("by_hand")
    assert (run.state, run.done, run.total, run.kept) == (JobState.RETRYING, 2, 4, {"done": 2, "seen": ["a"]})
    assert (run.message, run.api_calls) == ("Not now.", 5)
    assert run.retry_at is not None
    assert run.retry_at >= office.now + timedelta(minutes=5)
    office.look(worker)
    assert len(office.plugin.runs) == 1
    office.now = run.retry_at
    office.look(worker)
    (run,) = office.runs("by_hand")
    assert (run.state, run.done, run.message, run.api_calls) == (JobState.DONE, 4, "all of it", 7)
    assert run.finished_at == office.now


def raising(error: Exception) -> Answer:
    def answer(_run: JobRun) -> None:
        raise error

    return answer


@pytest.mark.parametrize(
    ("answer", "state", "parked_for"),
    [
        (lambda _run: Skipped(reason="nothing"), "skipped", ""),
        (raising(PermanentFailure("never")), "failed", ""),
        (raising(NeedsReauthorisation("connect")), "parked", "reauthorise"),
        (raising(NeedsConfiguration("mend")), "parked", "configure"),
        (raising(LimitReached("tomorrow")), "retrying", ""),
        (raising(SystemExit()), "retrying", ""),
        (lambda _run: "text", "retrying", ""),
    ],
)
def test_r35_what_a_job_gives_back_or_raises(office: Office, answer: Answer, state: str, parked_for: str) -> None:
    office.plugin.answer = answer
    office.jobs.start("by_hand", "admin@example.com")
    office.look(office.worker())
    (run,) = office.runs("by_hand")
    assert (run.state, run.parked_for) == (state, parked_for)


def test_r35_a_bug_is_tried_three_times(office: Office) -> None:
    worker = office.worker()
    office.plugin.answer = raising(ZeroDivisionError())
    office.jobs.start("by_hand", "admin@example.com")
    for _ in range(BUG_ATTEMPTS + 2):
        office.look(worker)
        office.now += timedelta(minutes=1)
    (run,) = office.runs("by_hand")
    assert run.state is JobState.FAILED
    assert "ZeroDivisionError" in run.message
    assert len(office.plugin.runs) == BUG_ATTEMPTS


def test_r20_patience_ends_when_it_gets_no_further_not_while_it_does(office: Office) -> None:
    worker = office.worker()
    steps = iter(range(1, 100))

    def slowly(run: JobRun) -> None:
        run.keep({}, done=next(steps), total=99)
        raise RetryLater("slow")

    office.plugin.answer = slowly
    office.jobs.start("by_hand", "admin@example.com")
    for _ in range(4):
        office.look(worker)
        office.now += PATIENCE
    assert office.states("by_hand") == ["retrying"]
    office.plugin.answer = raising(RetryLater("stuck"))
    office.look(worker)
    office.now += PATIENCE
    office.look(worker)
    assert office.states("by_hand") == ["failed"]


def test_r32_what_is_on_hold_goes_on_when_it_is_mended(office: Office) -> None:
    worker = office.worker()
    office.plugin.answer = raising(NeedsConfiguration("mend"))
    office.jobs.start("by_hand", "admin@example.com")
    office.look(worker)
    office.plugin.answer = lambda _run: Done()
    office.look(worker)
    assert office.states("by_hand") == ["parked"]
    office.services.registry.context("night").resume_parked()
    office.look(worker)
    assert office.states("by_hand") == ["done"]


def test_starting_by_hand_twice_is_one_run_and_hurries_one_that_waits(office: Office) -> None:
    worker = office.worker()
    office.plugin.answer = raising(RetryLater("later", after=AN_HOUR))
    first = office.jobs.start("by_hand", "a@example.com")
    assert office.jobs.start("by_hand", "b@example.com") == first
    office.look(worker)
    office.plugin.answer = lambda _run: Done()
    assert office.jobs.start("by_hand", "b@example.com") == first
    office.look(worker)
    assert office.states("by_hand") == ["done"]
    assert office.jobs.start("by_hand", "b@example.com") != first


def test_r18_starting_and_stopping_by_hand_is_in_the_operation_log(office: Office) -> None:
    office.jobs.start("by_hand", "admin@example.com")
    assert office.jobs.stop("by_hand", "boss@example.com")
    assert not office.jobs.stop("by_hand", "boss@example.com")
    with office.services.database.reading() as connection:
        lines = connection.execute(select(operation_log).order_by(operation_log.c.id)).all()
    assert [(line.actor, line.area, "By hand" in str(line.detail)) for line in lines] == [
        ("admin@example.com", "night", True),
        ("boss@example.com", "night", True),
    ]
    (run,) = office.runs("by_hand")
    assert (run.state, run.message) == (JobState.STOPPED, "Stopped by boss@example.com.")


def test_a_job_that_is_not_declared_is_refused(office: Office) -> None:
    for ask in (office.jobs.runs, office.jobs.next_due, lambda job: office.jobs.start(job, "x")):
        with pytest.raises(JobUnknown):
            ask("weekly")


@dataclass
class Stepping:
    """A job that works on until it is told to stop, and then returns."""

    under_way: threading.Event = field(default_factory=threading.Event)

    def __call__(self, run: JobRun) -> Done:
        self.under_way.set()
        while not run.stopping():
            real_time.sleep(0.02)
        run.keep({"at": 7}, done=7, total=9)
        return Done()


def test_r20_a_run_that_is_stopped_ends_and_keeps_what_it_did(office: Office) -> None:
    office.plugin.answer = stepping = Stepping()
    scheduler = office.worker()
    office.jobs.start("by_hand", "admin@example.com")
    scheduler.look()
    assert stepping.under_way.wait(20)
    assert office.jobs.stop("by_hand", "admin@example.com")
    assert office.runs("by_hand")[0].stop_requested
    until(lambda: office.states("by_hand") == ["stopped"])
    assert office.runs("by_hand")[0].done == 7


def test_r34_a_plugin_that_is_switched_off_puts_its_runs_on_hold(office: Office) -> None:
    office.plugin.answer = stepping = Stepping()
    scheduler = office.worker()
    office.jobs.start("by_hand", "admin@example.com")
    scheduler.look()
    assert stepping.under_way.wait(20)
    office.services.registry.set_enabled("night", False, "admin@example.com")
    until(lambda: office.states("by_hand") == ["parked"])
    assert office.runs("by_hand")[0].parked_for == "disabled"
    office.look(scheduler)
    assert office.states("by_hand") == ["parked"]
    office.plugin.answer = lambda run: Done(summary=f"from {run.kept['at']}")
    office.services.registry.set_enabled("night", True, "admin@example.com")
    office.look(scheduler)
    assert [(run.state, run.message) for run in office.runs("by_hand")] == [("done", "from 7")]


def test_r34_moments_that_pass_while_the_plugin_is_off_are_passed_over(office: Office) -> None:
    worker = office.worker()
    office.look(worker)
    office.services.registry.set_enabled("night", False, "admin@example.com")
    office.now = TONIGHT
    office.look(worker)
    office.services.registry.set_enabled("night", True, "admin@example.com")
    office.look(worker)
    assert office.runs() == []
    office.now = TOMORROW_NIGHT
    office.look(worker)
    assert [run.due_at for run in office.runs()] == [TOMORROW_NIGHT]


def test_r20_when_the_worker_ends_the_next_one_goes_on_at_once_and_no_try_is_counted(office: Office) -> None:
    office.plugin.answer = stepping = Stepping()
    scheduler = office.worker()
    office.jobs.start("by_hand", "admin@example.com")
    scheduler.look()
    assert stepping.under_way.wait(20)
    office.over.set()
    assert scheduler.wait(until=real_time.monotonic() + 20) == 0
    with office.services.database.reading() as connection:
        row = connection.execute(select(job_runs)).one()
    assert (row.state, row.attempts, row.interruptions, row.kept) == ("waiting", 0, 0, {"at": 7})
    office.over = threading.Event()
    office.plugin.answer = lambda run: Done(summary=f"from {run.kept['at']}")
    office.look(office.worker("two"))
    assert office.runs("by_hand")[0].message == "from 7"


def test_r20_the_run_of_a_dead_worker_goes_on_and_the_dead_write_nothing(office: Office) -> None:
    held = threading.Event()
    outcome: list[object] = []

    def sleeping(run: JobRun) -> Done:
        if run.kept:
            return Done(summary="by the second")
        run.keep({"at": 1}, done=1, total=2)
        held.wait(20)
        try:
            run.keep({"at": 99}, done=2, total=2)
        except RunLost as error:
            outcome.append(error)
            raise
        return Done(summary="by the dead")

    office.plugin.answer = sleeping
    dead = office.worker("dead")
    office.jobs.start("by_hand", "admin@example.com")
    dead.look()
    until(lambda: office.runs("by_hand")[0].done == 1)
    with office.services.database.writing() as connection:
        connection.execute(delete(workers).where(workers.c.executor_id == "dead"))
    second = office.worker("second")
    second.look()
    office.look(second)
    held.set()
    assert dead.wait(until=real_time.monotonic() + 20) == 0
    assert len(outcome) == 1
    (run,) = office.runs("by_hand")
    assert (run.state, run.message, run.kept) == (JobState.DONE, "by the second", {"at": 1})


def test_r35_a_job_that_kills_its_workers_fails_in_the_end(office: Office) -> None:
    office.jobs.start("by_hand", "admin@example.com")
    worker = office.worker()
    gone = {"state": "running", "claim": "gone/1"}
    for _ in range(INTERRUPTIONS):
        with office.services.database.writing() as connection:
            connection.execute(update(job_runs).values(gone))
        office.plugin.answer = raising(AssertionError("not to be run"))
        with office.services.database.reading() as connection:
            rows = worker._ledger.unfinished(connection)
        worker._take_over(rows[0])
    assert office.states("by_hand") == ["failed"]


def test_r35_a_job_that_hangs_holds_up_no_other_and_is_not_started_twice(office: Office) -> None:
    let_go, started = threading.Event(), []

    def hanging(_run: JobRun) -> Done:
        started.append(1)
        let_go.wait(20)
        return Done(summary="at last")

    office.plugin.answer = hanging
    scheduler = office.worker()
    office.look(scheduler)
    office.now = TONIGHT
    scheduler.look()
    until(lambda: started)
    office.plugin.answer = lambda _run: Done()
    office.jobs.start("by_hand", "admin@example.com")
    scheduler.look()
    until(lambda: office.states("by_hand") == ["done"])
    scheduler.leave_silent(0)
    assert office.states() == ["retrying"]
    office.now += PATIENCE / 2
    scheduler.look()
    assert office.states() == ["retrying"]
    assert len(office.plugin.runs) == 2
    let_go.set()
    assert scheduler.wait(until=real_time.monotonic() + 20) == 0
    assert office.states() == ["retrying"]  # what the hanging thread brought comes too late
    office.look(scheduler)
    assert office.states() == ["done"]


def test_old_runs_are_forgotten_but_the_newest_of_each_job(office: Office) -> None:
    worker = office.worker()
    for _ in range(3):
        office.jobs.start("by_hand", "admin@example.com")
        office.look(worker)
    newest = office.runs("by_hand")[-1]
    office.now += timedelta(days=31)
    forget_runs(office.services, office.plugin.runs[0])
    assert office.runs("by_hand") == [newest]
