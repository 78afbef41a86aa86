"""R6, R19: the contact book on SQLite and PostgreSQL, through the port that every plugin uses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import event, insert, select

from host.plugin_api import ContactEntry, RecordRef
from host.storage.engine import Database
from plugins.contacts.book import StoredContactBook
from plugins.contacts.changes import NumberTaken, add_entry, change_entry
from plugins.contacts.domain.entry import Draft
from plugins.contacts.queries import entry_to_change, find_after, find_page
from plugins.contacts.rows import name_values
from plugins.contacts.tables import entries

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TOKYO = ContactEntry(
    number="+81312345678",
    company="株式会社青空商事",
    person="山田 花子",
    source="salesforce",
    record=RecordRef(object="Contact", id="003000000000001AAA"),
    record_url="https://example.my.salesforce.com/003000000000001AAA",
    updated_at=NOW,
)


@pytest.fixture
def book(database: Database) -> StoredContactBook:
    return StoredContactBook(database)


@pytest.fixture
def queries(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
    yield seen


def test_r6_what_is_registered_is_read_back(book: StoredContactBook) -> None:
    book.register(TOKYO)
    found = book.entries([TOKYO.number, "+819012345678"])
    assert list(found) == [TOKYO.number]
    assert replace(found[TOKYO.number], id=None) == TOKYO
    assert found[TOKYO.number].id


def test_r19_a_later_look_up_overwrites_the_earlier_one_and_what_was_typed(
    book: StoredContactBook, database: Database
) -> None:
    with database.writing() as connection:
        typed = add_entry(connection, Draft(number=TOKYO.number, company="手入力", person=""), by="a@example.com", at=NOW)
    for company, record in (("一社目", TOKYO.record), ("二社目", None)):
        later = replace(TOKYO, company=company, person="", record=record, record_url="", updated_at=NOW + timedelta(hours=1))
        book.register(later)
        assert replace(book.entries([TOKYO.number])[TOKYO.number], id=None) == later
    with database.reading() as connection:
        rows = connection.execute(select(entries)).mappings().all()
    assert [(row["id"], row["updated_by"]) for row in rows] == [(typed.id, "salesforce")]
    assert book.numbers_named("手入力", 10) == []
    assert book.numbers_named("二社目", 10) == [TOKYO.number]


def test_times_are_utc_whatever_zone_they_came_in(book: StoredContactBook) -> None:
    book.register(replace(TOKYO, updated_at=NOW.astimezone(timezone(timedelta(hours=9)))))
    assert book.entries([TOKYO.number])[TOKYO.number].updated_at.isoformat() == "2026-11-22T09:00:00+00:00"


def test_names_that_do_not_fit_are_made_to_fit(book: StoredContactBook) -> None:
    book.register(replace(TOKYO, company="あ" * 300, person="a\x00b\ud800\n c", record_url="javascript:alert(1)"))
    entry = book.entries([TOKYO.number])[TOKYO.number]
    assert (entry.company, entry.person, entry.record_url) == ("あ" * 254 + "…", "ab c", "")


def test_other_numbers_than_e164_are_refused(book: StoredContactBook) -> None:
    for number in ("", "0312345678", "110", "+81 3", "anonymous"):
        with pytest.raises(ValueError, match=r"E\.164"):
            book.register(replace(TOKYO, number=number))
        with pytest.raises(ValueError, match=r"E\.164"):
            book.entries([number])


def test_many_numbers_cost_one_query(book: StoredContactBook, queries: list[str]) -> None:
    book.register(TOKYO)
    queries.clear()
    numbers = [f"+8190{number:08}" for number in range(3000)]
    assert list(book.entries([*numbers, TOKYO.number])) == [TOKYO.number]
    assert len([query for query in queries if "contacts_entries" in query]) == 1


def test_no_numbers_cost_no_query(book: StoredContactBook, queries: list[str]) -> None:
    assert book.entries([]) == {}
    assert queries == []


def test_names_are_searched_as_text_not_as_patterns(book: StoredContactBook) -> None:
    book.register(TOKYO)
    for text in ("青空", "山田花"):
        assert book.numbers_named(text, 10) == [TOKYO.number], text
        assert book.numbers_named(text, 0) == []
    for text in ("ヤマダ", "%", "_", "\\", "", " ", "\x00"):
        assert book.numbers_named(text, 10) == [], text


def test_two_who_register_one_number_at_once_make_one_entry(book: StoredContactBook, database: Database) -> None:
    threads = [threading.Thread(target=book.register, args=(replace(TOKYO, company=f"社{n}"),)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as connection:
        assert len(connection.execute(select(entries)).all()) == 1


def test_a_number_cannot_be_taken_twice(database: Database) -> None:
    draft = Draft(number="+819012345678", company="B", person="")
    with database.writing() as connection:
        first = add_entry(connection, Draft(number=TOKYO.number, company="A", person=""), by="a", at=NOW)
        second = add_entry(connection, draft, by="a", at=NOW)
        with pytest.raises(NumberTaken) as taken:
            add_entry(connection, replace(draft, company="C"), by="b", at=NOW)
        assert taken.value.other == second
        present = entry_to_change(connection, second.id)
        assert present is not None
        with pytest.raises(NumberTaken) as taken:
            change_entry(connection, present, replace(draft, number=TOKYO.number), by="b", at=NOW)
        assert taken.value.other == first


def test_an_edit_keeps_the_link_to_the_record_until_the_number_changes(book: StoredContactBook, database: Database) -> None:
    book.register(TOKYO)
    entry_id = book.entries([TOKYO.number])[TOKYO.number].id or 0
    for number, url in ((TOKYO.number, TOKYO.record_url), ("+81398765432", "")):
        with database.writing() as connection:
            present = entry_to_change(connection, entry_id)
            assert present is not None
            draft = Draft(number=number, company="改名", person="")
            changed = change_entry(connection, present, draft, by="a@example.com", at=NOW)
        assert (changed.entry.record_url, changed.entry.source, changed.updated_by) == (url, "manual", "a@example.com")


def test_paging_shows_every_entry_once_in_order(database: Database) -> None:
    with database.writing() as connection:
        rows = [{"number": f"+8190{n:08}", **name_values(f"会社{n % 7}", ""), **_rest()} for n in range(45)]
        connection.execute(insert(entries), rows)
    with database.reading() as connection:
        pages = [find_page(connection, "", "JP", number, 20) for number in (1, 2, 3, 99)]
        by_cursor, after = [], None
        while found := find_after(connection, "", "JP", after, 11):
            by_cursor += found
            after = found[-1].position
    assert [(page.number, page.count, page.total, len(page.entries)) for page in pages] == [
        (1, 3, 45, 20),
        (2, 3, 45, 20),
        (3, 3, 45, 5),
        (3, 3, 45, 5),
    ]
    listed = [each.id for page in pages[:3] for each in page.entries]
    assert listed == [each.id for each in by_cursor]
    assert len(set(listed)) == 45


def test_the_list_is_searched_by_name_and_by_number_in_any_writing(book: StoredContactBook, database: Database) -> None:
    book.register(TOKYO)
    with database.reading() as connection:
        for search in ("03-1234-5678", "０３ー１２３４", "0312", "+81 3", "青空", "山田花子"):
            assert find_page(connection, search, "JP", 1, 10).total == 1, search
        for search in ("99", "1", "田山"):
            assert find_page(connection, search, "JP", 1, 10).total == 0, search


def _rest() -> dict[str, object]:
    return {"source": "manual", "record_url": "", "created_at": NOW, "updated_at": NOW, "updated_by": "tests"}
