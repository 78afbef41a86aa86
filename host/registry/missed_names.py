"""Hands a contact book that is switched on again the names that were matched while there was none (R6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from host.plugin_api import ContactBook, ContactEntry, RecordRef
from host.storage.engine import Database
from host.storage.tables import calls, matches


def register_missed(database: Database, book: ContactBook, since: datetime, order: Sequence[str] = ()) -> int:
    """Register the latest match of each number since then, unless the entry is newer; gives back how many.

    Of several plugins that knew a number, the one that comes first in `order` counts.
    """
    with database.reading() as connection:
        query = (
            select(calls.c.number, matches.c.plugin, matches.c.matched_at, matches.c.match)
            .join_from(matches, calls, calls.c.id == matches.c.call_id)
            .where(matches.c.matched_at >= since, calls.c.number.is_not(None))
            .order_by(matches.c.matched_at)
        )
        rows = [row for row in connection.execute(query).mappings() if row["match"]["record"]]
    rows.sort(key=lambda row: order.index(row["plugin"]) if row["plugin"] in order else len(order), reverse=True)
    latest = {row["number"]: row for row in rows}
    missed = list(_missed(book, latest))
    for entry in missed:
        book.register(entry)
    return len(missed)


def _missed(book: ContactBook, latest: Mapping[str, Mapping[Any, Any]]) -> Iterator[ContactEntry]:
    for number, row in latest.items():
        known = book.entries([number]).get(number)
        if known is None or known.updated_at < row["matched_at"]:
            yield _entry(number, row)


def _entry(number: str, row: Mapping[Any, Any]) -> ContactEntry:
    match = row["match"]
    return ContactEntry(
        number=number,
        company=match["company"],
        person=match["person"],
        source=row["plugin"],
        record=RecordRef(**match["record"]),
        record_url=match["url"],
        updated_at=row["matched_at"],
    )
