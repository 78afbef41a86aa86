"""R32: an alarm stands once, however often and by however many processes it is raised, until it is cleared."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, select

from host.alarms import StoredAlarms, standing_alarms
from host.plugin_api import Sentence
from host.storage.alarm_tables import alarms
from host.storage.engine import Database

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture
def stored(database: Database) -> StoredAlarms:
    return StoredAlarms(database, "salesforce", lambda: NOW)


@pytest.fixture
def statements(database: Database) -> Iterator[list[str]]:
    """What is sent to the database from here on."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(database.engine, "before_cursor_execute", note)


def rows(database: Database) -> list[Any]:
    with database.reading() as connection:
        return list(connection.execute(select(alarms).order_by(alarms.c.id)))


def test_r32_an_alarm_that_stands_unchanged_is_one_read_and_no_write(
    stored: StoredAlarms, database: Database, statements: list[str]
) -> None:
    stored.raise_alarm("connection", "Lost", "Connect again.")
    statements.clear()
    stored.raise_alarm("connection", "Lost", "Connect again.")
    stored.clear_alarm("rights")
    asked = [statement.split()[0] for statement in statements if not statement.startswith("BEGIN")]
    assert asked == ["SELECT", "SELECT"]
    assert len(rows(database)) == 1


def test_r32_a_further_call_replaces_the_text_and_not_the_time(stored: StoredAlarms, database: Database) -> None:
    stored.raise_alarm("connection", "Lost", "Connect again.")
    StoredAlarms(database, "salesforce", lambda: datetime.now(UTC)).raise_alarm("connection", "Lost", "Ask the other admin.")
    (row,) = rows(database)
    assert (row.text, row.raised_at) == ("Ask the other admin.", NOW)


def test_r32_an_alarm_can_stand_again_after_it_was_cleared(stored: StoredAlarms, database: Database) -> None:
    for _ in range(3):
        stored.raise_alarm("connection", "Lost", "Connect again.")
        stored.clear_alarm("connection", "It works.")
        stored.clear_alarm("connection", "Nothing is cleared twice.")
    assert [(row.cleared_at, row.cleared_text) for row in rows(database)] == [(NOW, "It works.")] * 3


def test_r32_each_key_and_plugin_has_its_own(stored: StoredAlarms, database: Database) -> None:
    stored.raise_alarm("connection", "Lost", "")
    stored.raise_alarm("rights", "A right is gone", "")
    StoredAlarms(database, "asterisk", lambda: NOW).raise_alarm("connection", "No PBX", "")
    with database.reading() as connection:
        found = standing_alarms(connection, ["salesforce"])
    assert [(alarm.plugin, alarm.key) for alarm in found] == [("salesforce", "connection"), ("salesforce", "rights")]


def test_r32_a_sentence_comes_back_as_one(stored: StoredAlarms, database: Database) -> None:
    stored.raise_alarm("x", "Lost", Sentence("%(reason)s Connect.", reason=Sentence("Refused.")))
    with database.reading() as connection:
        (alarm,) = standing_alarms(connection, ["salesforce"])
    assert isinstance(alarm.text, Sentence)
    assert alarm.text.values["reason"] == "Refused."


def test_r32_ten_that_raise_the_same_alarm_at_once_make_one(database: Database) -> None:
    together = threading.Barrier(10)
    faults: list[BaseException] = []

    def raise_it() -> None:
        try:
            together.wait(10)
            StoredAlarms(database, "salesforce", lambda: NOW).raise_alarm("connection", "Lost", "Connect again.")
        except BaseException as error:  # noqa: BLE001 - told to the test
            faults.append(error)

    threads = [threading.Thread(target=raise_it) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert len(rows(database)) == 1


def test_a_key_is_short(stored: StoredAlarms) -> None:
    with pytest.raises(ValueError, match="64"):
        stored.raise_alarm("k" * 65, "Lost", "")
