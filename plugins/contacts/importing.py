"""Plans and writes an import in one transaction, from a file that was staged."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection

from plugins.contacts.changes import write_over
from plugins.contacts.domain.import_file import ImportFile
from plugins.contacts.domain.import_plan import Change, ImportPlan, Names, plan_import
from plugins.contacts.queries import entries_by_number
from plugins.contacts.rows import MANUAL, NO_RECORD, name_values


def plan(connection: Connection, file: ImportFile) -> ImportPlan:
    """What writing this file would change now."""
    present = entries_by_number(connection, [row.number for row in file.rows])
    names = {number: Names(company=each.entry.company, person=each.entry.person) for number, each in present.items()}
    return plan_import(file.rows, names)


def write(connection: Connection, plan_seen: ImportPlan, *, by: str, at: datetime) -> None:
    """Write every new and changed entry of the plan; a changed one keeps its link to a record."""
    moment = at.astimezone(UTC)
    rows = [{**_values(change), "updated_at": moment, "updated_by": by, "created_at": moment} for change in plan_seen.writes]
    replaced = ("company", "person", "search_text", "sort_text", "source", "updated_at", "updated_by")
    write_over(connection, [{**row, **NO_RECORD} for row in rows], replaced=replaced)


def _values(change: Change) -> dict[str, str]:
    return {"number": change.number, **name_values(change.after.company, change.after.person), "source": MANUAL}
