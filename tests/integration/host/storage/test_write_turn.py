"""The threads of one process, and processes, take turns at writing on SQLite, and every turn is given back."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from host.storage import write_turn
from host.storage.engine import Database, make_job_engine

THREADS = 8
ROUNDS = 10


def test_no_write_is_lost_and_no_turn_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "turns.db"
    database = Database(f"sqlite:///{path}")
    other = make_job_engine(database.url)
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE counter (n INTEGER)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))

    def count_up() -> None:
        for _ in range(ROUNDS):
            with database.writing() as connection:
                seen = connection.execute(text("SELECT n FROM counter")).scalar_one()
                connection.execute(text("UPDATE counter SET n = :n"), {"n": seen + 1})
            with other.begin() as connection:
                connection.execute(text("UPDATE counter SET n = n + 1"))
            with pytest.raises(ZeroDivisionError), database.writing() as connection:
                connection.execute(text("UPDATE counter SET n = n + 1000"))
                raise ZeroDivisionError

    threads = [threading.Thread(target=count_up) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as connection:
        assert connection.execute(text("SELECT n FROM counter")).scalar_one() == 2 * THREADS * ROUNDS
    with elsewhere(path) as it_is_free:
        assert it_is_free


def test_processes_take_turns_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "turns.db"
    database = Database(f"sqlite:///{path}")
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE t (n INTEGER)")
        with elsewhere(path) as it_is_free:
            assert not it_is_free
    monkeypatch.setattr(write_turn, "WAIT_SECONDS", 0.05)
    with elsewhere(path) as it_is_free, database.writing() as connection:  # a holder that never lets go is not waited for
        assert it_is_free
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")


@contextmanager
def elsewhere(path: Path) -> Iterator[bool]:
    """Whether another process could take the turn now; it has it within the block."""
    with Path(f"{path}.turn").open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def test_writing_inside_writing_is_an_error_not_a_deadlock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_turn, "WAIT_SECONDS", 0.05)
    database = Database(f"sqlite:///{tmp_path / 'nested.db'}")
    with database.writing() as outer:
        outer.exec_driver_sql("CREATE TABLE t (n INTEGER)")
        with database.reading() as inner:
            inner.exec_driver_sql("PRAGMA busy_timeout=50")
        with pytest.raises(OperationalError, match="locked"), database.writing():
            pass
    with database.writing() as again:
        again.exec_driver_sql("INSERT INTO t VALUES (1)")
