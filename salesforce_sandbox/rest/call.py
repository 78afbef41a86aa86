"""One REST call and its reply, apart from HTTP so that composite requests can carry calls too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from salesforce_sandbox.access import View
from salesforce_sandbox.errors import AmbiguousExternalIdError, SalesforceError, json_error
from salesforce_sandbox.org import Org
from salesforce_sandbox.users import LoginUser

JSON = "application/json;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Call:
    """``path`` is what follows the version, without slashes around it; ``headers`` are keyed in lower case."""

    org: Org
    user: LoginUser
    view: View
    version: str
    method: str
    path: str
    arguments: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)
    raw_body: bytes = b""
    parsed_body: Any = None

    @property
    def base(self) -> str:
        return f"/services/data/v{self.version}"

    def json_object(self) -> dict[str, Any]:
        """Return the body as a JSON object. Raises JSON_PARSER_ERROR."""
        if self.parsed_body is None:
            _check_media_type(self.headers)
        body = self.parsed_body if self.parsed_body is not None else parse_json(self.raw_body)
        if not isinstance(body, dict):
            raise json_error("The JSON document must be an object at [line:1, column:1]")
        return body


@dataclass(frozen=True, slots=True)
class Reply:
    """``body`` None: no content; with another ``content_type`` than JSON it is a text."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON


def _check_media_type(headers: Mapping[str, str]) -> None:
    """Only JSON is read; a client that names no type means it. Raises UNSUPPORTED_MEDIA_TYPE."""
    given = headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in {"", "application/json"}:
        message = f"Content-Type header specified in HTTP request is not supported: {given}"
        raise SalesforceError(415, "UNSUPPORTED_MEDIA_TYPE", message)


def parse_json(raw: bytes) -> Any:
    """Read a request body. Raises JSON_PARSER_ERROR."""
    try:
        return _storable(raw, json.loads(raw, parse_constant=_refuse_constant))
    except json.JSONDecodeError as error:
        shown = raw[error.pos : error.pos + 20].decode("utf-8", "replace")
        raise json_error(f"Unexpected input '{shown}' at [line:{error.lineno}, column:{error.colno}]") from None
    except (ValueError, RecursionError):
        raise json_error("The JSON document could not be read at [line:1, column:1]") from None


def _storable(raw: bytes, value: Any) -> Any:
    """Return the value; half a surrogate pair cannot be stored and raises UnicodeEncodeError, a ValueError."""
    if b"\\ud" in raw.lower():
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def error_reply(error: SalesforceError) -> Reply:
    if isinstance(error, AmbiguousExternalIdError):
        return Reply(error.status, error.addresses)
    return Reply(error.status, [error.body()])
