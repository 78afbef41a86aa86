"""The engine and the two ways to use it: reading and writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url

from host.storage.own_tables import watch
from host.storage.write_turn import WriteTurn

BEGIN_OPTION = "sqlite_begin"
IDLE_MILLISECONDS = 30_000  # PostgreSQL ends a transaction of a process that was frozen in it, so that its locks go

_QUIET: dict[str, Any] = {"hide_parameters": True}  # errors are logged with their traceback: no numbers, names, memos in it


class Database:
    """One database, SQLite or PostgreSQL, named by its URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = make_engine(url)
        watch(self.engine)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection with one consistent view; it is rolled back at the end."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: committed at the end of the block, rolled back if it raises.

        On SQLite it takes the write lock at once, so that it never fails half-way for having read first.
        """
        with self.engine.connect().execution_options(**{BEGIN_OPTION: "IMMEDIATE"}) as connection, connection.begin():
            yield connection


def make_engine(url: str) -> Engine:
    """An engine whose commits survive a power cut."""
    return _make(url, begin="DEFERRED", sqlite_sync="FULL", postgres_options="")


def make_job_engine(url: str) -> Engine:
    """An engine for the job engine's own bookkeeping.

    Its commits survive the death of any process; a power cut may undo the last of them, never what was committed before.
    A job that is run once more for that finds its deliveries settled.
    """
    return _make(url, begin="IMMEDIATE", sqlite_sync="NORMAL", postgres_options=" -c synchronous_commit=off")


def _make(url: str, *, begin: str, sqlite_sync: str, postgres_options: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        options = f"-c idle_in_transaction_session_timeout={IDLE_MILLISECONDS}{postgres_options}"
        return create_engine(
            url, **_QUIET, pool_size=10, max_overflow=20, pool_pre_ping=True, connect_args={"options": options}
        )
    database = make_url(url).database
    if database:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    arguments = {"timeout": 30, "check_same_thread": False}
    engine = create_engine(url, **_QUIET, connect_args=arguments, pool_size=20, max_overflow=40)
    _prepare_sqlite(engine, begin, sqlite_sync, WriteTurn(engine, str(Path(database or "").absolute())))
    return engine


def _prepare_sqlite(engine: Engine, begin: str, synchronous: str, turn: WriteTurn) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None
        for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "busy_timeout=30000", "foreign_keys=ON"):
            dbapi_connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get(BEGIN_OPTION, begin)
        if mode == "IMMEDIATE":
            turn.take(connection)
        connection.exec_driver_sql(f"BEGIN {mode}")
