"""The value a mapped field of Task receives, in the form of its type (R24)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from plugins.salesforce.domain.activity.call_kind import kind_of
from plugins.salesforce.domain.activity.facts import ActivityFacts
from plugins.salesforce.domain.activity.length import clean, cut, length, one_line
from plugins.salesforce.domain.activity.source import TIMES, Source
from plugins.salesforce.domain.activity.task_schema import TaskField
from plugins.salesforce.domain.activity.told import memo_items, memo_text, talk_seconds
from plugins.salesforce.domain.activity.words import kind_synonyms, kind_word, moment_text

LONGEST_CHOICE = 255
Choices = tuple[tuple[str, ...], ...]
"""What is to be picked in a picklist, each with the names it may have there: the first is our own for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """In which zone times are told and in which language words are written."""

    zone: ZoneInfo
    language: str


def mapped_value(source: Source, field: TaskField, facts: ActivityFacts, place: Place) -> Any:
    """The JSON value for a field that fits the source; None is "empty", also where the field cannot take what is there."""
    if source in TIMES:
        return _moment(_time_of(source, facts), field, place)
    if source is Source.TALK_SECONDS:
        return _number(talk_seconds(facts.call), field)
    if field.type in ("picklist", "multipicklist"):
        return _picked(_choices(source, facts, place), field)
    return _text(_text_of(source, facts, place), field)


def _time_of(source: Source, facts: ActivityFacts) -> datetime | None:
    call = facts.call
    return {
        Source.DIAL_STARTED_AT: call.started_at,
        Source.TALK_STARTED_AT: call.answered_at,
        Source.ENDED_AT: call.ended_at,
    }[source]


def _moment(at: datetime | None, field: TaskField, place: Place) -> str | None:
    if at is None:
        return None
    if field.type == "datetime":
        return instant(at)
    if field.type == "date":
        return day(at, place.zone)
    return _text(moment_text(at, place.zone, place.language), field)


def instant(at: datetime) -> str:
    """A moment as Salesforce writes it, "2026-01-15T12:34:56.000+0000"; it keeps no fraction of a second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def day(at: datetime, zone: ZoneInfo) -> str:
    """The date in the site's zone: a date in Salesforce has no zone and is never shifted."""
    return at.astimezone(zone).date().isoformat()


def _number(seconds: int | None, field: TaskField) -> int | str | None:
    if seconds is None or field.type not in ("int", "double"):
        return None if seconds is None else _text(str(seconds), field)
    return seconds if not field.digits or seconds < 10**field.digits else None


def _text_of(source: Source, facts: ActivityFacts, place: Place) -> str:
    memo, analysis = facts.memo, facts.analysis
    return {
        Source.MEMO: lambda: memo_text(memo),
        Source.MEMO_ITEMS: lambda: memo_items(memo),
        Source.CALL_TYPE: lambda: kind_word(kind_of(facts.call), place.language),
        Source.CALL_URL: lambda: facts.call.url,
        Source.TRANSCRIPT: lambda: analysis.transcript if analysis else "",
        Source.SUMMARY: lambda: analysis.summary if analysis else "",
    }[source]()


def _text(text: str, field: TaskField) -> str | None:
    tidy = clean(text) if field.type == "textarea" else one_line(text)
    if field.type == "url":  # half an address leads nowhere
        return tidy if tidy and length(tidy) <= field.length else None
    return (cut(tidy, field.length) if field.length else tidy) or None


def _choices(source: Source, facts: ActivityFacts, place: Place) -> Choices:
    if source is Source.CALL_TYPE:
        kind = kind_of(facts.call)
        return ((kind_word(kind, place.language), *kind_synonyms(kind)),)
    return tuple((item,) for item in facts.memo.items) if facts.memo else ()


def _picked(choices: Choices, field: TaskField) -> str | None:
    """The values among a picklist's own; where it takes others too, a choice it does not know is written as it is."""
    found = [value for value in (_pick(names, field) for names in choices) if value]
    if field.type == "picklist":
        return next(iter(found), None)
    order = [known.value for known in field.values]  # Salesforce gives several back in the picklist's own order
    return ";".join(sorted(dict.fromkeys(found), key=lambda value: (*order, value).index(value))) or None


def _pick(names: tuple[str, ...], field: TaskField) -> str | None:
    known = _first(field.value_of(name) for name in names)
    if known is not None or field.restricted:
        return known
    free = one_line(names[0]).replace(";", ",")
    return free if free and length(free) <= LONGEST_CHOICE else None


def _first(found: Iterable[str | None]) -> str | None:
    return next((value for value in found if value is not None), None)
