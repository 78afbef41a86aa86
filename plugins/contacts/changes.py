"""Writes entries: what a plugin registers, what a person types, changes and deletes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Executable, delete, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from host.plugin_api import ContactEntry
from plugins.contacts.domain.entry import Draft
from plugins.contacts.queries import entry_by_number
from plugins.contacts.rows import NO_RECORD, StoredEntry, registered_values, typed_values
from plugins.contacts.tables import entries


class NumberTaken(Exception):
    """Another entry has this number already."""

    def __init__(self, other: StoredEntry | None) -> None:
        super().__init__("the number has an entry already")
        self.other = other


class ChangedMeanwhile(Exception):
    """The entry is no longer what the person saw when they began to edit it."""

    def __init__(self, current: StoredEntry) -> None:
        super().__init__("the entry was changed meanwhile")
        self.current = current


def register_entry(connection: Connection, entry: ContactEntry) -> None:
    """Write what a plugin found, over whatever the number had (R19)."""
    values = registered_values(entry)
    write_over(connection, [{**values, "created_at": values["updated_at"]}], replaced=values.keys())


def write_over(connection: Connection, rows: list[dict[str, Any]], replaced: Any) -> None:
    """Insert these rows; where the number has an entry already, replace the columns named `replaced`."""
    if not rows:
        return
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(entries)
    columns = {name: statement.excluded[name] for name in replaced if name != "number"}
    connection.execute(statement.on_conflict_do_update(index_elements=["number"], set_=columns), rows)


def add_entry(connection: Connection, draft: Draft, *, by: str, at: datetime) -> StoredEntry:
    """Write a new entry.

    Raises:
        NumberTaken: the number has one.
    """
    values = typed_values(draft, by=by, at=at)
    _execute(connection, insert(entries).values(**values, **NO_RECORD, created_at=values["updated_at"]), draft.number)
    return _stored(connection, draft.number)


def change_entry(
    connection: Connection, present: StoredEntry, draft: Draft, *, by: str, at: datetime, seen: str | None = None
) -> StoredEntry:
    """Write what a person typed over an entry. Its link to a record stays, unless the number is another one now.

    Args:
        present: the entry as `entry_to_change` gave it in this transaction.
        seen: the entry's version when the person began, if they saw it.

    Raises:
        NumberTaken: another entry has the number.
        ChangedMeanwhile: the entry has another version now.
    """
    if seen is not None and seen != present.version:
        raise ChangedMeanwhile(present)
    link: Mapping[str, Any] = {} if draft.number == present.entry.number else NO_RECORD
    values = {**typed_values(draft, by=by, at=at), **link}
    _execute(connection, update(entries).where(entries.c.id == present.id).values(**values), draft.number)
    return _stored(connection, draft.number)


def delete_entry(connection: Connection, entry_id: int) -> None:
    connection.execute(delete(entries).where(entries.c.id == entry_id))


def _execute(connection: Connection, statement: Executable, number: str) -> None:
    """Run this; the database itself tells whether the number is free, so two people at once cannot both get it."""
    try:
        with connection.begin_nested():
            connection.execute(statement)
    except IntegrityError as error:
        raise NumberTaken(entry_by_number(connection, number)) from error


def _stored(connection: Connection, number: str) -> StoredEntry:
    entry = entry_by_number(connection, number)
    if entry is None:
        raise LookupError("the entry just written is not there")
    return entry
