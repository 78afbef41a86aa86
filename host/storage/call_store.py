"""Writes calls: merges what is told into the row of its call, or makes a new one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, and_, bindparam, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from host.domain.call import merge
from host.domain.call_report import CallPicture, CallState
from host.domain.ids import new_call_id
from host.storage.call_rows import columns_of, picture_from
from host.storage.tables import calls, users

OWN_SOURCE = "tsunagu"  # of calls this host asked for, until the telephone system first tells of them


@dataclass(frozen=True, slots=True, kw_only=True)
class CallKey:
    """How a telephone system names a call. `own_id` is our id of the call, if the telephone system was given one."""

    source: str
    source_call_id: str
    own_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A call was written. `ended` is true for the one write that ended it."""

    call_id: str
    ended: bool


def store_told(connection: Connection, key: CallKey, told: CallPicture, users: Mapping[str, int], now: datetime) -> Stored:
    """Merge what was told into the call's row; needs a writing transaction, and holds the row's lock until its end.

    Most calls are told of once, so that the row is written without looking for it first.
    """
    if key.own_id is None:
        call_id = _insert(connection, key, told, users, now)
        if call_id:
            return Stored(call_id=call_id, ended=told.state is CallState.ENDED)
    rows = _locked(connection, key)
    if not rows:
        call_id = _insert(connection, key, told, users, now)
        if call_id:
            return Stored(call_id=call_id, ended=told.state is CallState.ENDED)
        rows = _locked(connection, key)  # another process was first: its transaction is over now
    return _update(connection, key, rows, told, users, now)


def insert_asked(connection: Connection, call_id: str, asked: CallPicture, users: Mapping[str, int], now: datetime) -> None:
    """The row of a call this host asks the telephone system to make."""
    values = {"id": call_id, "source": OWN_SOURCE, "source_call_id": call_id, "created_at": now, "updated_at": now}
    connection.execute(insert(calls).values(**values, **columns_of(asked, users)))


def end_asked(connection: Connection, call_id: str, told: CallPicture, now: datetime) -> bool:
    """End a call this host asked for; False if it is over, or the telephone system has told of it meanwhile."""
    row = connection.execute(_DIALLING, {"call_id": call_id}).mappings().first()
    if row is None:
        return False
    merged = merge(picture_from(row), told)
    users = users_by_extension(connection, {agent.extension for agent in merged.facts.agents})
    changes = columns_of(merged, users) | {"updated_at": now}
    connection.execute(update(calls).where(calls.c.id == call_id).values(**changes))
    return True


def users_by_extension(connection: Connection, extensions: Collection[str]) -> dict[str, int]:
    """The host users who have these extensions."""
    if not extensions:
        return {}
    found = connection.execute(_USERS, {"extensions": sorted(extensions)})
    return {row.extension: row.id for row in found}


def people_by_extension(connection: Connection) -> dict[str, int]:
    """All host users who have an extension."""
    return {row.extension: row.id for row in connection.execute(_PEOPLE)}


def _update(
    connection: Connection,
    key: CallKey,
    rows: Sequence[RowMapping],
    told: CallPicture,
    users: Mapping[str, int],
    now: datetime,
) -> Stored:
    row = next((row for row in rows if row["id"] == key.own_id), rows[0])
    known = picture_from(row)
    merged = merge(known, told)
    changes = columns_of(merged, users) | {"updated_at": now}
    if row["source"] == OWN_SOURCE and len(rows) == 1:
        changes |= {"source": key.source, "source_call_id": key.source_call_id}
    connection.execute(update(calls).where(calls.c.id == row["id"]).values(**changes))
    return Stored(call_id=row["id"], ended=merged.state is CallState.ENDED and known.state is not CallState.ENDED)


def _locked(connection: Connection, key: CallKey) -> Sequence[RowMapping]:
    """The call's row, locked. Two only if the telephone system told of a call before it named our id for it."""
    named = {"source": key.source, "source_call_id": key.source_call_id}
    if key.own_id is None:
        return connection.execute(_NAMED, named).mappings().all()
    return connection.execute(_NAMED_OR_ASKED, {**named, "own_id": key.own_id}).mappings().all()


def _insert(connection: Connection, key: CallKey, told: CallPicture, users: Mapping[str, int], now: datetime) -> str | None:
    """The new row's id; None if the call has a row already."""
    values = columns_of(told, users) | {
        "id": new_call_id(now),
        "source": key.source,
        "source_call_id": key.source_call_id,
        "created_at": now,
        "updated_at": now,
    }
    written = connection.execute(_INSERT[connection.dialect.name], values).rowcount
    return str(values["id"]) if written else None


# Built once: every event runs them.
_INSERT = {
    name: dialect_insert(calls).on_conflict_do_nothing().inline().execution_options(preserve_rowcount=True)
    for name, dialect_insert in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}
_IS_NAMED = and_(calls.c.source == bindparam("source"), calls.c.source_call_id == bindparam("source_call_id"))
_IS_ASKED = and_(calls.c.id == bindparam("own_id"), calls.c.source == OWN_SOURCE)
_NAMED = select(calls).where(_IS_NAMED).with_for_update()
_NAMED_OR_ASKED = select(calls).where(or_(_IS_NAMED, _IS_ASKED)).with_for_update()
_PEOPLE = select(users.c.extension, users.c.id).where(users.c.extension.is_not(None))
_DIALLING = (
    select(calls).where(calls.c.id == bindparam("call_id"), calls.c.state == CallState.DIALLING.value).with_for_update()
)
_USERS = select(users.c.extension, users.c.id).where(users.c.extension.in_(bindparam("extensions", expanding=True)))
