"""Conditional requests on records: by time, to the second, for every object; by entity tag for Account (spec section 7)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from salesforce_sandbox.clock import parse_datetime
from salesforce_sandbox.errors import SalesforceError

_TAGGED = "Account"
_TAG = re.compile(r'\s*(?:W/)?"([^"]*)"\s*')


def precondition_failed(headers: Mapping[str, str], object_name: str, record: Mapping[str, Any]) -> bool:
    """Tell whether the record changed since ``If-Unmodified-Since`` or is not the one of ``If-Match``."""
    limit = _header_time(headers, "if-unmodified-since")
    if limit is not None and parse_datetime(stamp_of(record)) > limit:
        return True
    return object_name == _TAGGED and "if-match" in headers and not _names(headers["if-match"], record)


def not_modified(headers: Mapping[str, str], object_name: str, record: Mapping[str, Any]) -> bool:
    """Tell whether the client has the record already, by ``If-None-Match`` or ``If-Modified-Since``."""
    if object_name == _TAGGED and "if-none-match" in headers:
        return _names(headers["if-none-match"], record)
    return unchanged_since(headers, stamp_of(record))


def unchanged_since(headers: Mapping[str, str], stamp: str) -> bool:
    """Tell whether something is as old as ``If-Modified-Since`` says."""
    limit = _header_time(headers, "if-modified-since")
    return limit is not None and parse_datetime(stamp) <= limit


def validators(object_name: str, record: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers by which a client can ask again."""
    tag = {"ETag": f'"{_tag(record)}"'} if object_name == _TAGGED else {}
    return {"Last-Modified": http_date(stamp_of(record)), **tag}


def stamp_of(record: Mapping[str, Any]) -> str:
    return str(record.get("LastModifiedDate") or record["SystemModstamp"])


def http_date(stamp: str) -> str:
    return format_datetime(parse_datetime(stamp).astimezone(UTC), usegmt=True)


def _tag(record: Mapping[str, Any]) -> str:
    return base64.b64encode(hashlib.sha256(repr(sorted(record.items())).encode()).digest()[:20]).decode()


def _names(header: str, record: Mapping[str, Any]) -> bool:
    """Tell whether a list of tags, or the star, means this record. Raises 400 for what is neither."""
    if header.strip() == "*":
        return True
    listed = [_TAG.fullmatch(part) for part in header.split(",")]
    if not all(listed):
        raise _invalid("ETag", header)
    return any(match is not None and match[1].removesuffix("-gzip") == _tag(record) for match in listed)


def _header_time(headers: Mapping[str, str], name: str) -> datetime | None:
    value = headers.get(name)
    if value is None:
        return None
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        raise _invalid(name.title(), value) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _invalid(name: str, value: str) -> SalesforceError:
    return SalesforceError(400, "INVALID_HTTP_HEADER", f"Invalid value for header {name}: {value}")
