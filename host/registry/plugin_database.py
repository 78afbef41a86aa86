"""The host's database as one plugin gets it: it reads, and writes its own tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from host.storage.engine import Database
from host.storage.own_tables import WRITER


@dataclass(frozen=True, slots=True, weakref_slot=True)
class PluginDatabase:
    """The connections of one plugin. Writing a table that is not its own raises `TableNotOwned` and writes nothing."""

    database: Database
    plugin: str

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self.database.reading() as connection:
            yield connection.execution_options(**{WRITER: self.plugin})

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self.database.writing() as connection:
            yield connection.execution_options(**{WRITER: self.plugin})
