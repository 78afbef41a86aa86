"""Reads the calls that go on, and which calls changed lately: what the agents' page and its live updates ask."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    exists,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB

from host.domain.call_report import CallState
from host.storage.history import CallRow, rows_where
from host.storage.tables import GOING_ON, calls

LONGEST_CALL = timedelta(hours=12)
"""A call that began before, and of whose end nobody told, is not taken for one that goes on."""
IDS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class CallBrief:
    """What tells whom a call concerns: `people` are the host users whose telephones took part."""

    id: str
    number: str | None
    goes_on: bool
    people: frozenset[int]


def calls_going_on(connection: Connection, now: datetime, user_id: int | None = None) -> list[CallRow]:
    """The calls that are not over, newest first: those in which this user takes part, or everybody's."""
    return rows_where(connection, _goes_on(now), *_of(connection, user_id))


def calls_first_told(connection: Connection, since: datetime, user_id: int | None = None) -> list[CallRow]:
    """The calls this host first heard of since then, newest first: also those that were over before anybody looked."""
    told = (calls.c.updated_at >= since, calls.c.created_at >= since)
    return rows_where(connection, *told, *_of(connection, user_id))


def changed_since(connection: Connection, since: datetime) -> list[Row[tuple[str, datetime]]]:
    """The id and moment of change of every call changed since then; that moment is its writer's, not the commit's."""
    return list(connection.execute(_CHANGED.where(calls.c.updated_at >= since)))


def briefs_of(connection: Connection, call_ids: Collection[str]) -> list[CallBrief]:
    """Those of these calls that are there."""
    wanted = sorted(call_ids)
    chunks = (wanted[start : start + IDS_AT_ONCE] for start in range(0, len(wanted), IDS_AT_ONCE))
    return [brief for chunk in chunks for brief in _briefs(connection, calls.c.id.in_(chunk))]


def briefs_going_on(connection: Connection, now: datetime) -> list[CallBrief]:
    """All calls that are not over."""
    return _briefs(connection, _goes_on(now))


_CHANGED: Select[tuple[str, datetime]] = select(calls.c.id, calls.c.updated_at)


def _goes_on(now: datetime) -> ColumnElement[bool]:
    return and_(GOING_ON, calls.c.started_at >= now - LONGEST_CALL)


def _briefs(connection: Connection, where: ColumnElement[bool]) -> list[CallBrief]:
    query = select(calls.c.id, calls.c.number, calls.c.state, calls.c.agents, calls.c.user_id).where(where)
    return [
        CallBrief(row.id, row.number, row.state != CallState.ENDED.value, _people(row.agents, row.user_id))
        for row in connection.execute(query)
    ]


def _people(agents: list[dict[str, object]], user_id: int | None) -> frozenset[int]:
    found = {agent.get("user_id") for agent in agents} | {user_id}
    return frozenset(one for one in found if isinstance(one, int))


def _of(connection: Connection, user_id: int | None) -> tuple[ColumnElement[bool], ...]:
    """Whether the user is among the call's agents, asked as each database can."""
    if user_id is None:
        return ()
    if connection.dialect.name == "postgresql":
        return (type_coerce(calls.c.agents, JSONB).contains([{"user_id": user_id}]),)
    return (exists(_ONE.where(_OWN.is_not_distinct_from(user_id))),)


# Built once: every look of every open page asks it.
_EACH_AGENT = func.json_each(calls.c.agents).table_valued("value")
_ONE = select(1).select_from(_EACH_AGENT)
_OWN = func.json_extract(_EACH_AGENT.c.value, literal("$.user_id"))
