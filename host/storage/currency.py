"""Whether the database has all the tables this version of the host and its plugins need."""

from __future__ import annotations

from collections.abc import Collection

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from host.plugin_api import Manifest
from host.storage.engine import Database
from host.storage.migrate import Branch, branches_of


def branches_behind(database: Database, plugins: Collection[Manifest]) -> list[str]:
    """The names of those (host or plugins) whose migrations have not all been run; `tsunagu db upgrade` runs them."""
    with database.reading() as connection:
        return [branch.name for branch in branches_of(plugins) if _current(connection, branch) != _newest(branch)]


def _current(connection: Connection, branch: Branch) -> set[str]:
    context = MigrationContext.configure(connection, opts={"version_table": branch.version_table})
    return set(context.get_current_heads())


def _newest(branch: Branch) -> set[str]:
    return set(ScriptDirectory(str(branch.folder), version_locations=[str(branch.folder)]).get_heads())
