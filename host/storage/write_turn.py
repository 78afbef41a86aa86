"""On SQLite the threads of one process take turns at writing.

SQLite lets one transaction write at a time and has the others sleep and ask again, ever more rarely, so that with many
threads its lock lies idle most of the time. A lock of our own before it wakes the next thread at once; other processes ask.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, Engine, event

WAIT_SECONDS = 30.0
_HELD = "holds the turn"
_turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


class WriteTurn:
    """The turn at writing into one database file, shared by all engines of this process that open it."""

    def __init__(self, engine: Engine, path: str) -> None:
        self._turn = _turns[path]
        for moment in ("checkin", "invalidate", "close"):
            event.listen(engine, moment, self._give_back)

    def take(self, connection: Connection) -> None:
        """Wait for the turn; it is given back when the connection returns to its pool.

        After `WAIT_SECONDS` it goes on without, and SQLite itself reports that the database is locked.
        """
        record = connection.connection._connection_record  # noqa: SLF001 - what pool events are given
        if record is not None and not record.info.get(_HELD):
            record.info[_HELD] = self._turn.acquire(timeout=WAIT_SECONDS)

    def _give_back(self, _dbapi_connection: Any, record: Any, *_more: Any) -> None:
        if record.info.pop(_HELD, False):
            self._turn.release()
