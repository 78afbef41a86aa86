"""Which plugin goes before which: as an admin set it; till then those that come with Tsunagu first, then by name."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, delete, insert, select

from host.registry.loading import OWN_DISTRIBUTION, LoadedPlugin
from host.storage.plugin_tables import plugin_order


def in_order(connection: Connection, plugins: Collection[LoadedPlugin]) -> list[LoadedPlugin]:
    """The plugins, the first goes before the others; one that has no place yet comes behind those that have."""
    places: dict[str, int] = {row.name: row.position for row in connection.execute(select(plugin_order))}
    last = len(places) + max(places.values(), default=0)
    return sorted(
        plugins,
        key=lambda plugin: (places.get(plugin.name, last), plugin.distribution != OWN_DISTRIBUTION, plugin.name),
    )


def write_order(connection: Connection, names: Sequence[str]) -> None:
    """Keep this order; plugins that are not installed now lose their place."""
    connection.execute(delete(plugin_order))
    connection.execute(insert(plugin_order), [{"name": name, "position": place} for place, name in enumerate(names)])
