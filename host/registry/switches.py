"""Which plugins are on: rows, read whenever it matters, so that a change holds in every process at once (R34)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from host.registry.loading import LoadedPlugin
from host.storage.plugin_tables import plugins
from host.storage.upsert import upsert

SWITCHES = select(plugins.c.name, plugins.c.enabled)  # a handful of rows; built once, since every fact asks


def enabled_among(connection: Connection, candidates: Collection[LoadedPlugin]) -> list[LoadedPlugin]:
    """Those of the candidates that are on; one that was never switched is as its manifest says."""
    if not candidates:
        return []
    switched: Mapping[str, bool] = {row.name: row.enabled for row in connection.execute(SWITCHES)}
    return [plugin for plugin in candidates if switched.get(plugin.name, plugin.manifest.enabled_by_default)]


def off_since(connection: Connection, name: str) -> datetime | None:
    """When this plugin was switched off; None if it is on, or was never switched."""
    query = select(plugins.c.changed_at).where(plugins.c.name == name, plugins.c.enabled.is_(False))
    return connection.execute(query).scalar()


def write_switch(connection: Connection, name: str, *, enabled: bool, at: datetime, by: str) -> None:
    """Switch a plugin on or off."""
    upsert(connection, plugins, {"name": name}, {"enabled": enabled, "changed_at": at, "changed_by": by})
