"""R20, B1: the numbers of a time, and the match of all calls with a number, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import insert, update
from sqlalchemy.event import listen, remove

from host.config import Config
from host.delivery import match_of
from host.domain.ids import new_call_id
from host.plugin_api import Match, RecordRef
from host.registry.call_reader import CallReader
from host.services import Services, build_services
from host.storage.ended_calls import calls_with
from host.storage.tables import calls, facts

SINCE = datetime(2026, 11, 21, 14, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=1)
FOUND = Match(record=RecordRef(object="Contact", id="003"), company="取引先", person="山田", rule="one Contact")


@pytest.fixture
def services(database_url: str) -> Iterator[Services]:
    config = Config(database_url=database_url, secret_key="s" * 32, encryption_keys=(Fernet.generate_key().decode(),))
    services = build_services(config, plugins=[])
    yield services
    services.database.engine.dispose()


@pytest.fixture
def reader(services: Services) -> CallReader:
    return CallReader(services.database, "crm", "https://pbx.example", services.clock, lambda _numbers: None)


def add_call(services: Services, number: str | None, told_at: datetime | None, line: str = "", days_late: int = 0) -> str:
    """A call of whose end the host was told at this time; None: it has not ended."""
    ended_at = told_at and told_at - timedelta(days=days_late)
    call_id = new_call_id(SINCE)
    row = {
        "id": call_id,
        "source": "test",
        "source_call_id": call_id,
        "state": "ended" if ended_at else "answered",
        "direction": "inbound",
        "number": number,
        "line": line,
        "agents": [],
        "transfers": [],
        "started_at": SINCE,
        "ended_at": ended_at,
        "created_at": SINCE,
        "updated_at": told_at or SINCE,
    }
    with services.database.writing() as connection:
        connection.execute(insert(calls).values(row))
        if told_at:
            fact = {"call_id": call_id, "hook": "on_call_end", "detail": {}, "occurred_at": told_at}
            connection.execute(insert(facts).values(fact))
    return call_id


def test_r20_each_number_of_the_time_once_and_in_pages(services: Services, reader: CallReader) -> None:
    inside = ["+813000000001", "+813000000002", "+813000000003", "+813000000002"]
    for number in inside:
        add_call(services, number, SINCE)
    add_call(services, "+813000000004", UNTIL - timedelta(microseconds=1))
    add_call(services, "+813000000005", UNTIL)
    add_call(services, "+813000000006", SINCE - timedelta(microseconds=1))
    add_call(services, "+813000000007", None)
    add_call(services, None, SINCE)
    pages, after = [], ""
    while page := reader.numbers_between(SINCE, UNTIL, after=after, limit=3):
        pages.append([number[-1] for number in page])
        after = page[-1]
    assert pages == [["1", "2", "3"], ["4"]]


def test_b11_calls_on_lines_that_are_left_out_do_not_count(services: Services, reader: CallReader) -> None:
    add_call(services, "+813000000001", SINCE, line="0312340000")
    add_call(services, "+813000000002", SINCE, line="0312340001")
    add_call(services, "+813000000001", SINCE, line="0312340001")
    add_call(services, "+813000000003", SINCE, line="0312340000")
    numbers = reader.numbers_between(SINCE, UNTIL, except_lines=["0312340000"])
    assert numbers == ["+813000000001", "+813000000002"]


def test_b11_the_lines_of_the_time_each_once(services: Services, reader: CallReader) -> None:
    for line in ("0312340001", "0312340000", "0312340001"):
        add_call(services, "+813000000001", SINCE, line=line)
    add_call(services, "+813000000001", UNTIL, line="0312340009")
    assert reader.lines_between(SINCE, UNTIL) == ["0312340000", "0312340001"]


def test_b1_the_match_is_kept_for_all_calls_of_the_number_in_the_time(services: Services, reader: CallReader) -> None:
    first, second = (add_call(services, "+813000000001", SINCE) for _ in range(2))
    before = add_call(services, "+813000000001", SINCE - timedelta(seconds=1))
    other = add_call(services, "+813000000002", SINCE)
    nobody, number = Match(record=None, rule="nobody"), "+813000000001"
    assert reader.keep_matches({number: nobody, "+813000000009": nobody}, SINCE, UNTIL) == 2
    assert reader.keep_matches({number: FOUND}, SINCE, UNTIL) == 2
    assert reader.keep_matches({}, SINCE, UNTIL) == 0
    with services.database.reading() as connection:
        kept = {call: match_of(connection, call) for call in (first, second, before, other)}
    assert [(view.plugin, view.match) for view in (*kept[first], *kept[second])] == [("crm", FOUND)] * 2
    assert kept[before] == kept[other] == []


def test_r20_a_call_lies_in_the_time_in_which_it_was_told_of(services: Services, reader: CallReader) -> None:
    late = add_call(services, "+813000000001", UNTIL, line="late", days_late=3)
    assert reader.numbers_between(SINCE, UNTIL) == []
    tomorrow = (UNTIL, UNTIL + timedelta(days=1))
    assert reader.numbers_between(*tomorrow) == ["+813000000001"]
    assert reader.lines_between(*tomorrow) == ["late"]
    assert reader.keep_matches({"+813000000001": FOUND}, *tomorrow) == 1
    with services.database.reading() as connection:
        assert match_of(connection, late)


def test_r20_a_memo_saved_later_brings_no_call_into_another_time(services: Services, reader: CallReader) -> None:
    call_id = add_call(services, "+813000000001", SINCE)
    with services.database.writing() as connection:
        connection.execute(update(calls).where(calls.c.id == call_id).values(updated_at=UNTIL))
        connection.execute(insert(facts).values(call_id=call_id, hook="on_memo_saved", detail={}, occurred_at=UNTIL))
    tomorrow = (UNTIL, UNTIL + timedelta(days=1))
    assert reader.numbers_between(*tomorrow) == []
    assert reader.keep_matches({"+813000000001": FOUND}, *tomorrow) == 0
    assert reader.keep_matches({"+813000000001": FOUND}, SINCE, UNTIL) == 1


def test_r20_facts_that_stand_out_of_order_are_found(services: Services, reader: CallReader) -> None:
    for minutes in (30, 50, 10, 59, 0):
        add_call(services, f"+8130000000{minutes:02}", UNTIL + timedelta(minutes=minutes))
    for minutes in (10, 30):
        found = reader.numbers_between(UNTIL + timedelta(minutes=minutes), UNTIL + timedelta(hours=1))
        assert found == sorted(f"+8130000000{each:02}" for each in (0, 10, 30, 50, 59) if each >= minutes)


def test_r20_old_calls_are_not_gone_through(services: Services, reader: CallReader) -> None:
    """Neither the numbers of the time nor the calls of a number read more than the facts of that time."""
    if services.database.is_sqlite:
        plans = []
        with services.database.reading() as connection:
            listen(services.database.engine, "before_cursor_execute", explained := _explainer(plans))
            reader.numbers_between(SINCE, UNTIL)
            calls_with(connection, ["+813000000001"], SINCE, UNTIL)
            remove(services.database.engine, "before_cursor_execute", explained)
        assert plans
        assert not [step for step in plans if step.startswith("SCAN") and "SUBQUERY" not in step]


def _explainer(plans: list[str]) -> Callable[..., None]:
    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith("SELECT") and "max(" not in statement:
            own = cursor.connection.cursor()
            plans.extend(row[3] for row in own.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    return explain
