"""The REST API under /api/v1."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api

from host.web.api import calls, docs, errors, events, jobs, json_body, plugins
from host.web.api.specification import SPECIFICATION

__all__ = ["make_api", "register"]


def make_api(app: Flask) -> Api:
    app.config.update(
        API_TITLE="Tsunagu",
        API_VERSION="v1",
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    json_body.install()
    return Api(app, spec_kwargs=SPECIFICATION)


def register(app: Flask, api: Api) -> None:
    """Mount the host's own routes."""
    for blueprint in (calls.blueprint, plugins.blueprint, errors.blueprint, jobs.blueprint, events.blueprint):
        api.register_blueprint(blueprint)
    docs.install(app, api)
    events.install(app)
