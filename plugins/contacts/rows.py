"""Entries as rows of the table, and rows as entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping

from host.plugin_api import ContactEntry, RecordRef
from plugins.contacts.domain.cursor import Position
from plugins.contacts.domain.entry import Draft, is_e164, shortened, web_address
from plugins.contacts.domain.search_text import search_text, sort_text

MANUAL = "manual"
"""The source of what a person typed or imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry as it is kept: what the port shows of it, who wrote it when, and its place in the list."""

    entry: ContactEntry
    created_at: datetime
    updated_by: str
    sort_text: str

    @property
    def position(self) -> Position:
        """Where it stands in the order of the list."""
        return Position(self.sort_text, self.id)

    @property
    def id(self) -> int:
        return self.entry.id or 0

    @property
    def version(self) -> str:
        """Changes whenever the entry does."""
        return self.entry.updated_at.isoformat()


def stored_entry(row: RowMapping) -> StoredEntry:
    entry = ContactEntry(
        number=row["number"],
        company=row["company"],
        person=row["person"],
        source=row["source"],
        record=RecordRef(object=row["record_object"], id=row["record_id"]) if row["record_id"] else None,
        record_url=row["record_url"],
        updated_at=_aware(row["updated_at"]),
        id=row["id"],
    )
    return StoredEntry(
        entry=entry, created_at=_aware(row["created_at"]), updated_by=row["updated_by"], sort_text=row["sort_text"]
    )


def registered_values(entry: ContactEntry) -> dict[str, Any]:
    """The columns of an entry that a plugin registers.

    Raises:
        ValueError: its number is not E.164.
    """
    if not is_e164(entry.number):
        raise ValueError("a contact is registered under an E.164 number only")
    return {
        "number": entry.number,
        **name_values(shortened(entry.company), shortened(entry.person)),
        "source": entry.source,
        "record_object": entry.record.object if entry.record else None,
        "record_id": entry.record.id if entry.record else None,
        "record_url": web_address(entry.record_url),
        "updated_at": _stored(entry.updated_at),
        "updated_by": entry.source,
    }


def typed_values(draft: Draft, *, by: str, at: datetime) -> dict[str, Any]:
    """The columns a person changes by writing an entry; the link to a record is not among them."""
    return {
        "number": draft.number,
        **name_values(draft.company, draft.person),
        "source": MANUAL,
        "updated_at": _stored(at),
        "updated_by": by,
    }


NO_RECORD: Mapping[str, Any] = {"record_object": None, "record_id": None, "record_url": ""}
"""The columns of an entry without a link to a record."""


def name_values(company: str, person: str) -> dict[str, str]:
    return {
        "company": company,
        "person": person,
        "search_text": search_text(company, person),
        "sort_text": sort_text(company, person),
    }


def _stored(moment: datetime) -> datetime:
    """UTC: SQLite keeps no zone."""
    if moment.tzinfo is None:
        raise ValueError("a datetime without a zone cannot be stored")
    return moment.astimezone(UTC)


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
