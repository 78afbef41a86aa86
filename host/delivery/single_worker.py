"""On SQLite exactly one worker runs: it holds a lock on a file beside the database, the others stand by."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import structlog

STANDBY_SECONDS = 0.5

log = structlog.get_logger(__name__)


@contextmanager
def only_worker(lock_file: Path, stopping: Event) -> Iterator[bool]:
    """Wait until no other worker runs, then be the one. Gives False if `stopping` was set while waiting.

    The operating system lets go of the lock when the holder dies, however it dies.
    """
    descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _wait_for(descriptor, stopping)
    finally:
        os.close(descriptor)


def _wait_for(descriptor: int, stopping: Event) -> bool:
    told = False
    while not _locked(descriptor):
        if not told:
            log.info("standing by: another worker runs on this SQLite database")
            told = True
        if stopping.wait(STANDBY_SECONDS):
            return False
    return True


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
