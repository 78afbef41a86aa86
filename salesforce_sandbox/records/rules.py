"""What Salesforce refuses to save, checked before a record is written."""

from __future__ import annotations

from typing import Any

from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.records.draft import Draft, required_fields, short_id
from salesforce_sandbox.schema.catalog import Catalog
from salesforce_sandbox.schema.model import Field
from salesforce_sandbox.store import Database


def check_required(draft: Draft, person: bool) -> None:
    """Source of the text: recorded REQUIRED_FIELD_MISSING."""
    wanted = [f.name for f in required_fields(draft.sobject)]
    if draft.sobject.name == "Account" and not person:
        wanted = ["Name", *(name for name in wanted if name != "LastName")]
    missing = [n for n in wanted if (draft.creating or draft.touched(n)) and draft.value(n) is None]
    defaulted = (f for f in draft.sobject.fields.values() if f.has("d") and not f.has("n") and f.type != "boolean")
    missing += [f.name for f in defaulted if draft.touched(f.name) and draft.value(f.name) is None]
    if missing:
        message = f"Required fields are missing: [{', '.join(missing)}]"
        raise SalesforceError(400, "REQUIRED_FIELD_MISSING", message, missing)


def check_references(database: Database, catalog: Catalog, draft: Draft) -> None:
    """Every id that is set must be of the right kind, exist and be shared with the user."""
    for name, value in draft.changes.items():
        field = draft.sobject.field(name)
        if field is not None and field.type == "reference" and value is not None:
            _check_reference(database, catalog, draft, field, value)


def _check_reference(database: Database, catalog: Catalog, draft: Draft, field: Field, value: str) -> None:
    target = catalog.by_prefix(value[:3])
    if target is None and draft.view.user is None:
        return
    if target is None or target.name not in field.reference_to:
        message = f"{field.label}: id value of incorrect type: {value}"
        raise SalesforceError(400, "FIELD_INTEGRITY_EXCEPTION", message, [field.name])
    row = database.row(f'SELECT IsDeleted FROM "{target.name}" WHERE Id = ?', (value,))  # noqa: S608 - names from the schema
    if row is None:
        raise SalesforceError(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
    if row[0]:
        raise SalesforceError(400, "ENTITY_IS_DELETED", "entity is deleted", [])
    if not draft.view.shares(value) or draft.view.find(target.name) is None:
        message = f"insufficient access rights on cross-reference id: {short_id(value)}"
        raise SalesforceError(400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", message, [])


def check_owner(database: Database, draft: Draft) -> None:
    """An inactive user owns nothing new (spec section 7)."""
    owner = draft.changes.get("OwnerId")
    if owner is None:
        return
    row = database.row('SELECT IsActive FROM "User" WHERE Id = ?', (owner,))
    if row is not None and not row[0]:
        kind = draft.sobject.name.lower()
        message = f"operation performed with inactive user [{short_id(owner)}] as owner of {kind}"
        raise SalesforceError(400, "INACTIVE_OWNER_OR_USER", message, [])


def check_activity(database: Database, draft: Draft) -> None:
    """A Lead as WhoId leaves WhatId empty (spec section 7); a converted one takes no activities."""
    who, what = draft.value("WhoId"), draft.value("WhatId")
    if who is None or not who.startswith("00Q"):
        return
    if what is not None:
        message = "Related To ID: must be empty when Name ID is a lead"
        raise SalesforceError(400, "FIELD_INTEGRITY_EXCEPTION", message, ["WhatId"])
    row = database.row('SELECT IsConverted FROM "Lead" WHERE Id = ?', (who,))
    if draft.touched("WhoId") and row is not None and row[0]:
        raise SalesforceError(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", [])


def check_converted(draft: Draft) -> None:
    if draft.before.get("IsConverted") and draft.view.user is not None:
        raise SalesforceError(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot update converted lead", [])


def check_unique(database: Database, draft: Draft) -> None:
    for name, value in draft.changes.items():
        field = draft.sobject.field(name)
        if field is None or not field.has("U") or value is None:
            continue
        sql = f'SELECT Id FROM "{draft.sobject.name}" WHERE "{name}" = ? AND Id IS NOT ? AND NOT IsDeleted'  # noqa: S608 - names from the schema
        row = database.row(sql, (value, draft.record_id))
        if row is not None:
            message = f"duplicate value found: {name} duplicates value on record with id: {short_id(row[0])}"
            raise SalesforceError(400, "DUPLICATE_VALUE", message, [])


def defaults(draft: Draft) -> dict[str, Any]:
    """Return the values Salesforce fills in on create: picklist defaults."""
    fields = draft.sobject.fields.values()
    return {f.name: f.default for f in fields if f.default is not None and draft.value(f.name) is None}
