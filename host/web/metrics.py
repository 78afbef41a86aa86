"""Figures for Prometheus: requests and events of this process (or of all, under gunicorn), and the state of the queue."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime

from flask import Flask, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import Connection, func, select

from host.services import Services
from host.storage.tables import deliveries
from host.storage.types import UtcDateTime
from host.web.logs import elapsed
from host.web.plugin_metrics import PluginCollector

MULTIPROCESS_DIR = "PROMETHEUS_MULTIPROC_DIR"
PENDING = ("waiting", "running", "retrying")

EVENTS = Counter("tsunagu_events", "Telephone events by type and what became of them", ["type", "result"])
REQUESTS = Histogram(
    "tsunagu_http_request_seconds",
    "Duration of requests by endpoint and status",
    ["endpoint", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
OPEN_PAGES = Gauge("tsunagu_open_pages", "Agents' pages that listen to live updates", multiprocess_mode="livesum")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class QueueCollector(Collector):
    """What the database knows of deliveries, asked whenever the figures are."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        with self._services.database.reading() as connection:
            yield _by_state(connection)
            yield _oldest(connection, self._services.clock())


def install(app: Flask) -> None:
    @app.after_request
    def observe(response: Response) -> Response:
        method = request.method if request.method in _METHODS else "other"
        REQUESTS.labels(request.endpoint or "-", method, str(response.status_code)).observe(elapsed())
        return response


def figures(services: Services) -> Response:
    """The answer to a scrape."""
    registry = CollectorRegistry()
    registry.register(QueueCollector(services))
    registry.register(PluginCollector(services))
    if os.environ.get(MULTIPROCESS_DIR):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        text = generate_latest(registry)
    else:
        text = generate_latest(registry) + generate_latest(REGISTRY)
    return Response(text, content_type=CONTENT_TYPE_LATEST)


def _by_state(connection: Connection) -> Metric:
    family = GaugeMetricFamily("tsunagu_deliveries", "Deliveries by plugin and state", labels=["plugin", "state"])
    query = select(deliveries.c.plugin, deliveries.c.state, func.count()).group_by(deliveries.c.plugin, deliveries.c.state)
    for plugin, state, number in connection.execute(query):
        family.add_metric([plugin, state], number)
    return family


def _oldest(connection: Connection, now: datetime) -> Metric:
    family = GaugeMetricFamily(
        "tsunagu_queue_age_seconds", "Age of the oldest delivery that is not over, by plugin", labels=["plugin"]
    )
    oldest = func.min(deliveries.c.created_at, type_=UtcDateTime())
    query = select(deliveries.c.plugin, oldest).where(deliveries.c.state.in_(PENDING)).group_by(deliveries.c.plugin)
    for plugin, moment in connection.execute(query):
        family.add_metric([plugin], (now - moment).total_seconds())
    return family
