"""When an Event takes place: what Salesforce demands, and the fields it fills in from the others."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from salesforce_sandbox.clock import parse_date, parse_datetime, wire_datetime
from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.records.draft import Draft

_TIMES = ("StartDateTime", "ActivityDateTime", "ActivityDate", "EndDateTime", "DurationInMinutes")


def event_times(draft: Draft) -> dict[str, Any]:
    """Return the Event's times, all of them, from those that are set.

    Documented: a start, and either a duration or an end; given both, they agree. The sandbox itself may leave them out.
    Raises REQUIRED_FIELD_MISSING (recorded), FIELD_INTEGRITY_EXCEPTION, INVALID_FIELD_FOR_INSERT_UPDATE.
    """
    if not draft.creating and not any(map(draft.touched, _TIMES)):
        return {}
    start, minutes = _start(draft), _minutes(draft)
    missing = ["DurationInMinutes"] * (minutes is None and _end(draft) is None) + ["ActivityDateTime"] * (start is None)
    if start is None or missing:
        return _incomplete(draft, missing)
    end = _end(draft) if minutes is None else start + timedelta(minutes=minutes)
    if end is None or end < start:
        message = "Event duration can not be negative"
        raise SalesforceError(400, "FIELD_INTEGRITY_EXCEPTION", message, ["DurationInMinutes"])
    _check_agreement(draft, end)
    day, last_day = start.date().isoformat(), end.date().isoformat()
    duration = int((end - start).total_seconds() // 60)
    stamps = {"StartDateTime": wire_datetime(start), "ActivityDateTime": wire_datetime(start)}
    return stamps | {
        "ActivityDate": day, "EndDateTime": wire_datetime(end), "EndDate": last_day, "DurationInMinutes": duration,
    }  # fmt: skip


def _incomplete(draft: Draft, missing: list[str]) -> dict[str, Any]:
    if draft.view.user is None:
        return {}
    message = f"Required fields are missing: [{', '.join(missing)}]"
    raise SalesforceError(400, "REQUIRED_FIELD_MISSING", message, missing)


def _start(draft: Draft) -> datetime | None:
    given = next((draft.changes[n] for n in ("StartDateTime", "ActivityDateTime") if draft.touched(n)), None)
    if given is None and draft.value("IsAllDayEvent") and draft.value("ActivityDate"):
        return parse_datetime(f"{parse_date(draft.value('ActivityDate'))}T00:00:00Z")
    kept = given or draft.value("StartDateTime")
    return parse_datetime(kept) if kept else None


def _end(draft: Draft) -> datetime | None:
    end = draft.value("EndDateTime")
    return parse_datetime(end) if end else None


def _minutes(draft: Draft) -> int | None:
    """A new end alone gives a new duration."""
    if draft.touched("EndDateTime") and not draft.touched("DurationInMinutes"):
        return None
    minutes: int | None = draft.value("DurationInMinutes")
    return minutes


def _check_agreement(draft: Draft, end: datetime) -> None:
    given = draft.touched("EndDateTime") and draft.changes["EndDateTime"]
    if given and parse_datetime(given) != end:
        message = "The end of the event must be its start plus its duration"
        raise SalesforceError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, ["EndDateTime"])
