"""Reads entries: by number, by id, by page, by what they are called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, tuple_

from host.plugin_api import parse_number
from plugins.contacts.domain.cursor import Position
from plugins.contacts.domain.entry import clean_name
from plugins.contacts.domain.search_text import fold
from plugins.contacts.rows import StoredEntry, stored_entry
from plugins.contacts.tables import entries

NUMBERS_PER_QUERY = 10_000
LARGEST_ID = 2**31 - 1
LONGEST_SEARCH = 200
FEWEST_DIGITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of the list; `number` counts from 1 and is within `count`."""

    entries: tuple[StoredEntry, ...]
    total: int
    number: int
    count: int


def entry_by_id(connection: Connection, entry_id: int) -> StoredEntry | None:
    if not 0 < entry_id <= LARGEST_ID:
        return None
    return _first(connection, entries.c.id == entry_id)


def entry_to_change(connection: Connection, entry_id: int) -> StoredEntry | None:
    """The entry, kept from others until the end of the transaction."""
    if not 0 < entry_id <= LARGEST_ID:
        return None
    row = connection.execute(select(entries).where(entries.c.id == entry_id).with_for_update()).mappings().first()
    return stored_entry(row) if row else None


def entry_by_number(connection: Connection, number: str) -> StoredEntry | None:
    return _first(connection, entries.c.number == number)


def entries_by_number(connection: Connection, numbers: Collection[str]) -> dict[str, StoredEntry]:
    """The entries of these numbers, with one query for up to 10,000 of them."""
    found: dict[str, StoredEntry] = {}
    wanted = sorted(set(numbers))
    for start in range(0, len(wanted), NUMBERS_PER_QUERY):
        query = select(entries).where(entries.c.number.in_(wanted[start : start + NUMBERS_PER_QUERY]))
        found.update((row["number"], stored_entry(row)) for row in connection.execute(query).mappings())
    return found


def numbers_named(connection: Connection, text: str, limit: int) -> list[str]:
    """The numbers of entries whose company or person contains this text; none for an empty text."""
    text = clean_name(text)
    if not fold(text) or limit < 1:
        return []
    query = select(entries.c.number).where(_is_named(text)).order_by(entries.c.sort_text, entries.c.id).limit(limit)
    return list(connection.scalars(query))


def find_page(connection: Connection, search: str, region: str, page: int, size: int) -> Page:
    """The entries of this page in the order of their names; a page behind the last one is the last one."""
    matching = _matching(search, region)
    total = connection.scalar(select(func.count()).select_from(matching.subquery())) or 0
    count = max(1, -(-total // size))
    number = min(max(1, page), count)
    query = _ordered(matching).limit(size).offset((number - 1) * size)
    return Page(entries=_all(connection, query), total=total, number=number, count=count)


def find_after(
    connection: Connection, search: str, region: str, after: Position | None, limit: int
) -> tuple[StoredEntry, ...]:
    """At most `limit` entries that come behind this position in the order of their names."""
    query = _matching(search, region)
    if after is not None:
        query = query.where(tuple_(entries.c.sort_text, entries.c.id) > (after.sort_text, after.id))
    return _all(connection, _ordered(query).limit(limit))


def _first(connection: Connection, condition: ColumnElement[bool]) -> StoredEntry | None:
    row = connection.execute(select(entries).where(condition)).mappings().first()
    return stored_entry(row) if row else None


def _all(connection: Connection, query: Select[tuple[object, ...]]) -> tuple[StoredEntry, ...]:
    return tuple(stored_entry(row) for row in connection.execute(query).mappings())


def _ordered(query: Select[tuple[object, ...]]) -> Select[tuple[object, ...]]:
    return query.order_by(entries.c.sort_text, entries.c.id)


def _matching(search: str, region: str) -> Select[tuple[object, ...]]:
    query: Select[tuple[object, ...]] = select(entries)
    conditions = list(_conditions(clean_name(search)[:LONGEST_SEARCH], region))
    return query.where(or_(*conditions)) if conditions else query


def _conditions(search: str, region: str) -> Iterator[ColumnElement[bool]]:
    """The number it is in any writing, else a name that contains the text or a number that contains its digits."""
    if number := parse_number(search, region):
        yield entries.c.number == number
        return
    if fold(search):
        yield _is_named(search)
    if digits := _part_of_a_number(search):
        yield entries.c.number.contains(digits, autoescape=True)


def _is_named(text: str) -> ColumnElement[bool]:
    return entries.c.search_text.contains(fold(text[:LONGEST_SEARCH]), autoescape=True)


def _part_of_a_number(search: str) -> str:
    """The digits to look for in E.164 numbers: "03-12" is found behind the country code, where its zero is not written."""
    text = unicodedata.normalize("NFKC", search).replace("ー", "-")
    digits = re.sub(r"[^0-9]", "", text)
    is_number = not any(character.isalpha() for character in text) and len(digits) >= FEWEST_DIGITS
    return digits.lstrip("0") if is_number else ""
