"""The calls of a time, by when the host was told of their end: read through the facts, without an index of their own."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from host.storage.in_order import first_since
from host.storage.tables import calls, facts

ENDED = "on_call_end"


def numbers_between(
    connection: Connection, since: datetime, until: datetime, *, after: str, limit: int, except_lines: Collection[str]
) -> list[str]:
    """The numbers of these calls behind `after`, in order, each once."""
    number = func.coalesce(calls.c.number, "")  # so that no planner goes through all numbers there ever were
    query = _of(connection, since, until, number).distinct().where(number > after)
    if except_lines:
        query = query.where(calls.c.line.not_in(except_lines))
    return list(connection.execute(query.order_by(number).limit(limit)).scalars())


def lines_between(connection: Connection, since: datetime, until: datetime) -> list[str]:
    """The lines of these calls that have a number, in order, each once."""
    query = _of(connection, since, until, calls.c.line).distinct().where(func.coalesce(calls.c.number, "") > "")
    return list(connection.execute(query.order_by(calls.c.line)).scalars())


def calls_with(connection: Connection, numbers: Collection[str], since: datetime, until: datetime) -> dict[str, str]:
    """Those of these calls that have one of these numbers, by their ids."""
    told = select(facts.c.call_id).where(*_told(connection, since, until))
    query = select(calls.c.id, calls.c.number).where(calls.c.number.in_(list(numbers)), calls.c.id.in_(told))
    # a call is written whenever it is told of: most others with these numbers need no look into the facts
    rows = connection.execute(query.where(calls.c.updated_at >= since).order_by(calls.c.id))
    return {row.id: row.number for row in rows}


def _of(connection: Connection, since: datetime, until: datetime, column: ColumnElement[str]) -> Select[str]:
    return select(column).join_from(facts, calls, calls.c.id == facts.c.call_id).where(*_told(connection, since, until))


def _told(connection: Connection, since: datetime, until: datetime) -> tuple[Any, ...]:
    first = first_since(connection, facts.c.id, facts.c.occurred_at, since)
    return facts.c.id >= first, facts.c.hook == ENDED, facts.c.occurred_at >= since, facts.c.occurred_at < until
