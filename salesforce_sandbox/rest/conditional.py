"""If-Modified-Since and If-Unmodified-Since on records: to the second, by LastModifiedDate (spec section 7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from salesforce_sandbox.clock import parse_datetime
from salesforce_sandbox.errors import SalesforceError


def precondition_failed(headers: Mapping[str, str], last_modified: str) -> bool:
    """Tell whether the record changed since ``If-Unmodified-Since``."""
    limit = _header_time(headers, "if-unmodified-since")
    return limit is not None and parse_datetime(last_modified) > limit


def not_modified(headers: Mapping[str, str], last_modified: str) -> bool:
    """Tell whether the record is as old as ``If-Modified-Since`` says."""
    limit = _header_time(headers, "if-modified-since")
    return limit is not None and parse_datetime(last_modified) <= limit


def http_date(stamp: str) -> str:
    return format_datetime(parse_datetime(stamp).astimezone(UTC), usegmt=True)


def _header_time(headers: Mapping[str, str], name: str) -> datetime | None:
    value = headers.get(name)
    if value is None:
        return None
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        message = f"Invalid value for header {name.title()}: {value}"
        raise SalesforceError(400, "INVALID_HTTP_HEADER", message) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
