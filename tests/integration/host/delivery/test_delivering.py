"""Principle 2, R23, R32, R34: facts of a call in order, stopped work set going again, switches that hold at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib.metadata import EntryPoint
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from worker_processes import call_row

from hookspecs import hookimpl
from host.config import Config
from host.delivery import DeliveryNotFound, DeliveryView, deliveries_of, match_of
from host.delivery.deliverer import Deliverer
from host.delivery.ledger import Ledger
from host.delivery.membership import Membership
from host.domain.ids import new_call_id
from host.domain.retry import INTERRUPTIONS
from host.plugin_api import (
    AnalysisDone,
    CallEnded,
    Candidate,
    Done,
    Manifest,
    Match,
    MemoSaved,
    NeedsConfiguration,
    NeedsReauthorisation,
    NumberClicked,
    PermanentFailure,
    RecordRef,
    RetryLater,
    Skipped,
)
from host.services import Services, build_services, utc_now
from host.storage.locks import exclusive
from host.storage.tables import analyses, calls, deliveries, memos, operation_log, workers


class Scripted:
    """A plugin that does what the test tells it, and remembers the events it was given."""

    manifest = Manifest(name="scripted", title="Scripted", version="1")

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.answer: Callable[[Any], Any] = lambda _event: None

    @hookimpl
    def on_call_end(self, event):
        return self._answer(event)

    @hookimpl
    def on_click_to_call(self, event):
        return self._answer(event)

    @hookimpl
    def on_memo_saved(self, event):
        return self._answer(event)

    @hookimpl
    def on_analysis_done(self, event):
        return self._answer(event)

    def _answer(self, event):
        self.events.append(event)
        return self.answer(event)


@dataclass
class Desk:
    """Services with the scripted plugin, a clock that can be put forward, and a deliverer."""

    services: Services
    plugin: Scripted
    later: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return utc_now() + self.later

    def call(self) -> str:
        call_id = new_call_id(utc_now())
        with self.services.database.writing() as connection:
            connection.execute(insert(calls).values(**call_row(call_id)))
        return call_id

    def publish(self, call_id: str, hook: str = "on_call_end", detail: Mapping[str, Any] | None = None) -> int:
        with self.services.database.writing() as connection:
            return self.services.publisher.publish(connection, call_id, hook, detail)

    def deliver(self, call_id: str, worker: str = "one") -> list[str]:
        Deliverer(self.services, self.member(worker)).deliver("scripted", call_id)
        return [view.state for view in self.views(call_id)]

    def member(self, worker: str) -> Membership:
        membership = Membership(self.services.database, worker, 60)
        with self.services.database.reading() as connection:
            known = connection.execute(select(workers).where(workers.c.executor_id == worker)).first()
        if known is None:
            now = utc_now()
            with self.services.database.writing() as connection:
                connection.execute(insert(workers).values(executor_id=worker, started_at=now, seen_at=now))
        return membership

    def views(self, call_id: str) -> list[DeliveryView]:
        with self.services.database.reading() as connection:
            return deliveries_of(connection, call_id)

    def jobs(self) -> int:
        table = "workflow_status" if self.services.database.is_sqlite else "dbos.workflow_status"
        with self.services.database.reading() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


@pytest.fixture
def desk(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    plugin = Scripted()
    monkeypatch.setitem(__import__("sys").modules, "scripted_plugin", SimpleNamespace(plugin=plugin))
    config = Config(
        database_url=database_url, secret_key="s" * 32, encryption_keys=("0" * 43 + "=",), url="https://pbx.example"
    )
    desk = Desk(services=None, plugin=plugin)  # type: ignore[arg-type]
    points = [EntryPoint("scripted", "scripted_plugin:plugin", "tsunagu.plugins")]
    desk.services = build_services(config, clock=desk.now, plugins=points)
    yield desk
    desk.services.database.engine.dispose()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it did not come about within 20 seconds"
        time.sleep(0.01)


def raising(error: Exception) -> Callable[[Any], Any]:
    def answer(_event: Any) -> Any:
        raise error

    return answer


def test_facts_of_a_call_are_delivered_in_order_with_the_rows_as_they_stand(desk: Desk) -> None:
    call_id = desk.call()
    first = desk.publish(call_id, "on_click_to_call", {"number": "0312345678", "extension": "201"})
    second = desk.publish(call_id, "on_call_end", {"refetch": True})
    third = desk.publish(call_id, "on_memo_saved", {"origin": "phone"})
    fourth = desk.publish(call_id, "on_analysis_done")
    with desk.services.database.writing() as connection:
        connection.execute(
            insert(memos).values(call_id=call_id, text="later", items=["a"], version=2, saved_at=utc_now(), saved_by="me")
        )
        connection.execute(insert(analyses).values(call_id=call_id, summary="s", transcript="t", done_at=utc_now()))
    assert desk.deliver(call_id) == ["done"] * 4
    clicked, ended, memo, analysis = desk.plugin.events
    assert [event.fact_id for event in desk.plugin.events] == [first, second, third, fourth]
    assert isinstance(clicked, NumberClicked) and (clicked.number, clicked.agent.extension) == ("0312345678", "201")
    assert isinstance(ended, CallEnded) and ended.refetch and ended.call.url == f"https://pbx.example/calls/{call_id}"
    assert isinstance(memo, MemoSaved) and (memo.memo.text, memo.origin) == ("later", "phone")
    assert isinstance(analysis, AnalysisDone) and (analysis.analysis.summary, analysis.memo.text) == ("s", "later")


def test_fact_whose_memo_is_gone_is_skipped(desk: Desk) -> None:
    call_id = desk.call()
    desk.publish(call_id, "on_memo_saved")
    assert desk.deliver(call_id) == ["skipped"]
    assert desk.plugin.events == []


def test_nothing_is_published_when_the_transaction_fails(desk: Desk) -> None:
    call_id = desk.call()
    with pytest.raises(ZeroDivisionError), desk.services.database.writing() as connection:
        desk.services.publisher.publish(connection, call_id, "on_call_end")
        raise ZeroDivisionError
    assert (desk.views(call_id), desk.jobs()) == ([], 0)


def test_retry_holds_back_what_came_after_it(desk: Desk) -> None:
    call_id = desk.call()
    desk.publish(call_id)
    desk.publish(call_id)
    desk.plugin.answer = raising(RetryLater("Salesforce is busy.", after=timedelta(minutes=1), api_calls=2))
    assert desk.deliver(call_id) == ["retrying", "waiting"]
    assert desk.deliver(call_id) == ["retrying", "waiting"]
    view = desk.views(call_id)[0]
    assert (view.message, view.api_calls, len(desk.plugin.events)) == ("Salesforce is busy.", 2, 1)
    assert view.due_at is not None and view.due_at >= utc_now() + timedelta(seconds=50)
    assert desk.jobs() == 1  # the retry; those for what was published are made by a worker
    desk.later = timedelta(minutes=2)
    desk.plugin.answer = lambda _event: Done(api_calls=1)
    assert desk.deliver(call_id) == ["done", "done"]
    assert desk.views(call_id)[0].api_calls == 3


def test_retry_later_fails_after_two_days(desk: Desk) -> None:
    call_id = desk.call()
    desk.publish(call_id)
    desk.plugin.answer = raising(RetryLater("Busy."))
    desk.deliver(call_id)
    desk.later = timedelta(hours=49)
    assert desk.deliver(call_id) == ["failed"]


def test_failure_lets_the_next_go_and_a_person_can_try_it_again(desk: Desk) -> None:
    call_id = desk.call()
    desk.publish(call_id)
    desk.publish(call_id)
    desk.plugin.answer = lambda event: raising(PermanentFailure("Refused."))(event) if len(desk.plugin.events) == 1 else None
    assert desk.deliver(call_id) == ["failed", "done"]
    with desk.services.database.writing() as connection:
        desk.services.publisher.retry(connection, desk.views(call_id)[0].id)
    assert desk.deliver(call_id) == ["done", "done"]
    assert [attempt.result for attempt in desk.views(call_id)[0].attempts] == ["permanent", "done"]
    with pytest.raises(DeliveryNotFound), desk.services.database.writing() as connection:
        desk.services.publisher.retry(connection, desk.views(call_id)[0].id)


def test_trying_again_by_hand_starts_the_count_of_bugs_anew(desk: Desk) -> None:
    call_id = desk.call()
    desk.publish(call_id)
    desk.plugin.answer = raising(ValueError())
    for _ in range(3):
        desk.later += timedelta(minutes=20)
        desk.deliver(call_id)
    assert desk.views(call_id)[0].state == "failed"
    with desk.services.database.writing() as connection:
        desk.services.publisher.retry(connection, desk.views(call_id)[0].id)
    assert desk.deliver(call_id) == ["retrying"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [(NeedsReauthorisation("Connect again."), "reauthorise"), (NeedsConfiguration("Mend it."), "configure")],
)
def test_parked_work_goes_on_when_an_admin_has_mended_it(desk: Desk, error: Exception, reason: str) -> None:
    call_ids = [desk.call(), desk.call()]
    for call_id in call_ids:
        desk.publish(call_id)
        desk.publish(call_id)
    desk.plugin.answer = raising(error)
    assert [desk.deliver(call_id) for call_id in call_ids] == [["parked", "waiting"]] * 2
    assert desk.views(call_ids[0])[0].parked_for == reason
    desk.plugin.answer = lambda _event: None
    assert desk.deliver(call_ids[0]) == ["parked", "waiting"]
    assert desk.services.registry.context("scripted").resume_parked() == 2
    assert [desk.deliver(call_id) for call_id in call_ids] == [["done", "done"]] * 2


def test_switching_off_parks_and_switching_on_releases(desk: Desk) -> None:
    waiting, meanwhile = desk.call(), desk.call()
    desk.publish(waiting)
    desk.services.registry.set_enabled("scripted", False, "admin@example.com")
    assert not desk.services.registry.is_enabled("scripted")
    assert (desk.views(waiting)[0].state, desk.views(waiting)[0].parked_for) == ("parked", "disabled")
    desk.publish(meanwhile)
    assert desk.views(meanwhile) == []
    assert desk.deliver(waiting) == ["parked"]
    (state,) = desk.services.registry.states()
    assert (state.state, state.parked, state.changed_by) == ("disabled", 1, "admin@example.com")
    desk.services.registry.set_enabled("scripted", True, "admin@example.com")
    assert desk.deliver(waiting) == ["done"]
    with desk.services.database.reading() as connection:
        logged = connection.execute(
            select(operation_log.c.action, operation_log.c.detail).order_by(operation_log.c.id)
        ).all()
    assert [tuple(row) for row in logged] == [
        ("disabled", {"plugin": "scripted", "parked": 1}),
        ("enabled", {"plugin": "scripted", "released": 1}),
    ]


def test_switch_of_another_process_holds_at_delivery(desk: Desk) -> None:
    call_id = desk.call()
    desk.publish(call_id)
    other = build_services(
        desk.services.config, plugins=[EntryPoint("scripted", "scripted_plugin:plugin", "tsunagu.plugins")]
    )
    with other.database.writing() as connection:
        from host.registry.switches import write_switch

        write_switch(connection, "scripted", enabled=False, at=utc_now(), by="someone")
    assert desk.deliver(call_id) == ["parked"]
    assert desk.plugin.events == []
    other.database.engine.dispose()


def test_r34_what_waits_for_a_busy_plugin_is_not_given_to_it_once_it_is_off(desk: Desk) -> None:
    """As many hooks as the manifest allows are under way; the switch stops all that have not begun."""
    at_once = desk.plugin.manifest.concurrency
    call_ids = [desk.call() for _ in range(at_once + 4)]
    for call_id in call_ids:
        desk.publish(call_id)
    go_on = Event()
    desk.plugin.answer = lambda _event: go_on.wait(20) and None
    deliverer = Deliverer(desk.services, desk.member("one"))
    with ThreadPoolExecutor(len(call_ids)) as threads:
        for call_id in call_ids:
            threads.submit(deliverer.deliver, "scripted", call_id)
        until(lambda: len(desk.plugin.events) == at_once)
        desk.services.registry.set_enabled("scripted", False, "admin@example.com")
        go_on.set()
    assert len(desk.plugin.events) == at_once
    assert sorted(desk.views(call_id)[0].state for call_id in call_ids) == ["done"] * at_once + ["parked"] * 4


def test_late_writer_changes_nothing(desk: Desk) -> None:
    call_id = desk.call()
    desk.publish(call_id)

    def lose_the_claim(_event: Any) -> Done:
        with desk.services.database.writing() as connection:
            connection.execute(update(deliveries).values(claim="somebody-else/1"))
        return Done(summary="too late")

    desk.plugin.answer = lose_the_claim
    assert desk.deliver(call_id) == ["running"]
    assert desk.views(call_id)[0].message == ""


def test_worker_taken_for_dead_claims_nothing(desk: Desk) -> None:
    call_id = desk.call()
    desk.publish(call_id)
    expelled = Membership(desk.services.database, "expelled", 60)
    Deliverer(desk.services, expelled).deliver("scripted", call_id)
    assert (desk.views(call_id)[0].state, desk.plugin.events) == ("waiting", [])


def test_what_a_living_worker_runs_is_left_alone_and_a_dead_ones_is_run_again(desk: Desk) -> None:
    call_id = desk.call()
    desk.publish(call_id)
    desk.member("other")
    with desk.services.database.writing() as connection:
        connection.execute(update(deliveries).values(state="running", claim="other/1", attempts=1))
    assert desk.deliver(call_id) == ["running"]
    with desk.services.database.writing() as connection:
        connection.execute(
            update(workers).where(workers.c.executor_id == "other").values(seen_at=utc_now() - timedelta(minutes=2))
        )
    assert desk.deliver(call_id) == ["done"]


def test_match_is_kept_as_it_was_reported(desk: Desk) -> None:
    record = RecordRef(object="Contact", id="003")
    candidate = Candidate(record=record, name="山田 太郎", modified_at=utc_now(), chosen=True, verdict="newest")
    match = Match(
        record=record, company="取引先", person="山田", rule="Contact first (R4).", tried=("03",), candidates=(candidate,)
    )
    call_id = desk.call()
    desk.publish(call_id)
    desk.publish(call_id)
    desk.plugin.answer = lambda event: Done(match=match) if event.fact_id % 2 else Skipped(reason="again", match=match)
    assert desk.deliver(call_id) == (["done", "skipped"] if desk.plugin.events[0].fact_id % 2 else ["skipped", "done"])
    with desk.services.database.reading() as connection:
        (view,) = match_of(connection, call_id)
    assert (view.plugin, view.match) == ("scripted", replace(match))


def test_match_links_only_to_web_pages(desk: Desk) -> None:
    bad, good = "javascript:alert(1)", "https://crm.example/003"
    candidates = tuple(Candidate(record=RecordRef(object="Contact", id="003"), name="山田", url=url) for url in (bad, good))
    desk.plugin.answer = lambda _event: Done(match=Match(record=None, url=bad, candidates=candidates))
    call_id = desk.call()
    desk.publish(call_id)
    assert desk.deliver(call_id) == ["done"]
    with desk.services.database.reading() as connection:
        (kept,) = match_of(connection, call_id)
    assert [kept.match.url, *(candidate.url for candidate in kept.match.candidates)] == ["", "", good]


def test_lock_is_held_by_one_and_waited_for(desk: Desk) -> None:
    database = desk.services.database
    with exclusive(database, "refresh"):
        with pytest.raises(RetryLater, match="Another process"), exclusive(database, "refresh", wait_seconds=0.1):
            pass
        with exclusive(database, "something else", wait_seconds=0.1):
            pass
    with exclusive(database, "refresh", wait_seconds=0):
        pass


def test_lock_of_a_dead_holder_is_taken_over_and_not_released_by_it(desk: Desk) -> None:
    database = desk.services.database
    with exclusive(database, "refresh", lease_seconds=-1):
        taken_over = exclusive(database, "refresh", wait_seconds=0)
        taken_over.__enter__()
    with pytest.raises(RetryLater), exclusive(database, "refresh", wait_seconds=0):
        pass
    taken_over.__exit__(None, None, None)


def test_hook_that_keeps_killing_its_worker_fails_in_the_end(desk: Desk) -> None:
    call_id = desk.call()
    desk.publish(call_id)
    for number in range(INTERRUPTIONS):
        membership = desk.member(f"victim{number}")
        with desk.services.database.writing() as connection:
            ledger = Ledger(membership, desk.services.publisher, desk.now)
            assert ledger.claim_next(connection, "scripted", call_id) is not None
        membership.leave()
    assert desk.deliver(call_id) == ["failed"]
    assert [attempt.result for attempt in desk.views(call_id)[0].attempts] == ["interrupted"] * INTERRUPTIONS
    assert desk.plugin.events == []
