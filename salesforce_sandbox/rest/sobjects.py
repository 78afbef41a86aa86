"""/sobjects: describe, create, read, change, delete, upsert by external id."""

from __future__ import annotations

import re
from typing import Any

from salesforce_sandbox import ids
from salesforce_sandbox.errors import AmbiguousExternalIdError, SalesforceError, not_found
from salesforce_sandbox.records.values import shown_value
from salesforce_sandbox.records.write import create_record, delete_record, stored_record, update_record
from salesforce_sandbox.rest.call import Call, Reply
from salesforce_sandbox.rest.conditional import (
    http_date,
    not_modified,
    precondition_failed,
    unchanged_since,
    validators,
)
from salesforce_sandbox.schema.describe import describe_object, object_summary
from salesforce_sandbox.schema.model import Field, SObject
from salesforce_sandbox.schema.relations import child_relationships
from salesforce_sandbox.soql.rows import attributes

_TELLS_CREATED_SINCE = 46.0


def global_describe(call: Call) -> Reply:
    objects = [object_summary(sobject, call.version) for sobject in call.view]
    return _metadata(call, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects})


def describe(call: Call, match: re.Match[str]) -> Reply:
    sobject = _readable(call, match[1])
    return _metadata(call, describe_object(sobject, child_relationships(sobject, call.view), call.version))


def _metadata(call: Call, body: dict[str, Any]) -> Reply:
    """Objects and fields also answer 304 while nothing about them has changed (recorded)."""
    changed = call.org.metadata_changed
    headers = {"Last-Modified": http_date(changed)}
    return Reply(304, None, headers) if unchanged_since(call.headers, changed) else Reply(200, body, headers)


def basic_information(call: Call, match: re.Match[str]) -> Reply:
    summary = object_summary(_readable(call, match[1]), call.version)
    return Reply(200, {"objectDescribe": summary, "recentItems": []})


def create(call: Call, match: re.Match[str]) -> Reply:
    sobject = _readable(call, match[1])
    record_id = create_record(call.org, call.view, sobject, call.json_object())
    location = f"{call.base}/sobjects/{sobject.name}/{record_id}"
    return Reply(201, {"id": record_id, "success": True, "errors": []}, {"Location": location})


def read(call: Call, match: re.Match[str]) -> Reply:
    sobject = _readable(call, match[1])
    record = _stored(call, sobject, match[2])
    headers = validators(sobject.name, record)
    if _precondition_failed(call, sobject, record):
        return Reply(412)
    if not_modified(call.headers, sobject.name, record):
        return Reply(304, None, headers)
    return Reply(200, _shown(call, sobject, record), headers)


def change(call: Call, match: re.Match[str]) -> Reply:
    sobject = _readable(call, match[1])
    record_id = _record_id(sobject, match[2])
    if _changed_meanwhile(call, sobject, record_id):
        return Reply(412)
    body = call.json_object()
    if any(name.lower() == "id" for name in body):
        message = "The Id field should not be specified in the sobject data."
        raise SalesforceError(400, "INVALID_FIELD", message)
    update_record(call.org, call.view, sobject, record_id, body)
    return Reply(204)


def delete(call: Call, match: re.Match[str]) -> Reply:
    sobject = _readable(call, match[1])
    record_id = _record_id(sobject, match[2])
    if _changed_meanwhile(call, sobject, record_id):
        return Reply(412)
    delete_record(call.org, call.view, sobject, record_id)
    return Reply(204)


def read_external(call: Call, match: re.Match[str]) -> Reply:
    sobject, field = external_field(call, match)
    found = _by_external(call, sobject, field, match[3])
    if found is None:
        raise not_found()
    return Reply(200, _shown(call, sobject, _stored(call, sobject, found)))


def upsert(call: Call, match: re.Match[str]) -> Reply:
    """PATCH by external id: 201 where it made the record, 200 where it changed it."""
    sobject, field = external_field(call, match)
    body = call.json_object()
    if any(name.lower() == field.name.lower() for name in body):
        message = f"The {field.name} field should not be specified in the sobject data."
        raise SalesforceError(400, "INVALID_FIELD", message)
    made, created = upsert_record(call, sobject, field, match[3], body)
    return _upserted(call, sobject, made, created=created)


def upsert_record(call: Call, sobject: SObject, field: Field, value: str, body: dict[str, Any]) -> tuple[str, bool]:
    """Change the record with that external id or create it; returns its id and whether it was created."""
    with call.org.database.transaction():
        found = _by_external(call, sobject, field, value)
        if found is not None:
            update_record(call.org, call.view, sobject, found, body)
        made = found or create_record(call.org, call.view, sobject, {**body, field.name: value})
    return made, found is None


def _upserted(call: Call, sobject: SObject, record_id: str, *, created: bool) -> Reply:
    """Before version 46.0 a change answers 204 without a body, and nothing tells what was made."""
    location = {"Location": f"{call.base}/sobjects/{sobject.name}/{record_id}"} if created else {}
    result = {"id": record_id, "success": True, "errors": []}
    if float(call.version) < _TELLS_CREATED_SINCE:
        return Reply(201, result, location) if created else Reply(204)
    return Reply(201 if created else 200, result | {"created": created}, location)


def _readable(call: Call, name: str) -> SObject:
    sobject = call.view.find(name)
    if sobject is None:
        raise not_found()
    return sobject


def _record_id(sobject: SObject, text: str) -> str:
    record_id = ids.to_18(text)
    if record_id is None or not record_id.startswith(sobject.key_prefix):
        message = f"Provided external ID field does not exist or is not accessible: {text}"
        raise SalesforceError(404, "NOT_FOUND", message)
    return record_id


def _stored(call: Call, sobject: SObject, text: str) -> dict[str, Any]:
    record_id = _record_id(sobject, text)
    record = stored_record(call.org, sobject.name, record_id)
    if record is None or not call.view.shares(record_id):
        raise not_found()
    if record["IsDeleted"]:
        raise SalesforceError(404, "ENTITY_IS_DELETED", "entity is deleted", [])
    return record


def _shown(call: Call, sobject: SObject, record: dict[str, Any]) -> dict[str, Any]:
    asked = call.arguments.get("fields")
    fields = [_asked_field(sobject, name) for name in asked.split(",")] if asked else sobject.fields.values()
    shown = {f.name: shown_value(f, record[f.name]) for f in fields}
    return {"attributes": attributes(sobject.name, record["Id"], call.version)} | shown | {"Id": record["Id"]}


def _asked_field(sobject: SObject, name: str) -> Field:
    field = sobject.field(name.strip())
    if field is None:
        message = f"No such column '{name.strip()}' on sobject of type {sobject.name}"
        raise SalesforceError(400, "INVALID_FIELD", message)
    return field


def _changed_meanwhile(call: Call, sobject: SObject, record_id: str) -> bool:
    if not {"if-unmodified-since", "if-match"} & call.headers.keys():
        return False
    record = stored_record(call.org, sobject.name, record_id)
    return record is not None and _precondition_failed(call, sobject, record)


def _precondition_failed(call: Call, sobject: SObject, record: dict[str, Any]) -> bool:
    return precondition_failed(call.headers, sobject.name, record)


def external_field(call: Call, match: re.Match[str]) -> tuple[SObject, Field]:
    """Return the object and the external id field of a path. Raises NOT_FOUND."""
    sobject = _readable(call, match[1])
    field = sobject.field(match[2])
    if field is None or not (field.has("x") or field.type == "id"):
        message = f"Provided external ID field does not exist or is not accessible: {match[2]}"
        raise SalesforceError(404, "NOT_FOUND", message)
    return sobject, field


def _by_external(call: Call, sobject: SObject, field: Field, value: str) -> str | None:
    sql = f'SELECT Id FROM "{sobject.name}" WHERE "{field.name}" = ? AND NOT IsDeleted'  # noqa: S608
    rows = call.org.database.rows(sql, (_record_id(sobject, value) if field.type == "id" else value,))
    if len(rows) > 1:
        addresses = [f"{call.base}/sobjects/{sobject.name}/{row[0]}" for row in rows]
        raise AmbiguousExternalIdError(value, addresses)
    return str(rows[0][0]) if rows else None
