"""Whether this server lives (/healthz), can work (/readyz), and how it does (/metrics)."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Flask, Response, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from host.plugin_api import Manifest
from host.services import Services
from host.storage.currency import branches_behind
from host.storage.tables import workers
from host.web import metrics
from host.web.current import services_here

blueprint = Blueprint("health", __name__)


def install(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """503 while pages could not work. A missing worker is a warning: calls are taken, and delivered when one comes."""
    services = services_here()
    try:
        behind = branches_behind(services.database, _manifests(services, foreign=False))
        warnings = [] if behind else _warnings(services)
    except SQLAlchemyError:
        return jsonify(status="unavailable", reason="The database does not answer."), 503
    if behind:
        reason = f"The tables of {', '.join(behind)} are not up to date. Run: tsunagu db upgrade"
        return jsonify(status="unavailable", reason=reason), 503
    return jsonify(status="ready", warnings=warnings)


@blueprint.get("/metrics")
def figures() -> Response:
    return metrics.figures(services_here())


def _warnings(services: Services) -> list[str]:
    alive_since = services.clock() - timedelta(seconds=2 * services.config.lease_seconds)
    with services.database.reading() as connection:
        alive = connection.execute(select(func.count()).where(workers.c.seen_at >= alive_since)).scalar() or 0
    broken = [each for each in services.registry.quarantined if not each.held_back]
    quarantined = [f"The plugin {each.name} could not be loaded: {each.reason}" for each in broken]
    idle = [] if alive else ["No worker is running: plugins hear of nothing. Start one: tsunagu worker"]
    lagging = [
        f"The tables of the plugin {name} are not up to date. Run: tsunagu db upgrade"
        for name in branches_behind(services.database, _manifests(services, foreign=True))
        if name != "host"
    ]
    return idle + quarantined + lagging + _held_back(services)


def _held_back(services: Services) -> list[str]:
    names = ", ".join(each.name for each in services.registry.quarantined if each.held_back)
    return [f"Safe mode is on: these plugins are left out: {names}."] if names else []


def _manifests(services: Services, *, foreign: bool) -> list[Manifest]:
    return [plugin.manifest for plugin in services.registry.loaded if plugin.is_foreign == foreign]
