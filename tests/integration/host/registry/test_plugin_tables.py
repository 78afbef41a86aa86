"""R35: a plugin writes its own tables; what it writes into another's is refused with its name, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from app_fixture import scratch_config
from sqlalchemy import delete, insert, select, text, update

from host.plugin_api import PluginContext
from host.services import Services, build_services
from host.storage.own_tables import TableNotOwned
from host.storage.plugin_tables import plugin_settings, plugins
from host.storage.tables import calls, memos


@pytest.fixture
def services(database_url: str) -> Iterator[Services]:
    services = build_services(scratch_config(database_url))
    yield services
    services.database.engine.dispose()


@pytest.fixture
def contacts(services: Services) -> PluginContext:
    return services.registry.context("contacts")


@pytest.mark.parametrize(
    "statement",
    [
        delete(calls),
        update(memos).values(text="gone"),
        insert(plugins).from_select(["name"], select(plugins.c.name)),
        delete(plugin_settings),
        text("UPDATE calls SET number = NULL"),
        text("DROP TABLE calls"),
    ],
    ids=str,
)
def test_statement_that_writes_anothers_table_is_refused(contacts: PluginContext, statement: object) -> None:
    with pytest.raises(TableNotOwned, match="contacts"), contacts.database.writing() as connection:
        connection.execute(statement)
    with pytest.raises(TableNotOwned, match="contacts"), contacts.database.reading() as connection:
        connection.execute(statement)


def test_own_tables_are_written_and_others_read(contacts: PluginContext) -> None:
    with contacts.database.writing() as connection, connection.begin_nested():
        connection.execute(text("DELETE FROM contacts_entries WHERE number = 'none'"))
        assert connection.execute(select(calls)).all() == []


def test_host_writes_what_it_likes_after_a_plugin_used_the_same_connection(
    services: Services, contacts: PluginContext
) -> None:
    with contacts.database.reading() as connection:
        connection.execute(select(calls))
    with services.database.writing() as connection:
        connection.execute(delete(memos))
