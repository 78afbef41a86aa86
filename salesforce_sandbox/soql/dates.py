"""SOQL's date literals: which days ``LAST_N_DAYS:3`` means, in the user's time zone."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from salesforce_sandbox.clock import wire_datetime

_UNITS = {"DAY": "DAY", "DAYS": "DAY", "WEEK": "WEEK", "WEEKS": "WEEK", "MONTH": "MONTH", "MONTHS": "MONTH",
          "QUARTER": "QUARTER", "QUARTERS": "QUARTER", "YEAR": "YEAR", "YEARS": "YEAR"}  # fmt: skip
_SIMPLE = {"TODAY": 0, "YESTERDAY": -1, "TOMORROW": 1}
# The org's fiscal year is the calendar year, Salesforce's default.
_NAMED = re.compile(r"(LAST|THIS|NEXT)_(WEEK|MONTH|(?:FISCAL_)?QUARTER|(?:FISCAL_)?YEAR)")
_COUNTED = re.compile(r"(LAST|NEXT)_N_(DAYS|WEEKS|MONTHS|(?:FISCAL_)?QUARTERS|(?:FISCAL_)?YEARS)")
_AGO = re.compile(r"N_(DAYS|WEEKS|MONTHS|(?:FISCAL_)?QUARTERS|(?:FISCAL_)?YEARS)_AGO")
_MOST = 10_000


def literal_range(name: str, amount: str | None, today: date) -> tuple[date, date] | None:
    """Return the first day and the day after the last, None if there is no such literal.

    Raises OverflowError or ValueError where the calendar ends.
    """
    name = name.upper()
    if amount is None:
        return _plain_range(name, today)
    if not amount.isdecimal() or int(amount) > _MOST:
        return None
    return _counted_range(name, int(amount), today)


def _plain_range(name: str, today: date) -> tuple[date, date] | None:
    if name in _SIMPLE:
        day = today + timedelta(_SIMPLE[name])
        return day, day + timedelta(1)
    if name == "LAST_90_DAYS":
        return today - timedelta(90), today + timedelta(1)
    if name == "NEXT_90_DAYS":
        return today + timedelta(1), today + timedelta(91)
    match = _NAMED.fullmatch(name)
    if match is None:
        return None
    steps = {"LAST": -1, "THIS": 0, "NEXT": 1}[match[1]]
    unit = _unit(match[2])
    first = unit_start(today, unit)
    return unit_shift(first, unit, steps), unit_shift(first, unit, steps + 1)


def _counted_range(name: str, amount: int, today: date) -> tuple[date, date] | None:
    if match := _COUNTED.fullmatch(name):
        unit = _unit(match[2])
        first = unit_start(today, unit)
        if match[1] == "LAST":
            return unit_shift(first, unit, -amount), first + timedelta(1) if unit == "DAY" else first
        return unit_shift(first, unit, 1), unit_shift(first, unit, amount + 1)
    if match := _AGO.fullmatch(name):
        unit = _unit(match[1])
        first = unit_shift(unit_start(today, unit), unit, -amount)
        return first, unit_shift(first, unit, 1)
    return None


def _unit(name: str) -> str:
    return _UNITS[name.removeprefix("FISCAL_")]


def unit_start(day: date, unit: str) -> date:
    """Return the first day of the week (Sunday), month, quarter or year."""
    if unit == "WEEK":
        return day - timedelta((day.weekday() + 1) % 7)
    if unit == "MONTH":
        return day.replace(day=1)
    if unit == "QUARTER":
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return date(day.year, 1, 1) if unit == "YEAR" else day


def unit_shift(first: date, unit: str, steps: int) -> date:
    if unit in {"DAY", "WEEK"}:
        return first + timedelta(steps * (7 if unit == "WEEK" else 1))
    months = first.year * 12 + first.month - 1 + steps * {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit]
    return date(months // 12, months % 12 + 1, 1)


def day_start(day: date, zone: ZoneInfo) -> str:
    """Return the moment a day begins in a zone, as it is stored."""
    return wire_datetime(datetime.combine(day, time(), zone))
