"""What plugins count and how they stand, for Prometheus: read from the database, so that every process counts (R33)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, select

from host.plugin_api import Counter
from host.plugin_health import health_of
from host.registry import LoadedPlugin
from host.services import Services
from host.storage.plugin_tables import plugin_counters


class PluginCollector(Collector):
    """The counters that loaded plugins declare, and what their health checks last came to."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        plugins = self._services.registry.loaded
        with self._services.database.reading() as connection:
            yield _well(connection, plugins)
            for plugin in plugins:
                yield from (_counted(connection, plugin.name, counter) for counter in plugin.manifest.counters)


def _well(connection: Connection, plugins: tuple[LoadedPlugin, ...]) -> Metric:
    family = GaugeMetricFamily(
        "tsunagu_plugin_well", "Whether what a plugin needs is there, by its health checks", labels=["plugin", "check"]
    )
    for plugin in plugins:
        for health in health_of(connection, plugin) if plugin.manifest.health else ():
            family.add_metric([plugin.name, health.name], float(health.well))
    return family


def _counted(connection: Connection, plugin: str, counter: Counter) -> Metric:
    name = f"tsunagu_plugin_{plugin}_{counter.name}"
    family = CounterMetricFamily(name, counter.help, labels=list(counter.labels))
    query = select(plugin_counters.c.labels, plugin_counters.c.value)
    for row in connection.execute(query.where(plugin_counters.c.plugin == plugin, plugin_counters.c.name == counter.name)):
        told = json.loads(row.labels)
        if set(told) == set(counter.labels):
            family.add_metric([told[label] for label in counter.labels], row.value)
    return family
