"""Principle 2: work whose job was lost is found, old jobs and event ids are forgotten, a standby takes over on SQLite."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import func, insert, select, text, update
from worker_processes import call_row

from hookspecs import hookimpl
from host.config import Config
from host.delivery.deliverer import Deliverer
from host.delivery.jobs import JobRunner
from host.delivery.membership import Membership
from host.delivery.pump import _OLDEST, Pump
from host.delivery.single_worker import only_worker
from host.delivery.upkeep import EVENT_IDS_KEPT, JOBS_KEPT, STILL, Upkeep
from host.domain.ids import new_call_id
from host.plugin_api import Manifest
from host.services import Services, build_services, utc_now
from host.storage.engine import make_job_engine
from host.storage.tables import calls, deliveries, event_sources, received_events, workers


class Quiet:
    manifest = Manifest(name="quiet", title="Quiet", version="1")

    @hookimpl
    def on_call_end(self) -> None:
        """Done."""


class Hall:
    """One worker's parts, with a job runner that really runs."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.membership = Membership(services.database, "one", 60)
        self.membership.join()
        self._engine = make_job_engine(services.database.url)
        self.runner = JobRunner(self._engine, "one", Deliverer(services, self.membership).deliver)
        self.upkeep = Upkeep(services, self.membership, self.runner)
        self.pump = self.another_pump("quiet")

    def another_pump(self, plugin: str) -> Pump:
        return Pump(self.services.database, self._engine, [plugin])

    def start(self) -> None:
        self.runner.start(["quiet"], slots=4, poll_seconds=0.02)

    def stop(self) -> None:
        self.runner.stop(0)
        self._engine.dispose()

    def publish(self) -> str:
        call_id = new_call_id(utc_now())
        with self.services.database.writing() as connection:
            connection.execute(insert(calls).values(**call_row(call_id)))
            self.services.publisher.publish(connection, call_id, "on_call_end", {})
        return call_id

    def change(self, **values: object) -> None:
        with self.services.database.writing() as connection:
            connection.execute(update(deliveries).values(**values))

    def jobs(self) -> int:
        return self.count("workflow_status" if self.services.database.is_sqlite else "dbos.workflow_status")

    def count(self, table: str) -> int:
        with self.services.database.reading() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    def wait_until_done(self) -> None:
        deadline = time.monotonic() + 30
        query = select(func.count()).select_from(deliveries).where(deliveries.c.state != "done")
        while True:
            with self.services.database.reading() as connection:
                if connection.execute(query).scalar_one() == 0:
                    return
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.fixture
def hall(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    monkeypatch.setitem(__import__("sys").modules, "quiet_plugin", SimpleNamespace(plugin=Quiet()))
    config = Config(database_url=database_url, secret_key="s" * 32, encryption_keys=("0" * 43 + "=",))
    services = build_services(config, plugins=[EntryPoint("quiet", "quiet_plugin:plugin", "tsunagu.plugins")])
    hall = Hall(services)
    yield hall
    hall.stop()
    services.database.engine.dispose()


def test_published_work_gets_one_job_for_each_call(hall: Hall) -> None:
    call_id = hall.publish()
    hall.publish()
    with hall.services.database.writing() as connection:
        hall.services.publisher.publish(connection, call_id, "on_call_end", {"refetch": True})
    assert (hall.pump.make_jobs(), hall.jobs()) == (3, 2)
    assert (hall.pump.make_jobs(), hall.jobs()) == (0, 2)


def test_two_workers_make_each_job_once(hall: Hall) -> None:
    for _ in range(100):
        hall.publish()
    pumps = [hall.pump, hall.another_pump("quiet")]
    with ThreadPoolExecutor(2) as threads:
        made = list(threads.map(lambda pump: pump.make_jobs(), pumps))
    assert (sum(made), hall.jobs()) == (100, 100)


def test_work_of_a_plugin_that_is_not_loaded_waits(hall: Hall) -> None:
    hall.publish()
    assert hall.another_pump("other").make_jobs() == 0
    assert hall.jobs() == 0


def test_what_a_job_is_made_for_is_found_by_its_index(hall: Hall) -> None:
    query = _OLDEST.params(of_plugin="quiet").compile(hall.services.database.engine, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN QUERY PLAN" if hall.services.database.is_sqlite else "EXPLAIN"
    with hall.services.database.reading() as connection:
        if not hall.services.database.is_sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # the table is empty
        plan = str(connection.exec_driver_sql(f"{explain} {query}").all())
    assert "ix_deliveries_without_job" in plan


def test_work_whose_job_was_lost_is_found_once(hall: Hall) -> None:
    hall.start()
    hall.publish()
    hall.pump.make_jobs()
    hall.wait_until_done()
    old = utc_now() - 2 * STILL
    hall.change(state="running", claim="dead/1", updated_at=old)
    assert hall.upkeep.sweep() == 1
    hall.wait_until_done()
    assert hall.upkeep.sweep() == 0


def test_work_that_waits_for_its_turn_gets_no_second_job(hall: Hall) -> None:
    hall.publish()
    hall.pump.make_jobs()
    hall.change(updated_at=utc_now() - 2 * STILL)
    hall.runner.start([], slots=1, poll_seconds=1)
    assert hall.upkeep.sweep() == 0
    assert hall.jobs() == 1


def test_sweep_passes_by_what_a_plugin_that_is_off_has_left(hall: Hall) -> None:
    hall.publish()
    hall.runner.start([], slots=1, poll_seconds=1)
    hall.services.registry.set_enabled("quiet", False, "admin@example.com")
    hall.change(state="running", claim="dead/1", updated_at=utc_now() - 2 * STILL)
    assert hall.upkeep.sweep() == 0


def test_old_jobs_and_event_ids_are_forgotten(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    hall.start()
    hall.publish()
    hall.pump.make_jobs()
    hall.wait_until_done()
    remember_event(hall.services, age=EVENT_IDS_KEPT + timedelta(hours=1), webhook_id="old")
    remember_event(hall.services, age=EVENT_IDS_KEPT - timedelta(hours=1), webhook_id="young")
    hall.upkeep.forget()
    assert (hall.jobs(), hall.count("received_events")) == (1, 1)
    monkeypatch.setattr("host.delivery.upkeep.JOBS_KEPT", -JOBS_KEPT)
    deadline = time.monotonic() + 10
    while hall.jobs() and time.monotonic() < deadline:
        hall.upkeep.forget()
    assert hall.jobs() == 0


def test_dead_workers_are_struck_off_and_told_so(hall: Hall) -> None:
    other = Membership(hall.services.database, "other", 60)
    with hall.services.database.writing() as connection:
        silent = utc_now() - timedelta(minutes=5)
        connection.execute(insert(workers).values(executor_id="other", started_at=silent, seen_at=silent))
    assert hall.membership.expel_dead() == ["one"]
    assert (hall.membership.beat(), other.beat()) == (True, False)


def test_second_worker_on_sqlite_stands_by_until_the_first_is_gone(tmp_path: Path) -> None:
    lock = tmp_path / "db.worker"
    running, stopping = threading.Event(), threading.Event()

    def stand_by() -> None:
        with only_worker(lock, stopping) as is_only:
            if is_only:
                running.set()

    with only_worker(lock, stopping) as first:
        assert first
        second = threading.Thread(target=stand_by)
        second.start()
        assert not running.wait(0.7)
    assert running.wait(5)
    second.join()


def test_standby_that_is_told_to_stop_stops(tmp_path: Path) -> None:
    stopping = threading.Event()
    with only_worker(tmp_path / "lock", threading.Event()):
        stopping.set()
        with only_worker(tmp_path / "lock", stopping) as is_only:
            assert not is_only


def remember_event(services: Services, age: timedelta, webhook_id: str) -> None:
    with services.database.writing() as connection:
        source = insert(event_sources).values(name=webhook_id, sealed_secret="x", created_at=utc_now())
        source_id = connection.execute(source.returning(event_sources.c.id)).scalar_one()
        values = {"source_id": source_id, "webhook_id": webhook_id, "received_at": utc_now() - age}
        connection.execute(insert(received_events).values(**values))
