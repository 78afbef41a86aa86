"""A migrated database for a test, on SQLite and on PostgreSQL: made once per test process, then copied."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from host.registry import LoadedPlugin, installed, load_all
from host.storage.engine import Database
from host.storage.migrate import upgrade

BOTH = [pytest.param("sqlite", id="sqlite"), pytest.param("postgres", id="postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(new_postgres: Callable[[str], str]) -> str:
    """The name of a migrated PostgreSQL database, to be copied."""
    url = new_postgres("template0")
    _migrate(url)
    return str(make_url(url).database)


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The URL of a migrated SQLite database of this test's own."""
    path = tmp_path / "tsunagu.db"
    shutil.copyfile(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated database of this test's own; the test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    return str(request.getfixturevalue("new_postgres")(request.getfixturevalue("migrated_postgres")))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database of this test's own; the test runs on SQLite and on PostgreSQL."""
    database = Database(database_url)
    yield database
    database.engine.dispose()


def _migrate(url: str) -> None:
    database = Database(url)
    plugins = [plugin.manifest for plugin in load_all(installed()) if isinstance(plugin, LoadedPlugin)]
    upgrade(database, plugins)
    if database.is_sqlite:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.engine.dispose()
