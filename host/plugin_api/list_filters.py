"""Reads the filters of a list from an address, where they stay so that a view can be kept and shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

FROM, TO = "from", "to"
LONGEST = 100
LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Period:
    """From the one moment on, and up to the other, which is not part of it (UTC); None is open. `typed` as it was typed."""

    typed: Mapping[str, str]
    since: datetime | None
    until: datetime | None
    errors: Mapping[str, list[str]]


def read_text(arguments: Mapping[str, str], name: str) -> str:
    """A text to look for; "" if there is none, or none that a database could hold."""
    text = arguments.get(name, "").strip()[:LONGEST]
    storable = "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
    return text if storable else ""


def read_position(arguments: Mapping[str, str], name: str = "before") -> int | None:
    """The id of the line where the next page begins; None if it is no id."""
    text = arguments.get(name, "")
    position = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_ID)) else None
    return position if position is not None and position <= LARGEST_ID else None


def read_period(arguments: Mapping[str, str], zone: ZoneInfo) -> Period:
    """The days `from` and `to` of an address, both included; what means nothing is named in `errors` and left out."""
    typed = {name: value for name in (FROM, TO) if (value := arguments.get(name, "").strip()[:LONGEST])}
    errors: dict[str, list[str]] = {}
    since = _moment(FROM, typed, zone, errors)
    until = _moment(TO, typed, zone, errors, days=1)
    if since and until and since >= until:
        errors[TO] = [_("The end lies before the beginning.")]
    return Period(typed, since, until, errors)


def _moment(
    name: str, typed: Mapping[str, str], zone: ZoneInfo, errors: dict[str, list[str]], *, days: int = 0
) -> datetime | None:
    """The first moment of the site's day, or of one some days after it."""
    if name not in typed:
        return None
    try:
        day = date.fromisoformat(typed[name]) + timedelta(days=days)
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        errors[name] = [_("Write a date as 2026-11-30.")]
        return None
