"""The records that people chose for numbers, as they are stored: one for each number of an org (B2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping, and_, delete, select, update

from host.plugin_api import ContactEntry, RecordRef
from plugins.salesforce.api_state import inserting, org_key, utc
from plugins.salesforce.connection import LiveConnection
from plugins.salesforce.domain.hit import Hit
from plugins.salesforce.domain.pin import Pin
from plugins.salesforce.tables import pins


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPin:
    """A pin with the record's name, and what the contact book held before anybody chose: to show it, and to undo it."""

    pin: Pin
    name: str
    before: ContactEntry | None


def kept_pin(connection: LiveConnection, number: str) -> KeptPin | None:
    """The record chosen for this number in the connected org."""
    return _kept_pins(connection, [number]).get(number)


def pins_of(connection: LiveConnection, numbers: Collection[str]) -> Mapping[str, Pin]:
    """The records chosen for these numbers; most numbers have none."""
    return {number: kept.pin for number, kept in _kept_pins(connection, numbers).items()}


def _kept_pins(connection: LiveConnection, numbers: Collection[str]) -> dict[str, KeptPin]:
    query = select(pins).where(pins.c.org == _org(connection), pins.c.number.in_(numbers))
    with connection.context.database.reading() as reading:
        return {row["number"]: _kept(row) for row in reading.execute(query).mappings()}


def keep_pin(connection: LiveConnection, kept: KeptPin) -> None:
    """Remember the record for its number, in place of an earlier one."""
    values = _values(kept)
    with connection.context.database.writing() as writing:
        making = inserting(writing, pins).values(org=_org(connection), number=kept.pin.number, **values)
        writing.execute(making.on_conflict_do_update(index_elements=["org", "number"], set_=values))


def drop_pin(connection: LiveConnection, pin: Pin) -> None:
    """Forget this choice, unless somebody has chosen anew meanwhile."""
    with connection.context.database.writing() as writing:
        writing.execute(delete(pins).where(_is(connection, pin)))


def settled(connection: LiveConnection, pin: Pin, hits: Sequence[Hit]) -> Hit | None:
    """The chosen record among these, if it still counts; a choice that does not is forgotten."""
    chosen = pin.hit(hits)
    if chosen is None:
        drop_pin(connection, pin)
    elif chosen.holds_number and not pin.held:
        _note_held(connection, pin)
    return chosen


def _note_held(connection: LiveConnection, pin: Pin) -> None:
    """The record was seen to hold the number: from now on the choice ends when it loses it."""
    with connection.context.database.writing() as writing:
        writing.execute(update(pins).where(_is(connection, pin)).values(held=True))


def _is(connection: LiveConnection, pin: Pin) -> Any:
    same = (pins.c.record_id == pin.record.id, pins.c.object == pin.record.object)
    return and_(pins.c.org == _org(connection), pins.c.number == pin.number, *same)


def _org(connection: LiveConnection) -> str:
    return org_key(connection.info.org_id)


def _values(kept: KeptPin) -> dict[str, Any]:
    return {
        "object": kept.pin.record.object,
        "record_id": kept.pin.record.id,
        "name": kept.name,
        "held": kept.pin.held,
        "chosen_by": kept.pin.chosen_by,
        "chosen_at": kept.pin.chosen_at.astimezone(UTC),
        "before": _entry_to_json(kept.before) if kept.before else None,
    }


def _kept(row: RowMapping) -> KeptPin:
    pin = Pin(
        number=row["number"],
        record=RecordRef(object=row["object"], id=row["record_id"]),
        held=bool(row["held"]),
        chosen_by=row["chosen_by"],
        chosen_at=utc(row["chosen_at"]) or row["chosen_at"],
    )
    before = row["before"]
    return KeptPin(pin=pin, name=row["name"], before=_entry_from_json(row["number"], before) if before else None)


def _entry_to_json(entry: ContactEntry) -> dict[str, Any]:
    plain = {name: getattr(entry, name) for name in ("company", "person", "source", "record_url")}
    record = [entry.record.object, entry.record.id] if entry.record else None
    return {**plain, "record": record, "updated_at": entry.updated_at.isoformat()}


def _entry_from_json(number: str, stored: Mapping[str, Any]) -> ContactEntry:
    plain = {name: stored[name] for name in ("company", "person", "source", "record_url")}
    record = RecordRef(object=stored["record"][0], id=stored["record"][1]) if stored["record"] else None
    return ContactEntry(number=number, record=record, updated_at=datetime.fromisoformat(stored["updated_at"]), **plain)
