"""A plugin's settings and secrets: rows of the host's database, read fresh each time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, delete, select

from host.plugin_api import NeedsConfiguration
from host.security.sealing import BROKEN, SealBroken, Sealer
from host.storage.engine import Database
from host.storage.plugin_tables import plugin_secrets, plugin_settings
from host.storage.upsert import upsert


class StoredSettings:
    """The settings of one plugin that are not secret."""

    def __init__(self, database: Database, plugin: str) -> None:
        self._database = database
        self._plugin = plugin

    def read(self) -> Mapping[str, Any]:
        query = select(plugin_settings.c.name, plugin_settings.c.value).where(plugin_settings.c.plugin == self._plugin)
        with self._database.reading() as connection:
            return {row.name: row.value for row in connection.execute(query)}

    def write(self, values: Mapping[str, Any]) -> None:
        with self._database.writing() as connection:
            for name, value in values.items():
                row = None if value is None else {"value": value}
                _replace(connection, plugin_settings, self._plugin, name, row)


class StoredSecrets:
    """The secrets of one plugin, sealed in the database."""

    def __init__(self, database: Database, plugin: str, sealer: Sealer) -> None:
        self._database = database
        self._plugin = plugin
        self._sealer = sealer

    def get(self, name: str) -> str | None:
        query = select(plugin_secrets.c.sealed).where(plugin_secrets.c.plugin == self._plugin, plugin_secrets.c.name == name)
        with self._database.reading() as connection:
            sealed = connection.execute(query).scalar_one_or_none()
        try:
            return None if sealed is None else self._sealer.open(sealed)
        except SealBroken:
            raise NeedsConfiguration(BROKEN) from None

    def put(self, values: Mapping[str, str | None]) -> None:
        with self._database.writing() as connection:
            for name, value in values.items():
                row = None if value is None else {"sealed": self._sealer.seal(value)}
                _replace(connection, plugin_secrets, self._plugin, name, row)


def _replace(connection: Connection, table: Table, plugin: str, name: str, row: Mapping[str, Any] | None) -> None:
    if row is None:
        connection.execute(delete(table).where(table.c.plugin == plugin, table.c.name == name))
    else:
        upsert(connection, table, {"plugin": plugin, "name": name}, row)
