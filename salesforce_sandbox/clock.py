"""The org's time: real time plus an offset, and Salesforce's way of writing it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_ZONE = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")
_DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(slots=True)
class Clock:
    """Real UTC time moved by ``offset``; the control API moves it to make sessions and cursors old."""

    offset: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def timestamp(self) -> float:
        return self.now().timestamp()

    def stamp(self) -> str:
        return wire_datetime(self.now())


def wire_datetime(moment: datetime) -> str:
    """``2026-01-15T12:34:56.000+0000``: whole seconds, no colon in the zone (spec section 9)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") + ".000+0000"


def parse_datetime(text: str) -> datetime:
    """Read an ISO date-time; without a zone it is UTC. Raises ValueError."""
    if not _DATETIME.fullmatch(text):
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def parse_date(text: str) -> date:
    """Read a date; a date-time is cut to its date as written. Raises ValueError."""
    day = text[:10] if _DATETIME.fullmatch(text) else text
    if not _DATE.fullmatch(day):
        raise ValueError(text)
    return date.fromisoformat(day)


def has_zone(text: str) -> bool:
    """Tell whether a date-time text names its zone, as a SOQL literal must."""
    return bool(_ZONE.search(text))
