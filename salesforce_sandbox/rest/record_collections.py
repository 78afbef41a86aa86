"""/composite/sobjects: up to 200 records in one call, each with its own result inside a 200."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby
from typing import Any

from salesforce_sandbox import ids
from salesforce_sandbox.errors import SalesforceError, json_error, not_found, unknown_field_in_body
from salesforce_sandbox.records.values import shown_value
from salesforce_sandbox.records.write import create_record, delete_record, stored_record, update_record
from salesforce_sandbox.rest.call import Call, Reply
from salesforce_sandbox.rest.router import add_route
from salesforce_sandbox.rest.sobjects import external_field, upsert_record
from salesforce_sandbox.schema.model import Field, SObject
from salesforce_sandbox.soql.rows import attributes

MOST_RECORDS = 200
_MOST_CHUNKS = 10
_MOST_BY_GET, _MOST_BY_POST = 800, 2_000
_ROLLED_BACK = "Record rolled back because not all records were valid and the request was using AllOrNone header"
Operation = Callable[[Any], str]


class _RolledBackError(Exception):
    """Ends the transaction of an allOrNone request."""


def create_many(call: Call) -> Reply:
    def create(record: Any) -> str:
        return create_record(call.org, call.view, _sobject(call, record), record)

    return _run(call, _records(call), create)


def update_many(call: Call) -> Reply:
    def update(record: Any) -> str:
        sobject = _sobject(call, record)
        key = next((name for name in record if name.lower() == "id"), None)
        if key is None:
            raise SalesforceError(400, "MISSING_ARGUMENT", "Id not specified in an update call", [])
        record_id = _long_id(record[key])
        values = {name: value for name, value in record.items() if name != key}
        update_record(call.org, call.view, sobject, record_id, values)
        return record_id

    return _run(call, _records(call), update)


def delete_many(call: Call) -> Reply:
    listed = [text for text in call.arguments.get("ids", "").split(",") if text]
    _check_size(len(listed))

    def delete(text: Any) -> str:
        record_id = _long_id(text)
        known = call.org.catalog.by_prefix(record_id[:3])
        sobject = call.view.find(known.name) if known else None
        if sobject is None:
            raise SalesforceError(400, "MALFORMED_ID", f"malformed id {text}", [])
        delete_record(call.org, call.view, sobject, record_id)
        return record_id

    return _run(call, listed, delete, all_or_none=call.arguments.get("allOrNone", "").lower() == "true")


def upsert_many(call: Call, match: re.Match[str]) -> Reply:
    """Upsert records of one object by an external id, which each of them carries."""
    sobject, field = external_field(call, match)

    def upsert(record: Any) -> str:
        if _sobject(call, record) != sobject:
            raise SalesforceError(400, "INVALID_FIELD", f"The records must be of type {sobject.name}", [])
        key = next((name for name in record if name.lower() == field.name.lower()), None)
        if key is None or not isinstance(record[key], str) or not record[key]:
            raise SalesforceError(400, "MISSING_ARGUMENT", f"{field.name} not specified", [])
        values = {name: value for name, value in record.items() if name != key}
        made, created = upsert_record(call, sobject, field, record[key], values)
        was_created.append(created)
        return made

    was_created: list[bool] = []
    reply = _run(call, _records(call), upsert)
    done = iter(was_created)
    results = [result | {"created": next(done)} if result["success"] else result for result in reply.body]
    return Reply(200, results)


def retrieve_many(call: Call, match: re.Match[str]) -> Reply:
    """Records of one object by their ids, null for those that are not there; GET takes 800, POST 2,000."""
    sobject = call.view.find(match[1])
    if sobject is None:
        raise not_found()
    wanted, fields = _wanted(call)
    known = [sobject.field(name) for name in fields]
    if not all(known):
        name = fields[known.index(None)]
        raise unknown_field_in_body(name, sobject.name)
    return Reply(200, [_retrieved(call, sobject, text, [f for f in known if f is not None]) for text in wanted])


def _wanted(call: Call) -> tuple[list[str], list[str]]:
    if call.method == "GET":
        listed, fields = (call.arguments.get(name, "").split(",") for name in ("ids", "fields"))
    else:
        body = call.json_object()
        listed, fields = body.get("ids", []), body.get("fields", [])
    for given in (listed, fields):
        if not isinstance(given, list) or not given or not all(isinstance(text, str) and text for text in given):
            raise json_error("The request needs lists 'ids' and 'fields' at [line:1, column:2]")
    most = _MOST_BY_GET if call.method == "GET" else _MOST_BY_POST
    if len(listed) > most:
        raise SalesforceError(400, "EXCEEDED_ID_LIMIT", f"at most {most} ids are allowed")
    return listed, [name.strip() for name in fields]


def _retrieved(call: Call, sobject: SObject, text: str, fields: list[Field]) -> dict[str, Any] | None:
    record_id = _long_id(text.strip())
    record = stored_record(call.org, sobject.name, record_id)
    if record is None or record["IsDeleted"] or not call.view.shares(record_id):
        return None
    shown = {field.name: shown_value(field, record[field.name]) for field in fields}
    return {"attributes": attributes(sobject.name, record_id, call.version)} | shown


def _long_id(text: Any) -> str:
    record_id = ids.to_18(str(text))
    if record_id is None:
        raise SalesforceError(400, "MALFORMED_ID", f"malformed id {text}", [])
    return record_id


def _records(call: Call) -> list[Any]:
    records = call.json_object().get("records")
    if not isinstance(records, list) or not records:
        raise json_error("The request needs a list 'records' at [line:1, column:2]")
    _check_size(len(records))
    chunks = sum(1 for _ in groupby(records, key=_type_name))
    if chunks > _MOST_CHUNKS:
        message = (
            f"Cannot have more than {_MOST_CHUNKS} chunks in a single operation. "
            "Please rearrange the data to reduce chunking."
        )
        raise SalesforceError(400, "LIMIT_EXCEEDED", message)
    return records


def _type_name(record: Any) -> str:
    attributes_of = record.get("attributes") if isinstance(record, dict) else None
    return str(attributes_of.get("type")).lower() if isinstance(attributes_of, dict) else ""


def _check_size(count: int) -> None:
    if not 1 <= count <= MOST_RECORDS:
        message = f"record list size limit exceeded: 1 to {MOST_RECORDS} records are allowed"
        raise SalesforceError(400, "EXCEEDED_ID_LIMIT", message)


def _sobject(call: Call, record: Any) -> SObject:
    attributes = record.get("attributes") if isinstance(record, dict) else None
    name = attributes.get("type") if isinstance(attributes, dict) else None
    sobject = call.view.find(name) if isinstance(name, str) else None
    if sobject is None:
        raise SalesforceError(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.", [])
    return sobject


def _run(call: Call, records: list[Any], operation: Operation, *, all_or_none: bool | None = None) -> Reply:
    strict = bool(call.json_object().get("allOrNone", False)) if all_or_none is None else all_or_none
    results: list[dict[str, Any]] = []
    try:
        with call.org.database.transaction():
            results = [_one(call, record, operation) for record in records]
            if strict and not all(result["success"] for result in results):
                raise _RolledBackError
    except _RolledBackError:
        results = [_rolled_back() if result["success"] else result for result in results]
    return Reply(200, results)


def _one(call: Call, record: Any, operation: Operation) -> dict[str, Any]:
    try:
        with call.org.database.transaction():
            return {"id": operation(record), "success": True, "errors": []}
    except SalesforceError as error:
        entry = {"statusCode": error.code, "message": error.message, "fields": error.fields or []}
        return {"success": False, "errors": [entry]}


def _rolled_back() -> dict[str, Any]:
    entry = {"statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK", "message": _ROLLED_BACK, "fields": []}
    return {"success": False, "errors": [entry]}


add_route(
    "composite/sobjects", "composite/sobjects", 42,
    POST=lambda call, _: create_many(call), PATCH=lambda call, _: update_many(call),
    DELETE=lambda call, _: delete_many(call),
)  # fmt: skip
add_route("composite/sobjects", r"composite/sobjects/(\w+)", 42, GET=retrieve_many, POST=retrieve_many)
add_route("composite/sobjects", r"composite/sobjects/(\w+)/(\w+)", 46, PATCH=upsert_many)
