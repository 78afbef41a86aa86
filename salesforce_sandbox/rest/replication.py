"""/updated and /deleted: which records changed in a span of time (spec section 9)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from salesforce_sandbox.clock import parse_datetime, wire_datetime
from salesforce_sandbox.errors import SalesforceError, not_found
from salesforce_sandbox.rest.call import Call, Reply
from salesforce_sandbox.schema.model import SObject

_UPDATED_DAYS, _DELETED_DAYS = 30, 15
MOST_IDS = 600_000


@dataclass(frozen=True, slots=True)
class _Span:
    """Whole minutes: seconds are ignored."""

    start: datetime
    end: datetime


def updated(call: Call, match: re.Match[str]) -> Reply:
    """Ids of records made or changed; ``latestDateCovered`` is the next start."""
    sobject = _replicated(call, match[1])
    span = _span(call, _UPDATED_DAYS)
    found = [record_id for record_id, _ in _changed(call, sobject, span, deleted=False)]
    return Reply(200, {"ids": found, "latestDateCovered": wire_datetime(span.end)})


def deleted(call: Call, match: re.Match[str]) -> Reply:
    """Ids of deleted records and when they went."""
    sobject = _replicated(call, match[1])
    span = _span(call, _DELETED_DAYS)
    found = _changed(call, sobject, span, deleted=True)
    body = {
        "deletedRecords": [{"id": record_id, "deletedDate": stamp} for record_id, stamp in found],
        "earliestDateAvailable": wire_datetime(_minute(call.org.clock.now() - timedelta(days=_DELETED_DAYS))),
        "latestDateCovered": wire_datetime(span.end),
    }
    return Reply(200, body)


def _replicated(call: Call, name: str) -> SObject:
    sobject = call.view.find(name)
    if sobject is None:
        raise not_found()
    return sobject


def _span(call: Call, days: int) -> _Span:
    start, end = (_moment(call, name) for name in ("start", "end"))
    now = call.org.clock.now()
    if start > now:
        raise _bad_date("startDate cannot be in the future")
    if start >= end:
        raise _bad_date("endDate must be at least one minute greater than startDate")
    if start < _minute(now - timedelta(days=days)):
        raise _bad_date(f"startDate cannot be more than {days} days ago")
    return _Span(start, min(end, _minute(now)) if _minute(now) > start else end)


def _moment(call: Call, name: str) -> datetime:
    """Read a date-time parameter; a plus that a client left unescaped arrives as a space."""
    value = call.arguments.get(name)
    if value is None:
        raise SalesforceError(400, "MISSING_ARGUMENT", f"The parameter {name} is required")
    try:
        return _minute(parse_datetime(value.replace(" ", "+")))
    except (ValueError, OverflowError):
        raise _bad_date(f"invalid date format: {value}") from None


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _bad_date(message: str) -> SalesforceError:
    return SalesforceError(400, "INVALID_REPLICATION_DATE", message)


def _changed(call: Call, sobject: SObject, span: _Span, *, deleted: bool) -> list[tuple[str, str]]:
    """Return ids and system times; a record whose last minute is not over yet is in the next span too."""
    sql = (
        f'SELECT Id, SystemModstamp FROM "{sobject.name}" WHERE SystemModstamp >= ? AND SystemModstamp < ? '  # noqa: S608
        f"AND IsDeleted = ? ORDER BY Id LIMIT {MOST_IDS + 1}"
    )
    after = span.end + timedelta(minutes=1) if span.end >= _minute(call.org.clock.now()) else span.end
    parameters = (wire_datetime(span.start), wire_datetime(after), int(deleted))
    rows = [(row[0], row[1]) for row in call.org.database.rows(sql, parameters)]
    if len(rows) > MOST_IDS:
        raise SalesforceError(400, "EXCEEDED_ID_LIMIT", f"exceeded {MOST_IDS} ids; reduce date range")
    return [(record_id, stamp) for record_id, stamp in rows if call.view.shares(record_id)]
