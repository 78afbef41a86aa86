"""How the installed plugins stand, for the plugins page, the REST API and the command line (R34, R35)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from host.domain.settlement import ParkedFor
from host.isolation.placement import has_own_process, read_choices
from host.registry.loading import Found, LoadedPlugin
from host.storage.plugin_tables import plugin_health, plugins
from host.storage.tables import deliveries


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginState:
    """One installed plugin. `state` is enabled, disabled, quarantined or held_back; `deliveries` counts by state.

    `switched_off`: how many deliveries are parked because it is switched off; `own_process`: where it runs;
    `well`: whether all of its health checks were well when they last ran, None without any.
    """

    name: str
    title: str
    description: str = ""
    version: str
    distribution: str
    state: str
    hooks: tuple[str, ...] = ()
    reason: str = ""
    changed_at: datetime | None = None
    changed_by: str = ""
    deliveries: Mapping[str, int] = field(default_factory=dict)
    switched_off: int = 0
    own_process: bool = False
    well: bool | None = None

    @property
    def waiting(self) -> int:
        """Deliveries that are not over and need nobody: waiting, running or to be tried again."""
        return sum(self.deliveries.get(state, 0) for state in ("waiting", "running", "retrying"))

    @property
    def parked(self) -> int:
        return self.deliveries.get("parked", 0)

    @property
    def failed(self) -> int:
        return self.deliveries.get("failed", 0)


def read_states(connection: Connection, found: Sequence[Found]) -> list[PluginState]:
    """All installed plugins, in the order of loading."""
    switches = {row.name: row for row in connection.execute(select(plugins))}
    counts, off, choices = _counts(connection), _switched_off(connection), read_choices(connection)
    well = _well(connection)
    states = [_state(plugin, switches.get(plugin.name), counts.get(plugin.name, {})) for plugin in found]
    return [
        replace(
            state,
            switched_off=off.get(plugin.name, 0),
            own_process=isinstance(plugin, LoadedPlugin) and has_own_process(plugin, choices),
            well=well.get(plugin.name) if isinstance(plugin, LoadedPlugin) and plugin.manifest.health else None,
        )
        for plugin, state in zip(found, states, strict=True)
    ]


def _counts(connection: Connection) -> dict[str, dict[str, int]]:
    query = select(deliveries.c.plugin, deliveries.c.state, func.count()).group_by(deliveries.c.plugin, deliveries.c.state)
    counts: dict[str, dict[str, int]] = {}
    for plugin, state, number in connection.execute(query):
        counts.setdefault(plugin, {})[state] = number
    return counts


def _switched_off(connection: Connection) -> dict[str, int]:
    query = select(deliveries.c.plugin, func.count()).where(deliveries.c.parked_for == ParkedFor.DISABLED)
    return {row.plugin: row[1] for row in connection.execute(query.group_by(deliveries.c.plugin))}


def _well(connection: Connection) -> dict[str, bool]:
    rows = connection.execute(select(plugin_health.c.plugin, plugin_health.c.well)).all()
    return {plugin: all(row.well for row in rows if row.plugin == plugin) for plugin in {row.plugin for row in rows}}


def _state(plugin: Found, switch: Any, counts: Mapping[str, int]) -> PluginState:
    changed = {} if switch is None else {"changed_at": switch.changed_at, "changed_by": switch.changed_by}
    if not isinstance(plugin, LoadedPlugin):
        return PluginState(
            name=plugin.name,
            title=plugin.name,
            version=plugin.version,
            distribution=plugin.distribution,
            state="held_back" if plugin.held_back else "quarantined",
            reason=plugin.reason,
            deliveries=counts,
            **changed,
        )
    enabled = plugin.manifest.enabled_by_default if switch is None else switch.enabled
    return PluginState(
        name=plugin.name,
        title=plugin.manifest.title,
        description=plugin.manifest.description,
        version=plugin.manifest.version,
        distribution=plugin.distribution,
        state="enabled" if enabled else "disabled",
        hooks=plugin.hooks,
        deliveries=counts,
        **changed,
    )
