"""From a JSON value to what is stored for a field, with Salesforce's refusals."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from salesforce_sandbox import ids
from salesforce_sandbox.clock import parse_date, parse_datetime, wire_datetime
from salesforce_sandbox.errors import SalesforceError, json_error
from salesforce_sandbox.schema.model import NUMBER_TYPES, Field

_FIRST_YEAR, _LAST_YEAR = 1700, 4000
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def stored_value(field: Field, value: Any) -> Any:
    """Return the stored form; empty text is null, text is trimmed, date-times lose their fraction."""
    if field.type == "boolean":
        return _boolean(value)
    if value is None:
        return None
    if field.type in NUMBER_TYPES:
        return _number(field, value)
    if not isinstance(value, str):
        raise _wrong_type(field, value)
    return _text(field, value)


def _boolean(value: Any) -> int:
    if not isinstance(value, bool):
        raise _cannot_read("boolean", value)
    return int(value)


def _number(field: Field, value: Any) -> int | float:
    try:
        number = float(value) if not isinstance(value, bool) else None
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None or number != number:
        raise _wrong_type(field, value)
    whole = field.digits or field.precision - field.scale
    if abs(number) >= 10**whole:
        message = f"{field.label}: value outside of valid range on numeric field: {value}"
        raise SalesforceError(400, "NUMBER_OUTSIDE_VALID_RANGE", message, [field.name])
    if field.type != "int":
        return number
    if number != int(number):
        raise _wrong_type(field, value)
    return int(number)


def _text(field: Field, value: str) -> str | None:
    text = value.rstrip() if field.type == "textarea" else value.strip()
    if not text:
        return None
    if field.is_id:
        return _id(field, text)
    if field.type in {"date", "datetime"}:
        return _moment(field, text)
    if field.length and len(text) > field.length:
        message = f"{field.label}: data value too large: {text} (max length={field.length})"
        raise SalesforceError(400, "STRING_TOO_LONG", message, [field.name])
    if field.has("R") and field.values and text not in field.values:
        message = f"{field.label}: bad value for restricted picklist field: {text}"
        raise SalesforceError(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, [field.name])
    if field.type == "email" and not _EMAIL.fullmatch(text):
        message = f"{field.label}: invalid email address: {text}"
        raise SalesforceError(400, "INVALID_EMAIL_ADDRESS", message, [field.name])
    return text


def _id(field: Field, text: str) -> str:
    long_id = ids.to_18(text)
    if long_id is None:
        message = f"{field.label}: id value of incorrect type: {text}"
        raise SalesforceError(400, "MALFORMED_ID", message, [field.name])
    return long_id


def _moment(field: Field, text: str) -> str:
    try:
        moment = parse_date(text) if field.type == "date" else parse_datetime(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong_type(field, text) from None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        message = f"{field.label}: invalid date: {text}"
        raise SalesforceError(400, "NUMBER_OUTSIDE_VALID_RANGE", message, [field.name])
    return wire_datetime(moment) if isinstance(moment, datetime) else moment.isoformat()


def _wrong_type(field: Field, value: Any) -> SalesforceError:
    kind = field.type if field.type in NUMBER_TYPES | {"date", "datetime"} else "string"
    return _cannot_read(kind, value)


def _cannot_read(kind: str, value: Any) -> SalesforceError:
    token, shown = _json_token(value)
    return json_error(
        f"Cannot deserialize instance of {kind} from {token} value {shown} "
        "or request may be missing a required field at [line:1, column:2]"
    )


def _json_token(value: Any) -> tuple[str, str]:
    if isinstance(value, bool):
        return ("VALUE_TRUE", "true") if value else ("VALUE_FALSE", "false")
    if isinstance(value, str):
        return "VALUE_STRING", value
    if isinstance(value, int):
        return "VALUE_NUMBER_INT", str(value)
    if isinstance(value, float):
        return "VALUE_NUMBER_FLOAT", str(value)
    if value is None:
        return "VALUE_NULL", "null"
    return ("START_OBJECT", "{") if isinstance(value, dict) else ("START_ARRAY", "[")


def shown_value(field: Field, value: Any) -> Any:
    """Return the JSON form of a stored value."""
    return bool(value) if field.type == "boolean" else value
