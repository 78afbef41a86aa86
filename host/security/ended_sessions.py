"""Sessions that a person ended by logging out: a copy of their cookie is worth nothing any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from host.storage.tables import ended_sessions
from host.storage.upsert import upsert


def end_session(connection: Connection, serial: str, until: datetime, now: datetime) -> None:
    """Refuse this session from now on. `until`: when it is over by itself; those that are over are forgotten."""
    connection.execute(delete(ended_sessions).where(ended_sessions.c.until < now))
    upsert(connection, ended_sessions, {"serial": serial}, {"until": until})


def is_ended(connection: Connection, serial: str) -> bool:
    return connection.execute(select(ended_sessions.c.serial).where(ended_sessions.c.serial == serial)).first() is not None
