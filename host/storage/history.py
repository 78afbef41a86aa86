"""Reads the call history: pages of calls by filters, and single calls."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, literal, or_, select, tuple_

from host.domain.call_report import CallState, Transfer
from host.domain.number_search import NumberSearch
from host.plugin_api.calls import Call, CallOutcome, Direction
from host.storage.call_rows import call_from, transfers_from
from host.storage.tables import calls, users
from host.storage.types import UtcDateTime

MAX_LIMIT = 200


class BadCursor(ValueError):
    """The cursor was not given out by this host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls to list; None means any. `since` counts, `until` does not; `name_numbers` are the numbers of a name."""

    number: NumberSearch | None = None
    name_numbers: frozenset[str] | None = None
    user_id: int | None = None
    outcome: CallOutcome | None = None
    direction: Direction | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """A call with what only the host's own pages show of it. `user_name` is the person it belongs to, or ""."""

    call: Call
    state: CallState
    source: str
    user_id: int | None
    user_name: str
    queue_name: str
    wait_seconds: float | None
    hangup_by: str
    hangup_text: str
    transfers: tuple[Transfer, ...]
    recording_url: str
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Calls, newest first. `next_cursor` asks for the ones behind them; None when there are none."""

    calls: tuple[CallRow, ...]
    next_cursor: str | None


def find_calls(
    connection: Connection, filters: CallFilter, *, cursor: str | None = None, limit: int = 50, site_url: str = ""
) -> HistoryPage:
    """One page of the history by (started_at, id), so that a deep page costs what the first one does.

    Raises:
        BadCursor: `cursor` was not given out as a `next_cursor`.
    """
    wanted = min(max(limit, 1), MAX_LIMIT)
    query = _rows().where(*_conditions(filters)).order_by(calls.c.started_at.desc(), calls.c.id.desc()).limit(wanted + 1)
    if cursor:
        query = query.where(_behind(cursor))
    rows = connection.execute(query).mappings().all()
    more = len(rows) > wanted
    found = tuple(_call_row(row, site_url) for row in rows[:wanted])
    return HistoryPage(calls=found, next_cursor=_cursor(rows[wanted - 1]) if more else None)


def newer_cursor(connection: Connection, filters: CallFilter, cursor: str, *, limit: int = 50) -> str | None:
    """The cursor of the page before the one this cursor asks for; None if that is the first page.

    Raises:
        BadCursor: `cursor` was not given out as a `next_cursor`.
    """
    query = select(calls.c.started_at, calls.c.id).where(*_conditions(filters), _not_behind(cursor))
    upwards = query.order_by(calls.c.started_at, calls.c.id).offset(limit).limit(1)
    row = connection.execute(upwards).mappings().first()
    return _cursor(row) if row else None


def get_row(connection: Connection, call_id: str, *, site_url: str = "") -> CallRow | None:
    """One call with all the host knows of it."""
    row = connection.execute(_rows().where(calls.c.id == call_id)).mappings().first()
    return _call_row(row, site_url) if row else None


def get_rows(connection: Connection, call_ids: Collection[str]) -> dict[str, CallRow]:
    """Those of these calls that are there, by id."""
    rows = connection.execute(_rows().where(calls.c.id.in_(call_ids))).mappings()
    return {row["id"]: _call_row(row, "") for row in rows}


def rows_where(connection: Connection, *where: ColumnElement[bool]) -> list[CallRow]:
    """The few calls for which all of this holds, newest first: an index finds them, so the order is made here."""
    found = [_call_row(row, "") for row in connection.execute(_rows().where(*where)).mappings()]
    return sorted(found, key=lambda row: (row.call.started_at, row.call.id), reverse=True)


def get_call(connection: Connection, call_id: str, *, site_url: str = "") -> Call | None:
    """One call as plugins see it."""
    row = connection.execute(select(calls).where(calls.c.id == call_id)).mappings().first()
    return call_from(row, site_url) if row else None


def newest_change(connection: Connection) -> datetime | None:
    """When any call last changed: pages ask this to know whether there is something new to show."""
    return connection.execute(select(func.max(calls.c.updated_at, type_=UtcDateTime()))).scalar()


def _rows() -> Select[Any]:
    return select(calls, users.c.name.label("user_name")).select_from(calls.outerjoin(users, users.c.id == calls.c.user_id))


def _call_row(row: RowMapping, site_url: str) -> CallRow:
    return CallRow(
        call=call_from(row, site_url),
        state=CallState(row["state"]),
        source=row["source"],
        user_id=row["user_id"],
        user_name=row["user_name"] or "",
        queue_name=row["queue_name"],
        wait_seconds=row["wait_seconds"],
        hangup_by=row["hangup_by"],
        hangup_text=row["hangup_text"],
        transfers=transfers_from(row),
        recording_url=row["recording_url"],
        updated_at=row["updated_at"],
    )


def _conditions(filters: CallFilter) -> list[ColumnElement[bool]]:
    exact = {"user_id": filters.user_id, "outcome": filters.outcome, "direction": filters.direction}
    found = [calls.c[name] == value for name, value in exact.items() if value is not None]
    if filters.name_numbers is not None:
        found.append(calls.c.number.in_(sorted(filters.name_numbers)))
    if filters.number is not None:
        found.append(_has_number(filters.number))
    if filters.since is not None:
        found.append(calls.c.started_at >= filters.since)
    if filters.until is not None:
        found.append(calls.c.started_at < filters.until)
    return found


def _has_number(search: NumberSearch) -> ColumnElement[bool]:
    if search.exact:
        return calls.c.number == search.exact
    parts = [calls.c.number.contains(part, autoescape=True) for part in search.parts]
    sent = [calls.c.raw_number.contains(part, autoescape=True) for part in search.sent_parts]
    return or_(*parts, and_(calls.c.number.is_(None), or_(*sent))) if sent else or_(*parts)


def _behind(cursor: str) -> ColumnElement[bool]:
    started_at, call_id = _position(cursor)
    here = tuple_(literal(started_at, UtcDateTime()), literal(call_id))
    behind: ColumnElement[bool] = tuple_(calls.c.started_at, calls.c.id) < here
    return behind


def _not_behind(cursor: str) -> ColumnElement[bool]:
    started_at, call_id = _position(cursor)
    here = tuple_(literal(started_at, UtcDateTime()), literal(call_id))
    not_behind: ColumnElement[bool] = tuple_(calls.c.started_at, calls.c.id) >= here
    return not_behind


def _cursor(row: RowMapping) -> str:
    position = json.dumps([row["started_at"].isoformat(), row["id"]])
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def _position(cursor: str) -> tuple[datetime, str]:
    try:
        started_at, call_id = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=="))
        moment = datetime.fromisoformat(started_at).astimezone(UTC)
    except (ValueError, TypeError, binascii.Error, RecursionError, OverflowError):
        raise _bad_cursor() from None
    if not isinstance(call_id, str) or not call_id.isascii() or "\0" in call_id:
        raise _bad_cursor()
    return moment, call_id


def _bad_cursor() -> BadCursor:
    return BadCursor("This cursor was not given out by this server. Ask for the first page again, without a cursor.")
