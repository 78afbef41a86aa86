"""The step that makes a plugin's tables, takes them away and makes them again."""

from __future__ import annotations

from sqlalchemy import inspect

from host.plugin_api import Manifest
from host.storage.engine import Database
from host.storage.migrate import branches_of, downgrade, pending_changes, upgrade_tables
from host.testing.trial.diary import Diary

Shape = dict[str, list[str]]


def migrate(diary: Diary, database: Database, manifest: Manifest) -> bool:
    """Up, down and up; gives back whether the tables are there now."""
    if not manifest.migrations:
        return True
    diary.begin("migrations", manifest.migrations, seconds=30)
    before = _shape(database)
    step = "upgrade"
    try:
        upgrade_tables(database, [manifest])
        made = _shape(database)
        gaps = [gap for gap in pending_changes(database, [manifest]) if manifest.name in gap]
        step = "downgrade"
        downgrade(database, branches_of([manifest])[-1])
        left = _shape(database)
        step = "second upgrade"
        upgrade_tables(database, [manifest])
    except Exception as problem:  # noqa: BLE001 - whatever a migration does, the trial is written down
        diary.done("migrations", failed=f"The {step} fails with {type(problem).__name__}: {_first_line(problem)}")
        return step == "downgrade"
    again = _shape(database)
    diary.done(
        "migrations",
        failed="",
        made=sorted(set(made) - set(before)),
        touched=sorted(name for name in before if made.get(name) != before[name]),
        gaps=gaps,
        left=sorted(name for name in left if name not in before),
        different=sorted(name for name in made if again.get(name) != made[name]),
    )
    return True


def _shape(database: Database) -> Shape:
    with database.reading() as connection:
        tables = inspect(connection)
        return {
            name: sorted(f"{column['name']} {column['type']}" for column in tables.get_columns(name))
            for name in tables.get_table_names()
            if not name.startswith("alembic_version")
        }


def _first_line(problem: Exception) -> str:
    return next(iter(str(problem).splitlines()), "")
