"""R20, B1: the numbers of a time, and the match of all calls with a number, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import insert, text

from host.config import Config
from host.delivery import match_of
from host.domain.ids import new_call_id
from host.plugin_api import Match, RecordRef
from host.registry.call_reader import CallReader
from host.services import Services, build_services
from host.storage.tables import calls

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
    return CallReader(services.database, "crm", "https://pbx.example", services.clock)


def add_call(services: Services, number: str | None, ended_at: datetime | None, line: str = "") -> str:
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
        "updated_at": SINCE,
    }
    with services.database.writing() as connection:
        connection.execute(insert(calls).values(row))
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
    assert reader.keep_match("+813000000001", SINCE, UNTIL, Match(record=None, rule="nobody")) == 2
    assert reader.keep_match("+813000000001", SINCE, UNTIL, FOUND) == 2
    with services.database.reading() as connection:
        kept = {call: match_of(connection, call) for call in (first, second, before, other)}
    assert [(view.plugin, view.match) for view in (*kept[first], *kept[second])] == [("crm", FOUND)] * 2
    assert kept[before] == kept[other] == []


def test_r20_the_numbers_of_a_time_are_read_from_the_index(services: Services) -> None:
    if services.database.is_sqlite:
        query = (
            "EXPLAIN QUERY PLAN SELECT DISTINCT number FROM calls WHERE ended_at >= '1' AND ended_at < '2' AND number > ''"
        )
        with services.database.reading() as connection:
            plan = str(connection.execute(text(query)).all())
        assert "USING COVERING INDEX ix_calls_ended" in plan
