"""Names that plugins found and that are not shown, because a plugin before them knows another: rows by number and plugin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from host.plugin_api import ContactEntry, RecordRef
from host.storage.engine import Database
from host.storage.plugin_tables import name_claims
from host.storage.texts import storable_json
from host.storage.upsert import upsert

LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Claims:
    """The names that wait."""

    database: Database

    def put(self, entry: ContactEntry) -> None:
        key = {"number": entry.number, "plugin": entry.source}
        with self.database.writing() as connection:
            upsert(connection, name_claims, key, _values(entry))

    def forget(self, number: str, plugin: str) -> None:
        of_plugin = (name_claims.c.number == number, name_claims.c.plugin == plugin)
        with self.database.reading() as connection:
            there = connection.execute(select(name_claims.c.number).where(*of_plugin)).first()
        if there:
            with self.database.writing() as connection:
                connection.execute(delete(name_claims).where(*of_plugin))

    def of(self, number: str) -> Mapping[str, ContactEntry]:
        """Who knows this number, by plugin."""
        with self.database.reading() as connection:
            rows = connection.execute(select(name_claims).where(name_claims.c.number == number)).mappings()
            return {row["plugin"]: _entry(row) for row in rows}

    def numbers(self) -> Sequence[str]:
        """All numbers for which a name waits."""
        with self.database.reading() as connection:
            return connection.execute(select(name_claims.c.number).distinct()).scalars().all()


def _values(entry: ContactEntry) -> dict[str, Any]:
    names = storable_json({"company": entry.company, "person": entry.person, "record_url": entry.record_url})
    return {
        "company": names["company"][:LONGEST_NAME],
        "person": names["person"][:LONGEST_NAME],
        "record_object": entry.record.object[:100] if entry.record else None,
        "record_id": entry.record.id[:100] if entry.record else None,
        "record_url": names["record_url"],
        "claimed_at": entry.updated_at,
    }


def _entry(row: Mapping[Any, Any]) -> ContactEntry:
    record = RecordRef(object=row["record_object"], id=row["record_id"]) if row["record_id"] else None
    return ContactEntry(
        number=row["number"],
        company=row["company"],
        person=row["person"],
        source=row["plugin"],
        record=record,
        record_url=row["record_url"],
        updated_at=row["claimed_at"],
    )
