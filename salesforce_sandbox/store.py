"""One SQLite database behind one lock: a table for each object, and the org's own bookkeeping."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from salesforce_sandbox.schema.model import Field, SObject

_BOOKKEEPING = """
CREATE TABLE IF NOT EXISTS sequence (prefix TEXT PRIMARY KEY, next INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS document (name TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS login (username TEXT COLLATE NOCASE PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS custom_field (
  object TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, body TEXT NOT NULL, PRIMARY KEY (object, name));
CREATE TABLE IF NOT EXISTS search_kind (
  id INTEGER PRIMARY KEY, form TEXT NOT NULL, object TEXT NOT NULL, field TEXT NOT NULL, UNIQUE (form, object, field));
CREATE TABLE IF NOT EXISTS search_document (
  id INTEGER PRIMARY KEY, record TEXT NOT NULL, visible_from REAL NOT NULL, visible_until REAL);
CREATE INDEX IF NOT EXISTS search_document_record ON search_document (record);
CREATE TABLE IF NOT EXISTS search_entry (
  token TEXT NOT NULL, kind INTEGER NOT NULL, document INTEGER NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY (token, kind, document, position)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS approval (
  id INTEGER PRIMARY KEY, user_id TEXT NOT NULL, client_id TEXT NOT NULL, scope TEXT NOT NULL,
  created REAL NOT NULL, revoked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS refresh_token (
  token TEXT PRIMARY KEY, approval INTEGER NOT NULL REFERENCES approval, replaced INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS approval_use (approval INTEGER PRIMARY KEY, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS session (
  token TEXT PRIMARY KEY, user_id TEXT NOT NULL, approval INTEGER REFERENCES approval, scope TEXT NOT NULL,
  last_used REAL NOT NULL);
"""
_COLUMN_TYPES = {"boolean": "INTEGER NOT NULL DEFAULT 0", "int": "INTEGER", "double": "REAL", "currency": "REAL"}
_SEARCH_TABLES = ("search_entry", "search_document", "search_kind")
_INDEXED_NAMES = frozenset({"Email", "LastModifiedDate", "SystemModstamp", "CreatedDate", "Name", "CallObject"})


class Database:
    """A connection shared by all threads; every use happens under ``lock``."""

    def __init__(self, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        if path is not None:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_BOOKKEEPING)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run one statement and return the number of rows changed."""
        with self.lock:
            return self._connection.execute(sql, parameters).rowcount

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        with self.lock:
            self._connection.executemany(sql, rows)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.lock:
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        found = self.rows(sql, parameters)
        return found[0] if found else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; may be nested (an inner failure undoes the inner part only)."""
        with self.lock:
            name = f"level_{self._depth}"
            self._connection.execute("BEGIN IMMEDIATE" if self._depth == 0 else f"SAVEPOINT {name}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                self._undo(name)
                raise
            self._depth -= 1
            self._connection.execute("COMMIT" if self._depth == 0 else f"RELEASE {name}")

    def _undo(self, name: str) -> None:
        if self._depth == 0:
            self._connection.execute("ROLLBACK")
            return
        self._connection.execute(f"ROLLBACK TO {name}")
        self._connection.execute(f"RELEASE {name}")

    def next_number(self, prefix: str) -> int:
        """Return the next number of a key prefix, starting at 1."""
        self.execute("INSERT INTO sequence VALUES (?, 1) ON CONFLICT DO NOTHING", (prefix,))
        row = self.row("SELECT next FROM sequence WHERE prefix = ?", (prefix,))
        self.execute("UPDATE sequence SET next = next + 1 WHERE prefix = ?", (prefix,))
        return int(row[0]) if row else 1

    def create_table(self, sobject: SObject) -> None:
        columns = [f'"{f.name}" {column_type(f)}' for f in sobject.fields.values() if f.name != "Id"]
        if sobject.field("IsDeleted") is None:
            columns.append('"IsDeleted" INTEGER NOT NULL DEFAULT 0')
        self.execute(f'CREATE TABLE IF NOT EXISTS "{sobject.name}" (Id TEXT PRIMARY KEY, {", ".join(columns)})')
        for field in sobject.fields.values():
            self._create_index(sobject, field)

    def add_column(self, sobject: SObject, field: Field) -> None:
        self.execute(f'ALTER TABLE "{sobject.name}" ADD COLUMN "{field.name}" {column_type(field)}')
        self._create_index(sobject, field)

    def _create_index(self, sobject: SObject, field: Field) -> None:
        wanted = field.type in {"phone", "reference"} or field.name in _INDEXED_NAMES or field.has("x")
        if wanted:
            name = f"{sobject.name}_{field.name}"
            # Most phone fields are empty: an index without the empty ones is far cheaper to keep, and found all the same.
            partial = f'WHERE "{field.name}" IS NOT NULL' if field.has("n") else ""
            self.execute(f'CREATE INDEX IF NOT EXISTS "{name}" ON "{sobject.name}" ("{field.name}") {partial}')

    def clear(self, sobjects: Iterable[SObject]) -> None:
        """Forget everything the org knows, custom fields included."""
        with self.transaction():
            for sobject in sobjects:
                self.execute(f'DROP TABLE IF EXISTS "{sobject.name}"')
            for table in ("sequence", "document", "login", "custom_field", *_SEARCH_TABLES):
                self.execute(f"DELETE FROM {table}")  # noqa: S608 - fixed names
            for table in ("session", "refresh_token", "approval", "approval_use"):
                self.execute(f"DELETE FROM {table}")  # noqa: S608 - fixed names

    def close(self) -> None:
        with self.lock:
            self._connection.close()


def column_type(field: Field) -> str:
    """Ids are case-sensitive, other text is not: its index is then the lower-cased one too."""
    if field.is_id:
        return "TEXT"
    return _COLUMN_TYPES.get(field.type, "TEXT COLLATE NOCASE")
