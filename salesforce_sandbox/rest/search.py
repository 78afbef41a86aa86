"""/search (SOSL) and /parameterizedSearch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from salesforce_sandbox.errors import SalesforceError, json_error
from salesforce_sandbox.rest.call import Call, Reply
from salesforce_sandbox.soql.parse import parse_returning
from salesforce_sandbox.sosl.expression import parse_expression
from salesforce_sandbox.sosl.parse import GROUPS, Returned, Search, parse_search
from salesforce_sandbox.sosl.run import ENGINE_ROWS, run_search

_BARE_ARRAY_UP_TO = 36.0
_PARAMETERS = frozenset({"q", "in", "fields", "sobjects", "defaultLimit", "overallLimit"})
_WITHOUT_EFFECT = frozenset({"spellCorrection", "updateTracking", "updateViewStat"})
_DETAILS = ("fields", "where", "orderBy", "limit")


def search(call: Call) -> Reply:
    """SOSL by GET; up to v36 the reply is a bare array (spec section 2)."""
    text = call.arguments.get("q")
    if text is None:
        raise SalesforceError(400, "MALFORMED_SEARCH", "A search string has to be specified")
    records = run_search(call.org, call.view, parse_search(text), call.version)
    return Reply(200, records if float(call.version) <= _BARE_ARRAY_UP_TO else {"searchRecords": records})


def parameterized_search(call: Call) -> Reply:
    """Search by named parameters: q, in, fields, sobjects, defaultLimit, overallLimit."""
    parameters = call.json_object() if call.method == "POST" else _from_url(call.arguments)
    unknown = parameters.keys() - _PARAMETERS - _WITHOUT_EFFECT
    if unknown:
        raise json_error(f'Unrecognized field "{min(unknown)}" in a parameterized search at [line:1, column:2]')
    text = parameters.get("q")
    if not isinstance(text, str) or not text:
        raise SalesforceError(400, "MALFORMED_SEARCH", "A search string has to be specified")
    group = str(parameters.get("in", "ALL")).upper()
    if group not in GROUPS:
        raise json_error(f"Cannot deserialize instance of SearchFields from VALUE_STRING value {group}")
    limit = _limit(parameters, "overallLimit")
    parsed = Search(text, parse_expression(text, 0, len(text)), group, _returned(parameters), limit)
    return Reply(200, {"searchRecords": run_search(call.org, call.view, parsed, call.version)})


def _from_url(arguments: Mapping[str, str]) -> dict[str, Any]:
    """``sobject`` may stand several times; ``Account.fields``, ``Account.limit`` and so on belong to one of them."""
    listed = arguments.getlist("sobject") if isinstance(arguments, MultiDict) else [arguments.get("sobject")]
    names = [name for name in listed if name]
    sobjects = [{"name": name} | _own_parameters(arguments, name) for name in names]
    own = {f"{name}.{detail}" for name in names for detail in _DETAILS}
    plain = {name: value for name, value in arguments.items() if name != "sobject" and name not in own}
    return plain | ({"sobjects": sobjects} if names else {})


def _own_parameters(arguments: Mapping[str, str], name: str) -> dict[str, str]:
    return {detail: arguments[f"{name}.{detail}"] for detail in _DETAILS if f"{name}.{detail}" in arguments}


def _returned(parameters: dict[str, Any]) -> tuple[Returned, ...]:
    listed = parameters.get("sobjects", [])
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise json_error("Cannot deserialize instance of sobjects: it is a list of objects with a name")
    return tuple(_one(entry, parameters) for entry in listed)


def _one(entry: dict[str, Any], parameters: dict[str, Any]) -> Returned:
    fields = entry.get("fields") or parameters.get("fields") or ["Id"]
    names = fields.split(",") if isinstance(fields, str) else fields
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise json_error("Cannot deserialize instance of fields: it is a list of names")
    limit = _limit(entry, "limit") or _limit(parameters, "defaultLimit")
    where, order = entry.get("where"), entry.get("orderBy")
    body = ",".join(names)
    body += f" WHERE {where}" if where else ""
    body += f" ORDER BY {order}" if order else ""
    body += f" LIMIT {limit}" if limit else ""
    query = parse_returning(body)
    if not query.only_fields:
        raise json_error("Cannot deserialize instance of fields: only names of fields are allowed")
    return Returned(str(entry.get("name", "")), query)


def _limit(parameters: dict[str, Any], name: str) -> int | None:
    value = parameters.get(name)
    if value is None:
        return None
    if not re.fullmatch(r"\d{1,6}", str(value)) or not 1 <= int(value) <= ENGINE_ROWS:
        raise json_error(f"{name} must be a number from 1 to {ENGINE_ROWS}")
    return int(value)
