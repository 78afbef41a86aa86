"""A record a search brought back, re-checked: does one of its counted fields really hold the number (R3)?

The search looks into custom fields too, and knows nothing of country codes; so what counts is decided here, by reading every
counted field as the telephone system's numbers are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from host.plugin_api import numbers_in
from plugins.salesforce.domain.schema import ObjectSchema

Row = Mapping[str, Any]
NEVER = datetime(1, 1, 1, tzinfo=UTC)
SHARED_WITH_TWIN = frozenset({"Phone", "Fax"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A record that came back.

    Args:
        field: the counted field that holds the number, "" if none does.
        person_contact: the Id of a person account's twin Contact, which activities hang on (R27); "" if it is not told.
    """

    object: str
    id: str
    company: str
    person: str
    modified_at: datetime
    field: str = ""
    is_person_account: bool = False
    person_contact: str = ""

    @property
    def holds_number(self) -> bool:
        return bool(self.field)


def read_hits(
    rows: Sequence[Mapping[str, Any]], objects: Sequence[ObjectSchema], number: str, region: str
) -> tuple[Hit, ...]:
    """The records in these rows, each once. Converted leads are left out, as is a twin whose account may not be read."""
    found: dict[tuple[str, str], Hit] = {}
    for row in rows:
        hit = read_hit(row, objects, number, region)
        if hit is not None:
            key = (hit.object, hit.id)
            found[key] = _better(found.get(key), hit)
    return tuple(found.values())


def _better(known: Hit | None, hit: Hit) -> Hit:
    return known if known is not None and (known.holds_number or not hit.holds_number) else hit


def read_hit(row: Row, objects: Sequence[ObjectSchema], number: str, region: str) -> Hit | None:
    """One row as a hit, by its kind of object."""
    by_name = {schema.name: schema for schema in objects}
    kind = str((row.get("attributes") or {}).get("type", ""))
    if kind not in by_name or not row.get("Id"):
        return None
    if kind == "Contact" and row.get("IsPersonAccount"):
        return _twin(row, by_name, number, region)
    if kind == "Lead" and row.get("IsConverted"):
        return None
    field = _holding(row, [phone.name for phone in by_name[kind].phones], number, region)
    return {"Contact": _contact, "Account": _account, "Lead": _lead}[kind](row, field)


def _contact(row: Row, field: str) -> Hit:
    company = _text(row.get("Account") or {}, "Name")
    return Hit(
        object="Contact", id=row["Id"], company=company, person=_text(row, "Name"), modified_at=modified_at(row), field=field
    )


def _account(row: Row, field: str) -> Hit:
    person = bool(row.get("IsPersonAccount"))
    name = _text(row, "Name")
    return Hit(
        object="Account",
        id=row["Id"],
        company=name,
        person=name if person else "",
        modified_at=modified_at(row),
        field=field,
        is_person_account=person,
        person_contact=_text(row, "PersonContactId") if person else "",
    )


def _lead(row: Row, field: str) -> Hit:
    company = _text(row, "Company")
    return Hit(
        object="Lead", id=row["Id"], company=company, person=_text(row, "Name"), modified_at=modified_at(row), field=field
    )


def _twin(row: Row, by_name: Mapping[str, ObjectSchema], number: str, region: str) -> Hit | None:
    """A person account's twin Contact stands for the account: same names, the account's Id and date, its fields' names."""
    account = by_name.get("Account")
    if account is None or not row.get("AccountId"):
        return None
    counted = {phone.name for phone in account.phones}
    mirrored = [phone.name for phone in by_name["Contact"].phones if _on_account(phone.name) in counted]
    field = _holding(row, mirrored, number, region)
    name = _text(row, "Name")
    return Hit(
        object="Account",
        id=row["AccountId"],
        company=name,
        person=name,
        modified_at=modified_at(row.get("Account") or row),
        field=_on_account(field) if field else "",
        is_person_account=True,
        person_contact=row["Id"],
    )


def _on_account(contact_field: str) -> str:
    return contact_field if contact_field in SHARED_WITH_TWIN else f"Person{contact_field}"


def _holding(row: Row, fields: Sequence[str], number: str, region: str) -> str:
    return next((field for field in fields if number in numbers_in(_text(row, field), region)), "")


def _text(row: Row, field: str) -> str:
    return str(row.get(field) or "")


def modified_at(row: Row) -> datetime:
    """When a record was changed last. Salesforce writes "2026-01-15T12:34:56.000+0000"."""
    text = _text(row, "LastModifiedDate")
    return datetime.fromisoformat(text) if text else NEVER
