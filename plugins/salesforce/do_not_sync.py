"""The list of numbers, beginnings of numbers and lines that never reach Salesforce, as it is stored (B11).

Whoever is about to ask or tell Salesforce something about a call asks here first: `excluded` for one call,
`read_do_not_sync` for many.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import and_, delete, func, insert, or_, select
from sqlalchemy.exc import IntegrityError

from host.plugin_api import Call, PluginContext, parse_number
from plugins.salesforce.domain.do_not_sync import EXCLUDED_REASONS, DoNotSync, Excluded, beginnings
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
    """How a line is compared: E.164 if it is a number in any writing, else its name without regard to case."""
    return parse_number(line, region) or " ".join(line.split()).casefold()


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


def entries(context: PluginContext) -> tuple[Entry, ...]:
    """All entries for people to read: numbers, then beginnings, then lines."""
    query = select(do_not_sync).order_by(do_not_sync.c.value)
    with context.database.reading() as connection:
        rows = connection.execute(query).all()
    found = [
        Entry(kind=Excluded(row.kind), value=row.value, note=row.note, added_by=row.added_by, added_at=_utc(row.added_at))
        for row in rows
    ]
    return tuple(entry for kind in Excluded for entry in found if entry.kind is kind)


def add(context: PluginContext, entry: Entry) -> bool:
    """Store it; false if it is there already, or if the list is full (`MOST_ENTRIES`)."""
    with context.database.writing() as connection:
        if connection.execute(select(func.count()).select_from(do_not_sync)).scalar_one() >= MOST_ENTRIES:
            return False
        try:
            with connection.begin_nested():
                connection.execute(
                    insert(do_not_sync).values(
                        kind=entry.kind,
                        value=entry.value,
                        note=entry.note,
                        added_by=entry.added_by,
                        added_at=entry.added_at.astimezone(UTC),
                    )
                )
        except IntegrityError:
            return False
    return True


def remove(context: PluginContext, kind: Excluded, value: str) -> bool:
    """Take it from the list; false if it is not there."""
    with context.database.writing() as connection:
        where = and_(do_not_sync.c.kind == kind, do_not_sync.c.value == value)
        return connection.execute(delete(do_not_sync).where(where)).rowcount == 1


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
