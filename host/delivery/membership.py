"""Which workers live: each writes its heartbeat into `workers`; one that is silent for longer than the lease is dead."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select, update

from host.storage.engine import Database
from host.storage.locks import database_now
from host.storage.tables import workers


def new_worker_id() -> str:
    """Unique to one start of one worker, and readable."""
    return f"{socket.gethostname()[:24]}-{os.getpid()}-{uuid4().hex[:8]}"


class Membership:
    """One worker's place among the living.

    A worker that was taken for dead has lost its row for good: it can claim nothing more and begins anew with another id.
    """

    def __init__(self, database: Database, worker: str, lease_seconds: float) -> None:
        self._database = database
        self._lease = timedelta(seconds=lease_seconds)
        self.worker = worker

    def join(self, installed: Mapping[str, str] | None = None) -> None:
        """Begin to live. On SQLite, where one worker runs at a time, all others are dead by that.

        Args:
            installed: the distributions that brought plugins when this process started, with their versions.
        """
        with self._database.writing() as connection:
            if self._database.is_sqlite:
                connection.execute(delete(workers))
            now = database_now(connection)
            row = {"executor_id": self.worker, "started_at": now, "seen_at": now, "installed": installed}
            connection.execute(insert(workers).values(**row))

    def beat(self) -> bool:
        """Say that this worker lives; False if it was taken for dead meanwhile."""
        with self._database.writing() as connection:
            seen = update(workers).where(workers.c.executor_id == self.worker).values(seen_at=database_now(connection))
            return connection.execute(seen).rowcount == 1

    def expel_dead(self) -> list[str]:
        """Strike off those whose lease is over; gives back who lives.

        A row that is locked, by a worker that was frozen in the middle of its heartbeat, is not waited for.
        """
        with self._database.writing() as connection:
            since = database_now(connection) - self._lease
            silent = select(workers.c.executor_id).where(workers.c.seen_at < since).with_for_update(skip_locked=True)
            connection.execute(delete(workers).where(workers.c.executor_id.in_(silent.scalar_subquery())))
            return list(connection.execute(select(workers.c.executor_id).where(workers.c.seen_at >= since)).scalars())

    def leave(self) -> None:
        """Stop living: what this worker left undone may be taken over at once."""
        with self._database.writing() as connection:
            connection.execute(delete(workers).where(workers.c.executor_id == self.worker))

    def living(self, connection: Connection) -> list[str]:
        """The ids of all workers that live."""
        alive = workers.c.seen_at >= database_now(connection) - self._lease
        return list(connection.execute(select(workers.c.executor_id).where(alive)).scalars())

    def lives(self, connection: Connection, worker: str) -> bool:
        """Whether another worker lives."""
        alive = workers.c.seen_at >= database_now(connection) - self._lease
        query = select(workers.c.executor_id).where(workers.c.executor_id == worker, alive)
        return connection.execute(query).first() is not None
