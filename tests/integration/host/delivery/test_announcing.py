"""B15, R34, R35: plugins are told of a call while it rings, whatever another plugin does with it."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import EntryPoint
from types import SimpleNamespace
from typing import Any

import pytest
from app_fixture import scratch_config
from sqlalchemy import insert, update
from worker_processes import call_row

from hookspecs import hookimpl
from host.delivery.announcer import Announcer
from host.delivery.announcing import FRESH
from host.delivery.deliverer import Deliverer
from host.delivery.membership import Membership
from host.domain.ids import new_call_id
from host.plugin_api import Call, Manifest, PluginContext, RetryLater
from host.registry.checks import checked
from host.registry.problems import Rejected
from host.services import Services, build_services, utc_now
from host.storage.tables import calls, workers


class Listener:
    """A plugin that notes what it is told, then does what the test wants."""

    def __init__(self, name: str, **manifest: Any) -> None:
        self.heard: list[Call] = []
        self.ended: list[str] = []
        self.then: Callable[[], object] = lambda: None
        self.manifest = Manifest(name=name, title=name, version="1", announce=self.announce, **manifest)

    def announce(self, _context: PluginContext, call: Call) -> None:
        self.heard.append(call)
        self.then()

    @hookimpl
    def on_call_end(self, event: Any) -> None:
        self.ended.append(event.call.id)

    @property
    def ids(self) -> list[str]:
        return [call.id for call in self.heard]


@dataclass
class Office:
    """Services with two listening plugins, and the announcers of its workers."""

    services: Services
    first: Listener
    second: Listener
    later: timedelta = field(default_factory=timedelta)
    announcers: dict[str, Announcer] = field(default_factory=dict)

    def now(self) -> datetime:
        return utc_now() + self.later

    def worker(self, name: str) -> Announcer:
        if name not in self.announcers:
            with self.services.database.writing() as connection:
                connection.execute(insert(workers).values(executor_id=name, started_at=utc_now(), seen_at=utc_now()))
            self.announcers[name] = Announcer(self.services, Membership(self.services.database, name, 60))
        return self.announcers[name]

    def call(self, state: str = "ringing", **changes: Any) -> str:
        call_id, now = new_call_id(utc_now()), self.now()
        row = {**call_row(call_id), "state": state, "started_at": now, "created_at": now, "updated_at": now}
        with self.services.database.writing() as connection:
            connection.execute(insert(calls).values(**row | changes))
        return call_id

    def change(self, call_id: str, **changes: Any) -> None:
        with self.services.database.writing() as connection:
            changed = update(calls).where(calls.c.id == call_id)
            connection.execute(changed.values(updated_at=self.now(), **changes))

    def look(self) -> int:
        """One look of every worker; gives back how many announcements that makes."""
        return sum(announcer.look() for announcer in list(self.announcers.values()))


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it did not come about within 20 seconds"
        time.sleep(0.005)


@pytest.fixture
def office(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    first, second = Listener("first", concurrency=2, deadline_seconds=0.3), Listener("second")
    monkeypatch.setitem(sys.modules, "listeners", SimpleNamespace(first=first, second=second))
    office = Office(services=None, first=first, second=second)  # type: ignore[arg-type]
    points = [EntryPoint(name, f"listeners:{name}", "tsunagu.plugins") for name in ("first", "second")]
    config = scratch_config(database_url, url="https://pbx.example")
    office.services = build_services(config, clock=office.now, plugins=points)
    office.worker("one")
    yield office
    over = threading.Event()
    over.set()
    for announcer in office.announcers.values():
        announcer.run(over, 0.01)
    office.services.database.engine.dispose()


@pytest.mark.parametrize("state", ["ringing", "dialling", "answered"])
def test_b15_a_call_that_begins_is_told_once(office: Office, state: str) -> None:
    call_id = office.call(state)
    assert [office.look(), office.look()] == [2, 0]
    until(lambda: office.first.ids == office.second.ids == [call_id])
    (call,) = office.first.heard
    assert (call.number, call.ended_at, call.url) == ("+81312345678", None, f"https://pbx.example/calls/{call_id}")


def test_b15_it_is_told_once_more_when_a_person_answers_and_not_for_a_memo(office: Office) -> None:
    call_id = office.call()
    office.look()
    until(lambda: len(office.first.heard) == 1)
    office.change(call_id, state="answered", answered_at=office.now())
    office.look()
    office.change(call_id)
    assert office.look() == 0
    until(lambda: len(office.first.heard) == 2)
    assert [call.answered_at is None for call in office.first.heard] == [True, False]


def test_b15_what_is_over_or_too_old_is_not_told(office: Office) -> None:
    office.call("ended")
    office.call(started_at=office.now() - timedelta(minutes=6))
    office.call(updated_at=office.now() - FRESH - timedelta(seconds=1))
    assert office.look() == 0


def test_b15_a_call_that_ended_while_it_waited_for_its_turn_is_not_told(office: Office) -> None:
    go_on = threading.Event()
    office.second.then = lambda: go_on.wait(20)
    busy = [office.call() for _ in range(8)]
    office.look()
    until(lambda: len(office.second.heard) == 8)
    short = office.call()
    office.look()
    office.change(short, state="ended", ended_at=office.now())
    last = office.call()
    office.look()
    go_on.set()
    until(lambda: last in office.second.ids)
    assert sorted(office.second.ids) == sorted([*busy, last])


def test_b15_of_two_workers_one_tells(office: Office) -> None:
    office.worker("two")
    told = [office.call() for _ in range(20)]
    shares = [announcer.look() for announcer in office.announcers.values()]
    assert sum(shares) == 40
    assert all(shares), "the work is shared"
    until(lambda: sorted(office.first.ids) == sorted(office.second.ids) == sorted(told))


def test_b15_a_worker_that_is_told_to_stop_ends_what_it_has_begun_and_begins_nothing_more(office: Office) -> None:
    begun = threading.Event()
    office.second.then = lambda: (begun.set(), time.sleep(0.2), office.second.ended.append("told"))
    for _ in range(12):
        office.call()
    office.look()
    assert begun.wait(20)
    over = threading.Event()
    over.set()
    office.announcers["one"].run(over, 0.01)
    heard = len(office.second.heard)
    assert heard == len(office.second.ended) <= 8
    time.sleep(0.3)
    assert len(office.second.heard) == heard


def test_r34_a_plugin_that_is_off_is_silent_from_the_next_call_on(office: Office) -> None:
    office.services.registry.set_enabled("first", enabled=False, by="test")
    office.call()
    assert office.look() == 1
    until(lambda: len(office.second.heard) == 1)
    assert office.first.heard == []


def test_r35_one_that_raises_or_hangs_keeps_nobody_waiting(office: Office) -> None:
    go_on = threading.Event()
    office.first.then = lambda: go_on.wait(20)
    told = [office.call() for _ in range(6)]
    began = time.monotonic()
    office.look()
    until(lambda: len(office.second.heard) == 6)
    assert time.monotonic() - began < 2
    ended = office.call("ended", ended_at=office.now())
    with office.services.database.writing() as connection:
        office.services.publisher.publish(connection, ended, "on_call_end")
    Deliverer(office.services, Membership(office.services.database, "one", 60)).deliver("first", ended)
    assert office.first.ended == [ended], "its own deliveries go on"
    go_on.set()
    office.first.then = lambda: (_ for _ in ()).throw(RetryLater("no"))
    until(lambda: office.announcers["one"]._lines["first"]._caller.hanging == 0)
    more = [office.call(), office.call()]
    office.look()
    until(lambda: set(more) <= set(office.first.ids))
    assert set(told) == set(office.second.ids) - set(more)


@pytest.mark.parametrize("announce", ["text", lambda _context: None, (lambda: (yield)), 3])
def test_r35_a_port_that_cannot_be_called_is_refused_when_it_is_loaded(announce: Any) -> None:
    listener = Listener("first")
    listener.manifest = Manifest(name="first", title="first", version="1", announce=announce)
    with pytest.raises(Rejected, match="announce must be an ordinary function"):
        checked("first", listener)
