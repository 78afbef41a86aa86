"""Migrations build what the models describe, on both databases, and a plugin that goes leaves nothing behind (R35)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Column, Connection, Integer, MetaData, Table, insert, inspect, select, text

from host.domain.reasons import reason_of
from host.plugin_api import Manifest
from host.registry import LoadedPlugin, installed, load_all
from host.sentences import Sentence
from host.storage.engine import Database
from host.storage.migrate import MigrationsMissing, _alembic, branches_of, draft, pending_changes, upgrade, upgrade_tables
from host.storage.tables import calls, deliveries, facts
from host.storage.texts import storable

BOTH = [pytest.param("sqlite", id="sqlite"), pytest.param("postgres", id="postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    url = f"sqlite:///{tmp_path / 'empty.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    database = Database(str(url))
    yield database
    database.engine.dispose()


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manifest:
    """A plugin with a table and an empty package of migrations."""
    package = tmp_path / "shelf_migrations"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "shelf_migrations", raising=False)
    tables = MetaData()
    Table("shelf_books", tables, Column("id", Integer, primary_key=True))
    return Manifest(name="shelf", title="Shelf", version="1", migrations="shelf_migrations", tables=tables)


def test_migrations_match_the_models(empty: Database) -> None:
    plugins = [plugin.manifest for plugin in load_all(installed()) if isinstance(plugin, LoadedPlugin)]
    upgrade_tables(empty, plugins)
    assert pending_changes(empty, plugins) == []


def test_upgrade_may_be_repeated(empty: Database) -> None:
    upgrade(empty, [])
    upgrade(empty, [])
    assert "deliveries" in inspect(empty.engine).get_table_names()


def test_change_of_a_model_is_seen_drafted_and_run(empty: Database, plugin: Manifest) -> None:
    upgrade_tables(empty, [])
    upgrade_tables(empty, [plugin])
    assert pending_changes(empty, [plugin]) == ["add_table shelf_books"]
    draft(empty, branches_of([plugin])[1], "Books")
    upgrade_tables(empty, [plugin])
    assert pending_changes(empty, [plugin]) == []
    assert "shelf_books" in inspect(empty.engine).get_table_names()


def test_upgrade_works_when_a_plugin_was_uninstalled(empty: Database, plugin: Manifest) -> None:
    upgrade_tables(empty, [])
    draft(empty, branches_of([plugin])[1], "Books")
    upgrade_tables(empty, [plugin])
    upgrade_tables(empty, [])


def test_missing_migrations_are_named(empty: Database) -> None:
    lost = Manifest(name="lost", title="Lost", version="1", migrations="no.such.package")
    with pytest.raises(MigrationsMissing, match=r"“lost”.*no\.such\.package"):
        upgrade_tables(empty, [lost])


def test_b5_work_that_was_stopped_before_gets_the_key_of_its_reason(empty: Database) -> None:
    lost = Sentence("The field %(field)s is missing.", field="Phone")
    (host,) = branches_of([])
    with empty.writing() as connection:
        command.upgrade(_alembic(host, connection), "host_0001")
        _insert_delivery(connection, 1, "failed", storable(lost))
        _insert_delivery(connection, 2, "done", "")
    upgrade_tables(empty, [])
    with empty.reading() as connection:
        reasons = connection.execute(select(deliveries.c.reason).order_by(deliveries.c.id)).scalars().all()
    assert list(reasons) == [reason_of("failed", None, lost), ""]


def _insert_delivery(connection: Connection, key: int, state: str, message: str) -> None:
    now = datetime.now(UTC)
    call = {"id": f"c{key}", "source": "x", "source_call_id": str(key), "state": "ended", "direction": "inbound"}
    times = {"started_at": now, "created_at": now, "updated_at": now}
    connection.execute(insert(calls).values(**call, agents=[], transfers=[], **times))
    connection.execute(insert(facts).values(id=key, call_id=f"c{key}", hook="on_call_end", detail={}, occurred_at=now))
    names = (
        "id, fact_id, call_id, plugin, hook, state, message, attempts, tries_from, api_calls, queued, created_at, updated_at"
    )
    values = ":key, :key, :call, 'x', 'on_call_end', :state, :message, 1, 0, 0, :queued, :now, :now"
    given = {"key": key, "call": f"c{key}", "state": state, "message": message, "queued": True, "now": now}
    connection.execute(text(f"INSERT INTO deliveries ({names}) VALUES ({values})"), given)
