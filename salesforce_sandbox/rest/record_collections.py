"""/composite/sobjects: up to 200 records in one call, each with its own result inside a 200."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from salesforce_sandbox import ids
from salesforce_sandbox.errors import SalesforceError, json_error
from salesforce_sandbox.records.write import create_record, delete_record, update_record
from salesforce_sandbox.rest.call import Call, Reply
from salesforce_sandbox.rest.router import add_route
from salesforce_sandbox.schema.model import SObject

MOST_RECORDS = 200
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
    return records


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
