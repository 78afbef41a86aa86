"""R31, B5: what is stopped is grouped by its reason, tried again or dropped: one, a reason, everything."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from app_fixture import Site
from office_fixture import add_call, add_delivery
from sqlalchemy import Connection, insert, select, update

from host.delivery import mending
from host.delivery.hourly import last_day
from host.delivery.inbox import PER_PAGE, Groups, affected, reason_groups, troubled
from host.delivery.ledger import Ledger
from host.delivery.membership import Membership
from host.delivery.mending import Chosen, drop_errors, retry_errors
from host.domain.settlement import Attempt, AttemptResult
from host.operation_log import find_operations
from host.plugin_api import Operation
from host.registry.outcomes import CallResult
from host.sentences import Sentence
from host.services import Services
from host.storage.tables import deliveries, delivery_attempts, operation_log, workers

LOST = "Salesforce does not accept the connection any more. An admin must connect again."
SLOW = "Salesforce did not answer in time. It is tried again soon."
BY = "admin@example.com"


@pytest.fixture
def services(site_anywhere: Site) -> Services:
    return site_anywhere.services


def stop(services: Services, state: str = "failed", message: str = SLOW, *, call: str = "", **more: Any) -> int:
    return add_delivery(services, call or add_call(services, agent="101"), state, message, **more)


def bug(place: int) -> Sentence:
    return Sentence("A bug at %(place)s.", place=f"lookup.py:{place}")


def groups(services: Services, plugin: str = "") -> Groups:
    with services.database.reading() as connection:
        return reason_groups(connection, plugin)


def states(services: Services, *ids: int) -> list[str]:
    with services.database.reading() as connection:
        query = select(deliveries.c.id, deliveries.c.state).where(deliveries.c.id.in_(ids))
        found = {row.id: row.state for row in connection.execute(query)}
    return [found[one] for one in ids]


def logged(services: Services) -> list[tuple[str, str, str, Any]]:
    with services.database.reading() as connection:
        rows = connection.execute(select(operation_log).order_by(operation_log.c.id)).all()
    return [(row.actor, row.area, row.action, row.detail) for row in rows if row.action.startswith("errors")]


def find_lines(services: Services) -> list[Operation]:
    with services.database.reading() as connection:
        return list(find_operations(connection, area="salesforce").operations)


def test_r31_b5_work_is_grouped_by_its_reason_the_biggest_first(services: Services) -> None:
    for _ in range(3):
        stop(services, "parked", LOST, parked_for="reauthorise")
    failed = [stop(services, message=bug(line)) for line in (7, 9)]
    stop(services, "retrying", SLOW)
    stop(services, "done", "Registered.")
    found = groups(services).shown
    assert [(group.kind, group.message, group.stopped) for group in found] == [
        ("reauthorise", LOST, 3),
        ("failed", "A bug at ….", 2),
        ("retrying", SLOW, 1),
    ]
    assert found[1].example == "A bug at lookup.py:9."
    assert found[2].due_at is not None
    assert found[0].since <= found[0].latest
    with services.database.reading() as connection:
        page = affected(connection, "salesforce", found[1].reason)
    assert [(one.id, one.message) for one in page.deliveries] == [
        (failed[1], "A bug at lookup.py:9."),
        (failed[0], "A bug at lookup.py:7."),
    ]
    assert groups(services, "contacts").shown == []


def test_b5_a_sentence_whose_values_are_all_the_same_is_shown_as_it_is(services: Services) -> None:
    for _ in range(2):
        stop(services, message=bug(7))
    assert groups(services).shown[0].message == "A bug at lookup.py:7."


def test_r31_the_menu_counts_what_needs_a_person(services: Services) -> None:
    stop(services)
    stop(services, "parked", LOST, parked_for="reauthorise")
    stop(services, "parked", "The plugin is off.", parked_for="disabled")
    stop(services, "retrying")
    stop(services, "done", "Registered.")
    with services.database.reading() as connection:
        assert troubled(connection) == troubled(connection, "salesforce") == 2
        assert troubled(connection, "contacts") == 0


def test_r31_the_calls_of_a_reason_are_paged_both_ways(services: Services) -> None:
    call = add_call(services, agent="101")
    ids = [stop(services, call=call) for _ in range(PER_PAGE * 2 + 3)][::-1]
    reason = groups(services).shown[0].reason
    with services.database.reading() as connection:
        first = affected(connection, "salesforce", reason)
        second = affected(connection, "salesforce", reason, first.before)
        third = affected(connection, "salesforce", reason, second.before)
    assert [one.id for page in (first, second, third) for one in page.deliveries] == ids
    assert (first.newer, second.newer, third.newer, third.before) == (None, 0, first.before, None)


def test_r31_one_is_tried_again_and_the_others_stay(services: Services) -> None:
    one, other = stop(services), stop(services)
    assert retry_errors(services, Chosen(deliveries=frozenset({one})), BY).count == 1
    assert states(services, one, other) == ["waiting", "failed"]
    group = groups(services).shown[0]
    assert (group.stopped, group.going) == (1, 1)
    assert logged(services) == [(BY, "salesforce", "errors tried again", {"how many": 1})]


def test_r31_b5_all_of_a_reason_are_tried_again_and_other_reasons_stay(services: Services) -> None:
    same = [stop(services, message=bug(line)) for line in range(3)]
    other = stop(services)
    reason = next(group.reason for group in groups(services).shown if group.stopped == 3)
    assert retry_errors(services, Chosen(plugin="salesforce", reason=reason), BY).count == 3
    assert states(services, *same, other) == ["waiting"] * 3 + ["failed"]
    (line,) = find_lines(services)
    assert {str(name): value for name, value in line.detail.items()} == {"how many": 3, "reason": "A bug at …."}


def test_r31_everything_is_tried_again_but_what_an_admin_holds_back(services: Services) -> None:
    held = stop(services, "parked", "Of an ended connection.", parked_for="set_aside")
    going = [stop(services), stop(services, "retrying"), stop(services, "parked", LOST, parked_for="reauthorise")]
    assert retry_errors(services, Chosen(), BY).count == 3
    assert states(services, *going, held) == ["waiting"] * 3 + ["parked"]
    assert retry_errors(services, Chosen(), BY).count == 0
    assert len(logged(services)) == 1


def test_r31_the_work_of_a_plugin_that_is_off_is_not_tried_but_may_be_dropped(services: Services) -> None:
    one = stop(services)
    services.registry.set_enabled("salesforce", False, BY)
    assert retry_errors(services, Chosen(deliveries=frozenset({one})), BY).count == 0
    assert retry_errors(services, Chosen(), BY).count == 0
    assert states(services, one) == ["failed"]
    assert drop_errors(services, Chosen(), BY).count == 1


def test_r31_b5_what_is_dropped_is_not_sent_and_what_waits_behind_it_goes_on(services: Services) -> None:
    call = add_call(services, agent="101")
    parked = stop(services, "parked", LOST, call=call, parked_for="reauthorise")
    behind = stop(services, "waiting", "", call=call)
    kept = stop(services)
    with services.database.writing() as connection:
        connection.execute(update(deliveries).values(queued=True))
    reason = next(group.reason for group in groups(services).shown if group.kind == "reauthorise")
    assert drop_errors(services, Chosen(plugin="salesforce", reason=reason), BY).count == 1
    assert states(services, parked, behind, kept) == ["skipped", "waiting", "failed"]
    with services.database.reading() as connection:
        unqueued = connection.execute(select(deliveries.c.id).where(~deliveries.c.queued)).scalars().all()
        message = connection.execute(select(deliveries.c.message).where(deliveries.c.id == parked)).scalar_one()
    assert unqueued == [behind]
    assert BY in message
    assert [group.stopped for group in groups(services).shown] == [1]
    assert retry_errors(services, Chosen(deliveries=frozenset({parked})), BY).count == 0
    assert logged(services)[0][:3] == (BY, "salesforce", "errors dropped")


def test_r31_a_delivery_that_a_worker_took_meanwhile_is_left_to_it(services: Services) -> None:
    call = add_call(services, agent="101")
    taken = stop(services, "retrying", call=call)
    with services.database.writing() as connection:
        connection.execute(update(deliveries).values(due_at=None))
        now = services.clock()
        connection.execute(insert(workers).values(executor_id="one", started_at=now, seen_at=now))
    ledger = Ledger(Membership(services.database, "one", 60), services.publisher, services.clock)
    with services.database.writing() as connection:
        claimed = ledger.claim_next(connection, "salesforce", call)
    assert claimed is not None
    chosen = Chosen(deliveries=frozenset({taken}))
    for act in (retry_errors, drop_errors):
        assert act(services, chosen, BY).count == act(services, Chosen(), BY).count == 0
    assert groups(services).shown[0].going == 1
    with services.database.writing() as connection:
        assert ledger.settle(connection, claimed, CallResult(attempt=Attempt(result=AttemptResult.DONE)))
    assert states(services, taken) == ["done"]
    assert groups(services).shown == []


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # on SQLite one transaction writes at a time
def test_r31_a_row_that_is_locked_is_passed_by(services: Services) -> None:
    locked, free = stop(services), stop(services)
    counts: list[int] = []
    with services.database.writing() as connection:
        connection.execute(select(deliveries.c.id).where(deliveries.c.id == locked).with_for_update())
        thread = threading.Thread(target=lambda: counts.append(retry_errors(services, Chosen(), BY).count))
        thread.start()
        thread.join(10)
    assert counts == [1]
    assert states(services, locked, free) == ["failed", "waiting"]


def test_r31_many_are_tried_in_short_transactions_each_once(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [stop(services) for _ in range(7)]
    monkeypatch.setattr(mending, "AT_ONCE", 2)
    batches: list[int] = []
    again = services.publisher.retry_all

    def fails_anew(connection: Connection, chosen: list[int]) -> int:
        batches.append(len(chosen))
        count = again(connection, chosen)
        later = services.clock() + timedelta(seconds=1)
        connection.execute(update(deliveries).where(deliveries.c.id.in_(chosen)).values(state="failed", updated_at=later))
        return count

    monkeypatch.setattr(services.publisher, "retry_all", fails_anew)
    assert retry_errors(services, Chosen(), BY).count == 7
    assert batches == [2, 2, 2, 1]
    assert states(services, *ids) == ["failed"] * 7


def test_r31_what_takes_too_long_is_done_in_part_and_says_so(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        stop(services)
    monkeypatch.setattr(mending, "AT_ONCE", 2)
    monkeypatch.setattr(mending, "LONGEST_SECONDS", -1.0)
    first = retry_errors(services, Chosen(), BY)
    assert (first.count, first.unfinished) == (2, True)
    assert retry_errors(services, Chosen(), BY).count == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL reads a table as small as this one whole
def test_b5_the_inbox_reads_its_index_and_no_other_row(services: Services) -> None:
    query = "SELECT plugin, reason, max(id), state FROM deliveries WHERE reason <> '' GROUP BY plugin, reason"
    with services.database.reading() as connection:
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all())
    assert "COVERING INDEX ix_deliveries_reason" in plan


def test_r31_the_last_day_counts_how_attempts_ended_by_the_hour(services: Services) -> None:
    one = stop(services)
    now = services.clock()
    ago = {30 * 60: "done", 90 * 60: "permanent", 95 * 60: "retry", 23 * 3600 - 60: "skipped", 26 * 3600: "done", 10: "wait"}
    with services.database.writing() as connection:
        for seconds, result in sorted(ago.items(), reverse=True):
            began = now - timedelta(seconds=seconds)
            row = {"delivery_id": one, "number": 1, "worker": "w", "started_at": began, "finished_at": began}
            connection.execute(insert(delivery_attempts).values(**row, result=result))
    with services.database.reading() as connection:
        day, none = last_day(connection, now, "salesforce"), last_day(connection, now, "contacts")
    assert (len(day.hours), day.well, day.badly) == (24, 2, 2)
    assert day.hours[-1].begin <= now < day.hours[-1].begin + timedelta(hours=1)
    assert day.worst.badly >= 1
    assert (none.well, none.badly) == (0, 0)
