"""On SQLite writers take turns: the threads of a process, and the processes of a machine.

SQLite lets one transaction write at a time and has the others sleep and ask again, ever more rarely (up to 100 ms), so that
with many writers its lock lies idle most of the time and some wait for seconds. A lock of our own before it wakes the next
thread of a process at once. Between processes one thread of each asks for a lock on the file `<database>.turn`, five times
in a millisecond.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from typing import Any

from sqlalchemy import Connection, Engine, event

WAIT_SECONDS = 30.0
ASK_SECONDS = 0.0002
_HELD = "holds the turn"


class _Turn:
    """The turn at one database file, in this process. The operating system frees the lock of a process that dies."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._threads = threading.Lock()
        self._file: tuple[int, int] | None = None  # the process that opened it, and its descriptor: a fork needs its own

    def acquire(self) -> bool:
        """Wait for the turn, up to `WAIT_SECONDS`; whether it came."""
        deadline = time.monotonic() + WAIT_SECONDS
        if not self._threads.acquire(timeout=WAIT_SECONDS):
            return False
        while not self._locked():
            if time.monotonic() >= deadline:
                self._threads.release()
                return False
            time.sleep(ASK_SECONDS)
        return True

    def release(self) -> None:
        fcntl.flock(self._descriptor(), fcntl.LOCK_UN)
        self._threads.release()

    def _locked(self) -> bool:
        try:
            fcntl.flock(self._descriptor(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _descriptor(self) -> int:
        if self._file is None or self._file[0] != os.getpid():
            self._file = os.getpid(), os.open(f"{self._path}.turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._file[1]


_turns: dict[str, _Turn] = {}
_making = threading.Lock()


def _turn_at(path: str) -> _Turn:
    with _making:
        return _turns.setdefault(path, _Turn(path))


class WriteTurn:
    """The turn at writing into one database file, shared by all engines that open it."""

    def __init__(self, engine: Engine, path: str) -> None:
        self._turn = _turn_at(path)
        for moment in ("checkin", "invalidate", "close"):
            event.listen(engine, moment, self._give_back)

    def take(self, connection: Connection) -> None:
        """Wait for the turn; it is given back when the connection returns to its pool.

        After `WAIT_SECONDS` it goes on without, and SQLite itself reports that the database is locked.
        """
        record = connection.connection._connection_record  # noqa: SLF001 - what pool events are given
        if record is not None and not record.info.get(_HELD):
            record.info[_HELD] = self._turn.acquire()

    def _give_back(self, _dbapi_connection: Any, record: Any, *_more: Any) -> None:
        if record.info.pop(_HELD, False):
            self._turn.release()
