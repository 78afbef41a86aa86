"""/composite and /composite/batch: several calls in one request."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from salesforce_sandbox.errors import SalesforceError, json_error
from salesforce_sandbox.rest.call import Call, Reply, error_reply
from salesforce_sandbox.rest.references import resolve
from salesforce_sandbox.rest.router import FIRST_VERSION, add_route, answer, resource_of

MOST_PARTS = 25
MOST_QUERIES = 5
_URL = re.compile(r"/?(?:services/data/)?v(\d{2,3}\.\d)/?(.*)")
_IN_COMPOSITE = frozenset({"sobjects", "query", "composite/sobjects"})
_IN_BATCH = frozenset({"limits", "sobjects", "query", "search"})
_METHODS = frozenset({"GET", "POST", "PATCH", "DELETE", "PUT"})
_REFERENCE_ID = re.compile(r"[A-Za-z0-9]\w*", re.ASCII)
_PASSED_ON = frozenset({"Location", "ETag", "Last-Modified"})
_HALTED = {
    "errorCode": "PROCESSING_HALTED",
    "message": "The transaction was rolled back since another operation in the same transaction failed.",
}


class _RolledBackError(Exception):
    """Ends the transaction of an allOrNone request; carries the failing part's place."""


def composite(call: Call) -> Reply:
    """Answer 200 with each part's own status; one API call whatever is in it."""
    body = call.json_object()
    parts = _parts(body, "compositeRequest")
    _check_parts(call, parts)
    if not body.get("allOrNone", False):
        return Reply(200, {"compositeResponse": _run_all(call, parts, stop_at_failure=False)})
    results: list[dict[str, Any]] = []
    try:
        with call.org.database.transaction():
            results = _run_all(call, parts, stop_at_failure=True)
    except _RolledBackError as failure:
        failed, reply = failure.args
        results = [_result(part, Reply(400, [_HALTED])) for part in parts]
        results[failed] = _result(parts[failed], reply)
    return Reply(200, {"compositeResponse": results})


def _parts(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    parts = body.get(name)
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        raise json_error(f"The request needs a list {name} of objects at [line:1, column:2]")
    if len(parts) > MOST_PARTS:
        message = f"The request has {len(parts)} subrequests; at most {MOST_PARTS} are allowed"
        raise SalesforceError(400, "LIMIT_EXCEEDED", message)
    return parts


def _check_parts(call: Call, parts: list[dict[str, Any]]) -> None:
    names: set[str] = set()
    for part in parts:
        name = part.get("referenceId")
        if not isinstance(name, str) or not _REFERENCE_ID.fullmatch(name):
            message = (
                f"Provided referenceId ('{name}') must start with a letter or a number, "
                "and it can contain only letters, numbers and underscores ('_')."
            )
            raise json_error(message)
        if name in names:
            raise json_error(f"Duplicate referenceId '{name}'")
        names.add(name)
    queries = sum(_resource(call, part) in {"query", "composite/sobjects"} for part in parts)
    if queries > MOST_QUERIES:
        message = f"The request has {queries} query or collection subrequests; at most {MOST_QUERIES} are allowed"
        raise SalesforceError(400, "LIMIT_EXCEEDED", message)


def _resource(call: Call, part: dict[str, Any]) -> str:
    try:
        return resource_of(_sub_call(call, part.get("method"), part.get("url"), None, {}))
    except SalesforceError:
        return "unknown"


def _run_all(call: Call, parts: list[dict[str, Any]], *, stop_at_failure: bool) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    bodies: dict[str, Any] = {}
    for index, part in enumerate(parts):
        reply = _run_part(call, part, bodies)
        if stop_at_failure and reply.status >= 400:
            raise _RolledBackError(index, reply)
        bodies[part["referenceId"]] = reply.body if reply.status < 400 else None
        results.append(_result(part, reply))
    return results


def _run_part(call: Call, part: dict[str, Any], bodies: dict[str, Any]) -> Reply:
    try:
        url, body = resolve(part.get("url"), bodies), resolve(part.get("body"), bodies)
        headers = part.get("httpHeaders") or {}
        sub_call = _sub_call(call, part.get("method"), url, body, headers if isinstance(headers, dict) else {})
        return _allowed(sub_call, _IN_COMPOSITE)
    except SalesforceError as error:
        return error_reply(error)


def _allowed(sub_call: Call, resources: frozenset[str]) -> Reply:
    resource = resource_of(sub_call)
    if resource not in resources and resource != "unknown":
        message = f"The resource '{sub_call.path}' is not supported in this request"
        raise SalesforceError(400, "INVALID_API_INPUT", message)
    return answer(sub_call)


def _sub_call(call: Call, method: Any, url: Any, body: Any, headers: dict[str, Any]) -> Call:
    """Build the call of a part; its version may not be newer than that of the request around it."""
    match = _URL.fullmatch(url) if isinstance(url, str) else None
    if match is None or method not in _METHODS:
        raise SalesforceError(400, "INVALID_API_INPUT", f"Invalid method or url in subrequest: {method} {url}")
    if not FIRST_VERSION <= float(match[1]) <= float(call.version):
        raise SalesforceError(400, "INVALID_API_INPUT", f"Invalid API version in subrequest: {match[1]}")
    parts = urlsplit("/" + match[2])
    return replace(
        call,
        version=match[1],
        method=method,
        path=unquote(parts.path).strip("/"),
        arguments=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers={str(name).lower(): str(value) for name, value in headers.items()},
        raw_body=b"",
        parsed_body={} if body is None else body,
    )


def _result(part: dict[str, Any], reply: Reply) -> dict[str, Any]:
    return {
        "body": reply.body,
        "httpHeaders": {name: value for name, value in reply.headers.items() if name in _PASSED_ON},
        "httpStatusCode": reply.status,
        "referenceId": part["referenceId"],
    }


def batch(call: Call) -> Reply:
    """Answer 200 with each part's own status; nothing is rolled back."""
    body = call.json_object()
    parts = _parts(body, "batchRequests")
    halt, failed = bool(body.get("haltOnError", False)), False
    results: list[dict[str, Any]] = []
    for part in parts:
        reply = _halted() if halt and failed else _batch_part(call, part)
        failed = failed or reply.status >= 400
        results.append({"statusCode": reply.status, "result": reply.body})
    return Reply(200, {"hasErrors": failed, "results": results})


def _batch_part(call: Call, part: dict[str, Any]) -> Reply:
    try:
        return _allowed(_sub_call(call, part.get("method"), part.get("url"), part.get("richInput"), {}), _IN_BATCH)
    except SalesforceError as error:
        return error_reply(error)


def _halted() -> Reply:
    message = "Batch processing halted per request settings because of error(s) in previous request(s)."
    return Reply(412, [{"errorCode": "BATCH_PROCESSING_HALTED", "message": message}])


def batch_cost(call: Call) -> int:
    """Each part of a batch counts against the limits; a batch that cannot be read counts once."""
    try:
        return len(_parts(call.json_object(), "batchRequests"))
    except SalesforceError:
        return 1


add_route("composite", "composite", 38, POST=lambda call, _: composite(call))
add_route("composite/batch", "composite/batch", 34, POST=lambda call, _: batch(call))
