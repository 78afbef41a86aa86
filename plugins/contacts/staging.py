"""Keeps a file that was read until its import is confirmed, given up, or an hour has passed."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from plugins.contacts.domain.entry import Problem
from plugins.contacts.domain.import_file import ImportedRow, ImportFile, RefusedRow
from plugins.contacts.tables import imports

KEPT_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A file of somebody's import."""

    id: str
    file: ImportFile


def stage(connection: Connection, file: ImportFile, *, by: str, at: datetime) -> str:
    """Keep this file; older ones of anybody that were left lying are forgotten. Gives the id to ask for it by."""
    connection.execute(delete(imports).where(imports.c.created_at < at.astimezone(UTC) - KEPT_FOR))
    import_id = secrets.token_hex(16)
    content = json.dumps(asdict(file), ensure_ascii=False)
    connection.execute(insert(imports).values(id=import_id, created_by=by, created_at=at.astimezone(UTC), content=content))
    return import_id


def staged(connection: Connection, import_id: str, *, by: str, at: datetime) -> Staged | None:
    """The file with this id, if the same person put it there and it is not too old."""
    query = select(imports.c.content).where(
        imports.c.id == import_id, imports.c.created_by == by, imports.c.created_at >= at.astimezone(UTC) - KEPT_FOR
    )
    content = connection.scalar(query)
    return Staged(id=import_id, file=_file(json.loads(content))) if content is not None else None


def forget(connection: Connection, import_id: str, *, by: str) -> bool:
    """Remove the file; whether it was there."""
    gone = connection.execute(delete(imports).where(imports.c.id == import_id, imports.c.created_by == by))
    return gone.rowcount > 0


def _file(content: dict[str, list[dict[str, str | int | None]] | list[str]]) -> ImportFile:
    return ImportFile(
        rows=tuple(ImportedRow(**row) for row in content["rows"]),  # type: ignore[arg-type]
        refused=tuple(_refused(row) for row in content["refused"]),  # type: ignore[arg-type]
        ignored=tuple(str(title) for title in content["ignored"]),
    )


def _refused(row: dict[str, str | int | None]) -> RefusedRow:
    problem = Problem(str(row["problem"])) if row["problem"] else None
    return RefusedRow(**{**row, "problem": problem})  # type: ignore[arg-type]
