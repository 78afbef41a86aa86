"""Brings the database up to date: the host's tables, each plugin's own branch, and the job engine's."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from alembic import command
from alembic.autogenerate import api, compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from sqlalchemy import JSON, Connection, MetaData

from host.plugin_api import Manifest
from host.storage.all_tables import metadata
from host.storage.engine import Database
from host.storage.own_tables import MIGRATOR
from host.storage.types import UtcDateTime

ENVIRONMENT = "host.storage:migrations"
HOST = "host.storage.migrations.versions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """The revisions of the host or of one plugin.

    Each branch has a version table of its own: a plugin that is uninstalled leaves nothing behind that Alembic would miss.
    """

    name: str
    package: str
    tables: MetaData | None

    @property
    def prefix(self) -> str:
        """What its tables' names begin with: a plugin's with the plugin's name."""
        return "" if self.package == HOST else f"{self.name}_"

    @property
    def version_table(self) -> str:
        return f"alembic_version_{self.name}"

    @property
    def folder(self) -> Path:
        try:
            spec = find_spec(self.package)
        except ModuleNotFoundError:
            spec = None
        if spec is None or not spec.submodule_search_locations:
            raise MigrationsMissing(f"The migrations of “{self.name}” should be in {self.package}, which is not there.")
        return Path(next(iter(spec.submodule_search_locations)))


class MigrationsMissing(Exception):
    """A manifest names a package of migrations that does not exist."""


def branches_of(plugins: Collection[Manifest]) -> list[Branch]:
    """The host's branch and then one for each plugin that has migrations."""
    own = [
        Branch(name=plugin.name, package=plugin.migrations, tables=plugin.tables) for plugin in plugins if plugin.migrations
    ]
    return [Branch(name="host", package=HOST, tables=metadata), *own]


def upgrade(database: Database, plugins: Collection[Manifest]) -> None:
    """Bring host, plugins and job engine up to date; safe to repeat, and safe while another process does the same."""
    upgrade_tables(database, plugins)
    _prepare_job_tables(database)


def upgrade_tables(database: Database, plugins: Collection[Manifest]) -> None:
    """Bring the tables of host and plugins up to date, each branch in one transaction."""
    for branch in branches_of(plugins):
        upgrade_branch(database, branch)


def upgrade_branch(database: Database, branch: Branch) -> None:
    """Bring the tables of one branch up to date, in one transaction.

    Raises:
        TableNotOwned: a plugin's revision would make or change a table that is not its own.
    """
    with database.writing() as connection:
        if branch.package != HOST:
            connection.execution_options(**{MIGRATOR: branch.name})
        _one_at_a_time(connection)
        command.upgrade(_alembic(branch, connection), "heads")


def downgrade(database: Database, branch: Branch) -> None:
    """Take the tables of this branch away again, with all that is in them."""
    with database.writing() as connection:
        command.downgrade(_alembic(branch, connection), "base")


def draft(database: Database, branch: Branch, message: str) -> None:
    """Write a new revision of this branch from the difference between its models and an upgraded database."""
    with database.writing() as connection:
        config = _alembic(branch, connection)
        count = len(list(branch.folder.glob(f"{branch.name}_*.py")))
        label = None if count else branch.name
        command.revision(config, message, autogenerate=True, rev_id=f"{branch.name}_{count + 1:04d}", branch_label=label)


def pending_changes(database: Database, plugins: Collection[Manifest]) -> list[str]:
    """What the models have and the tables have not, or the other way round; empty if they match.

    The database is one that `upgrade_tables` made: with the job engine's tables in it, those would be named as surplus.
    """
    models = [branch.tables for branch in branches_of(plugins) if branch.tables is not None]
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": models, **comparison_options()})
        return [_in_words(change) for change in _flat(compare_metadata(context, models))]  # type: ignore[arg-type]


def comparison_options(prefix: str = "") -> dict[str, Any]:
    """How Alembic compares and writes types here, looking at tables with this prefix; used by the environment too."""

    def concerns(name: str | None, kind: str, _parents: Any) -> bool:
        return kind != "table" or (str(name).startswith(prefix) and not str(name).startswith("alembic_version_"))

    return {"compare_type": True, "render_item": _render, "include_name": concerns}


def _prepare_job_tables(database: Database) -> None:
    from host.delivery.jobs import prepare_tables  # lazily: storage lies below delivery

    prepare_tables(database.url)


def _alembic(branch: Branch, connection: Connection) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", ENVIRONMENT)
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(branch.folder).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s")
    config.attributes.update(branch=branch, connection=connection)
    return config


def _one_at_a_time(connection: Connection) -> None:
    """On SQLite the transaction itself keeps others out; on PostgreSQL an advisory lock does, until the commit."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7465686675)")


def _render(kind: str, item: Any, context: api.AutogenContext) -> str | Literal[False]:
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def _flat(changes: Sequence[Any]) -> list[tuple[Any, ...]]:
    return [inner for change in changes for inner in (change if isinstance(change, list) else [change])]


def _in_words(change: tuple[Any, ...]) -> str:
    return " ".join(str(getattr(part, "name", part)) for part in change if part is not None)
