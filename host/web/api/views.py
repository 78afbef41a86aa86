"""Puts together what the API shows of a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection

from host.delivery.views import MatchView, deliveries_of, match_of
from host.plugin_api import ContactEntry
from host.services import Services
from host.storage.call_notes import VersionedMemo, analysis_of, versioned_memo_of
from host.storage.history import CallRow


def shallow(thing: Any) -> dict[str, Any]:
    """The fields of a dataclass by name, as they are."""
    return {field.name: getattr(thing, field.name) for field in fields(thing)}


def call_view(row: CallRow, contacts: Mapping[str, ContactEntry]) -> dict[str, Any]:
    """A call as in the list."""
    return shallow(row.call) | shallow(row) | {"contact": contacts.get(row.call.number or "")}


def call_detail(services: Services, connection: Connection, row: CallRow) -> dict[str, Any]:
    """A call with all that belongs to it."""
    matches = [_match_view(match) for match in match_of(connection, row.call.id)]
    return call_view(row, contacts_of(services, [row])) | {
        "memo": memo_view(versioned_memo_of(connection, row.call.id)),
        "analysis": analysis_of(connection, row.call.id),
        "match": matches[0] if matches else None,
        "matches": matches,
        "deliveries": deliveries_of(connection, row.call.id),
    }


def contacts_of(services: Services, rows: list[CallRow]) -> Mapping[str, ContactEntry]:
    """The contact book's current entries for these calls."""
    numbers = {row.call.number for row in rows if row.call.number}
    return services.registry.contact_book().entries(numbers) if numbers else {}


def memo_view(saved: VersionedMemo | None) -> dict[str, Any] | None:
    return shallow(saved.memo) | {"version": saved.version} if saved else None


def _match_view(view: MatchView) -> dict[str, Any]:
    return shallow(view.match) | {"plugin": view.plugin, "matched_at": view.matched_at}
