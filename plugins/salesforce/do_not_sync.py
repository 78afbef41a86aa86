"""The list of numbers, beginnings of numbers and lines that never reach Salesforce, as it is stored (B11).

Whoever is about to ask or tell Salesforce something about a call asks here first: `excluded` for one call,
`read_do_not_sync` for many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping, and_, delete, func, or_, select, true

from host.plugin_api import Call, PluginContext, parse_number
from plugins.salesforce.api_state import inserting, utc
from plugins.salesforce.domain.do_not_sync import EXCLUDED_REASONS, DoNotSync, Excluded, beginnings
from plugins.salesforce.domain.listing import read_beginning, read_line
from plugins.salesforce.tables import do_not_sync

MOST_ENTRIES = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the list. `value` is written as `DoNotSync` has it."""

    kind: Excluded
    value: str
    note: str
    added_by: str
    added_at: datetime


def line_key(line: str, region: str) -> str:
    """How the list names this line of a call; "" if it can name it in no way."""
    return read_line(line, region) or ""


def excluded(context: PluginContext, call: Call) -> str | None:
    """Why nothing of this call may reach Salesforce, as a sentence for people; None if it may."""
    rows = [
        and_(do_not_sync.c.kind == Excluded.NUMBER, do_not_sync.c.value == (call.number or "")),
        and_(do_not_sync.c.kind == Excluded.PREFIX, do_not_sync.c.value.in_(list(beginnings(call.number)))),
        and_(do_not_sync.c.kind == Excluded.LINE, do_not_sync.c.value == line_key(call.line, context.site.region)),
    ]
    with context.database.reading() as connection:
        kinds = set(connection.execute(select(do_not_sync.c.kind).where(or_(*rows))).scalars())
    return next((reason for kind, reason in EXCLUDED_REASONS.items() if kind in kinds), None)


def read_do_not_sync(context: PluginContext) -> DoNotSync:
    """The whole list."""
    with context.database.reading() as connection:
        rows = connection.execute(select(do_not_sync.c.kind, do_not_sync.c.value)).all()
    values = {kind: frozenset(value for of_kind, value in rows if of_kind == kind) for kind in Excluded}
    return DoNotSync(numbers=values[Excluded.NUMBER], prefixes=values[Excluded.PREFIX], lines=values[Excluded.LINE])


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """Some entries, of `total` that were asked for."""

    entries: tuple[Entry, ...]
    total: int


def find(context: PluginContext, text: str = "", *, skip: int = 0, limit: int = 100) -> EntryPage:
    """The entries whose value or note holds this text, beginnings and numbers also as they are written at home."""
    wanted = [text.casefold(), *filter(None, (read(text, context.site.region) for read in (parse_number, read_beginning)))]
    columns = (do_not_sync.c.value, func.lower(do_not_sync.c.note))
    holds = or_(*(column.contains(word, autoescape=True) for column in columns for word in wanted))
    where = holds if text else true()
    query = select(do_not_sync).where(where).order_by(do_not_sync.c.kind, do_not_sync.c.value).offset(skip).limit(limit)
    with context.database.reading() as connection:
        total = connection.execute(select(func.count()).select_from(do_not_sync).where(where)).scalar_one()
        rows = connection.execute(query).mappings().all()
    return EntryPage(entries=tuple(_entry(row) for row in rows), total=total)


def counts(context: PluginContext) -> dict[Excluded, int]:
    """How many entries there are of each kind."""
    query = select(do_not_sync.c.kind, func.count().label("entries")).group_by(do_not_sync.c.kind)
    with context.database.reading() as connection:
        found = {row.kind: int(row.entries) for row in connection.execute(query)}
    return {kind: found.get(kind, 0) for kind in Excluded}


class ListFull(Exception):
    """There would be more than `MOST_ENTRIES`; nothing was added."""


def add(context: PluginContext, new: Sequence[Entry]) -> int:
    """Add those that are not on the list yet, all or none; gives back how many were.

    Raises:
        ListFull: they do not fit.
    """
    with context.database.writing() as connection:
        known = {(row.kind, row.value) for row in connection.execute(select(do_not_sync.c.kind, do_not_sync.c.value))}
        rows = {(entry.kind, entry.value): _row(entry) for entry in new if (entry.kind, entry.value) not in known}
        if len(known) + len(rows) > MOST_ENTRIES:
            raise ListFull
        if rows:
            connection.execute(inserting(connection, do_not_sync).on_conflict_do_nothing(), list(rows.values()))
    return len(rows)


def remove(context: PluginContext, kind: str, value: str) -> bool:
    """Take it from the list; false if it is not there."""
    with context.database.writing() as connection:
        where = and_(do_not_sync.c.kind == kind, do_not_sync.c.value == value)
        return connection.execute(delete(do_not_sync).where(where)).rowcount == 1


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "kind": entry.kind.value,
        "value": entry.value,
        "note": entry.note,
        "added_by": entry.added_by,
        "added_at": entry.added_at.astimezone(UTC),
    }


def _entry(row: RowMapping) -> Entry:
    plain = {name: row[name] for name in ("value", "note", "added_by")}
    return Entry(kind=Excluded(row["kind"]), added_at=utc(row["added_at"]) or row["added_at"], **plain)
