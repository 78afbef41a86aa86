"""The plugins' own processes as a worker uses them: a caller for each plugin, which goes where the plugin runs now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from host.config import Config
from host.isolation.caller import IsolatedCaller
from host.isolation.codec import plain
from host.isolation.forking import Forker
from host.isolation.placement import Placement
from host.isolation.process import PluginProcess
from host.plugin_api import Call, Event, JobRun, PluginContext
from host.registry.caller import Announce, PluginCaller
from host.registry.loading import LoadedPlugin
from host.registry.outcomes import CallResult
from host.storage.engine import Database

MIB = 1024 * 1024


class PlacedCaller:
    """Calls one plugin's hooks, at most `manifest.concurrency` at once (`turn`), each where the plugin runs then."""

    def __init__(self, plugin: LoadedPlugin, placement: Placement, isolated: IsolatedCaller) -> None:
        self._plugin = plugin
        self._placement = placement
        self._isolated = isolated
        self._threads = PluginCaller(plugin)

    @property
    def hanging(self) -> int:
        """How many calls in this process passed their deadline and have not returned."""
        return self._threads.hanging

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until one more call may run, and hold its place."""
        with self._threads.turn():
            yield

    def call(self, hook: str, context: PluginContext, event: Event) -> CallResult:
        """Call the plugin's implementation of `hook` in a `turn`, at most until the manifest's deadline."""
        if self._placement.is_apart(self._plugin):
            return self._isolated.call(hook, event)
        return self._threads.call(hook, context, event)

    def announce(self, announce: Announce, context: PluginContext, call: Call) -> CallResult:
        """Tell the plugin of a call that begins, with the same deadline."""
        if self._placement.is_apart(self._plugin):
            return self._isolated.announce(call)
        return self._threads.announce(announce, context, call)


class PluginProcesses:
    """All that this process of the host started for plugins. Nothing is started before it is needed."""

    def __init__(self, config: Config, database: Database, plugins: Sequence[LoadedPlugin]) -> None:
        orders = {
            "config": plain(config),
            "plugins": [plugin.name for plugin in plugins],
            "memory": config.plugin_memory_mib * MIB,
        }
        self._placement = Placement(database)
        self._forker = Forker()
        start = partial(_start, orders, self._forker)
        self._isolated = {plugin.name: IsolatedCaller(plugin, partial(start, plugin.name)) for plugin in plugins}

    def caller(self, plugin: LoadedPlugin) -> PlacedCaller:
        """For the hooks of this plugin."""
        return PlacedCaller(plugin, self._placement, self._isolated[plugin.name])

    def run_job(self, plugin: LoadedPlugin, job: str, run: JobRun) -> CallResult | None:
        """Run a job in the plugin's own process; None, and nothing was done, if the plugin runs in this one."""
        return self._isolated[plugin.name].job(job, run) if self._placement.is_apart(plugin) else None

    def check_health(self, plugin: LoadedPlugin, check: str, seconds: float) -> CallResult | None:
        """Run a health check in the plugin's own process; None, and nothing was done, if the plugin runs in this one."""
        return self._isolated[plugin.name].health(check, seconds) if self._placement.is_apart(plugin) else None

    def close(self) -> None:
        """End them all."""
        for isolated in self._isolated.values():
            isolated.close()
        self._forker.close()


def _start(orders: Mapping[str, Any], forker: Forker, plugin: str) -> PluginProcess:
    return PluginProcess(plugin, orders, forker)
