"""The plugin's database during a trial: notes the tables of others that it tries to write, which the host refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection

from host.plugin_api import Database
from host.storage.own_tables import TableNotOwned


@dataclass(slots=True)
class WatchedDatabase:
    """Passes on everything; `refused` are the host's sentences so far."""

    database: Database
    refused: list[str] = field(default_factory=list)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._noting(), self.database.reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self._noting(), self.database.writing() as connection:
            yield connection

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except TableNotOwned as refusal:
            self.refused.append(refusal.message)
            raise
