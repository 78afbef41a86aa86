"""The web's composition root: puts the parts of the web application together."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from host.config import Config, read_config
from host.services import Services, build_services
from host.web import api, csrf, errors, headers, health, languages, logs, metrics, pages, plugin_routes, session
from host.web.cookies import Sessions
from host.web.current import keep_services
from host.web.live import events as live_events
from host.web.storable_integer import StorableInteger

LARGEST_REQUEST = 16 * 1024 * 1024
"""Bytes: a CSV import of contacts; events have their own, smaller limit."""


def create_app(config: Config | None = None, *, services: Services | None = None) -> Flask:
    """The web application. Without arguments it reads the environment.

    Raises:
        ConfigurationError: the environment does not describe a runnable installation.
    """
    services = services or build_services(config or read_config())
    app = Flask("host.web")
    app.config.update(SECRET_KEY=services.config.secret_key, MAX_CONTENT_LENGTH=LARGEST_REQUEST)
    app.url_map.converters["int"] = StorableInteger
    app.session_interface = Sessions()
    keep_services(app, services)
    _trust_proxies(app, services.config.trusted_proxies)
    for part in (logs, metrics, session, csrf, headers, languages, health):
        part.install(app)
    rest = api.make_api(app)
    api.register(app, rest)
    plugin_routes.mount(app, rest)
    pages.register(app)
    live_events.install(app)
    errors.install(app)
    return app


def _trust_proxies(app: Flask, number: int) -> None:
    """Believe the X-Forwarded headers of that many proxies in front, of no more: anybody could write them."""
    if number:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=number, x_proto=number, x_host=number)  # type: ignore[method-assign]
