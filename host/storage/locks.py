"""A lock by name that holds across processes and machines: one row in `leases`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, delete, func, select

from host.plugin_api.results import RetryLater
from host.storage.engine import Database
from host.storage.tables import leases
from host.storage.upsert import dialect_insert

WAIT_SECONDS = 30.0
LEASE_SECONDS = 60.0
POLL_SECONDS = 0.05


def database_now(connection: Connection) -> datetime:
    """The time by the one clock that all processes share: PostgreSQL's; with SQLite they share the machine's."""
    if connection.dialect.name == "postgresql":
        now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return now.astimezone(UTC)
    return datetime.now(UTC)


@contextmanager
def exclusive(
    database: Database, name: str, *, wait_seconds: float = WAIT_SECONDS, lease_seconds: float = LEASE_SECONDS
) -> Iterator[None]:
    """Hold the lock `name` for the length of the block.

    A holder that died, or takes longer than `lease_seconds`, loses it to the next; it releases only what is its own.

    Raises:
        RetryLater: somebody else held it for `wait_seconds`.
    """
    holder = uuid4().hex
    _wait_for(database, name, holder, wait_seconds, lease_seconds)
    try:
        yield
    finally:
        with database.writing() as connection:
            connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))


def _wait_for(database: Database, name: str, holder: str, wait_seconds: float, lease_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds
    while not _take(database, name, holder, lease_seconds):
        if time.monotonic() >= deadline:
            raise RetryLater("Another process is busy with the same thing. This is tried again by itself.")
        time.sleep(POLL_SECONDS)


def _take(database: Database, name: str, holder: str, lease_seconds: float) -> bool:
    with database.writing() as connection:
        now = database_now(connection)
        values = {"name": name, "holder": holder, "until": now + timedelta(seconds=lease_seconds)}
        taken = dialect_insert(connection, leases).values(values)
        taken = taken.on_conflict_do_update(index_elements=["name"], set_=values, where=leases.c.until < now)
        return connection.execute(taken.returning(leases.c.holder)).first() is not None
