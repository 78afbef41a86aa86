"""The steps that visit a plugin's pages and API routes, as everybody who may and may not."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from host.app import create_app
from host.security.tokens import create_token
from host.security.users import Role, create_user
from host.services import Services
from host.testing.lab import Lab
from host.testing.trial.diary import Diary
from host.web.plugin_routes import NOT_BUILT, trouble_of

PAGE_SECONDS = 20.0
OWN_SECONDS = 60.0
"""For what the trial itself does: a busy machine is no fault of the plugin."""
LONGEST_PAGE = 300_000
"""Characters of a page that are looked at."""
PASSWORD = "a password for the time of a trial"  # noqa: S105 - of a database that lives for seconds
_PEOPLE = {"admin": Role.ADMIN, "agent": Role.AGENT}


def visit(diary: Diary, lab: Lab) -> None:
    """Every address that can be asked for, then once more with the plugin switched off."""
    manifest = lab.plugin.manifest
    if not (manifest.pages or manifest.rest):
        return
    diary.begin("building", "pages and routes", seconds=PAGE_SECONDS)
    app = create_app(services=lab.services)
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    diary.done("building", **_built(app, lab))
    diary.begin("visitors", seconds=OWN_SECONDS)
    browsers = {role: _browser(app, lab.services, role) for role in _PEOPLE}
    browsers["anonymous"] = app.test_client()
    for address, methods in _addresses(app, lab.plugin.name):
        for who, browser in browsers.items():
            _open(diary, browser, who, address, methods)
    _ask(diary, app, lab)
    lab.services.registry.set_enabled(lab.plugin.name, False, "trial")
    for address, methods in _addresses(app, lab.plugin.name):
        _open(diary, browsers["admin"], "admin, switched off", address, methods & {"GET"})


def _built(app: Flask, lab: Lab) -> dict[str, Any]:
    name = lab.plugin.name
    trouble = trouble_of(app).get(name)
    return {
        "refused": str(trouble or ""),
        "reaches": trouble is not None and trouble.template != NOT_BUILT,
        "endpoints": [rule.endpoint.removeprefix(f"{name}.") for rule in _rules(app, name)],
        "templates": sorted(_templates(app, name)),
    }


def _templates(app: Flask, name: str) -> Iterator[str]:
    """Its templates outside a folder of its own name: they would stand in for those of others."""
    loader = app.blueprints[name].jinja_loader if name in app.blueprints else None
    for template in loader.list_templates() if loader else ():
        if "/" not in template:
            yield template


def _rules(app: Flask, name: str) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(f"{name}."))


def _addresses(app: Flask, name: str) -> Iterator[tuple[str, set[str]]]:
    """The plugin's addresses, with 1 where a value is wanted, and their methods; no static files."""
    prefixes = (f"{name}.", f"api_{name}.")
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.endpoint.startswith(prefixes) and not rule.endpoint.endswith(".static"):
            yield re.sub(r"<[^>]+>", "1", rule.rule), set(rule.methods or ()) - {"HEAD", "OPTIONS"}


def _open(diary: Diary, browser: FlaskClient, who: str, address: str, methods: set[str]) -> None:
    for method in sorted(methods):
        diary.begin("page", f"{method} {address}", seconds=PAGE_SECONDS)
        began = time.monotonic()
        with browser.application.app_context():
            answer = browser.open(address, method=method, headers={"Accept-Language": "en"})
        html = answer.mimetype == "text/html" and method == "GET" and answer.status_code == 200
        diary.done(
            "page",
            who=who,
            method=method,
            address=address,
            status=answer.status_code,
            type=answer.mimetype,
            location=answer.headers.get("Location", ""),
            seconds=time.monotonic() - began,
            text=answer.get_data(as_text=True)[:LONGEST_PAGE] if html or answer.status_code >= 400 else "",
        )


def _browser(app: Flask, services: Services, role: str) -> FlaskClient:
    with services.database.writing() as connection:
        create_user(
            connection,
            email=f"{role}@example.com",
            name=role,
            role=_PEOPLE[role],
            password=PASSWORD,
            now=datetime.now(UTC),
            extension="101" if role == "agent" else None,
        )
    browser = app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/login").text)
    form = {"email": f"{role}@example.com", "password": PASSWORD, "csrf_token": token[1] if token else ""}
    browser.post("/login", data=form)
    return browser


def _ask(diary: Diary, app: Flask, lab: Lab) -> None:
    """The OpenAPI document, and its routes with a token."""
    if not lab.plugin.manifest.rest:
        return
    now = datetime.now(UTC)
    with lab.services.database.writing() as connection:
        token = create_token(connection, name="trial", role=Role.ADMIN, by="trial", now=now)
    prefix = f"/api/v1/{lab.plugin.name}"
    headers = {"Authorization": f"Bearer {token}"}
    paths = app.test_client().get("/api/v1/openapi.json", headers=headers).get_json(silent=True) or {}
    described = [path for path in paths.get("paths", {}) if path.startswith(prefix)]
    diary.done(
        "rest",
        described=described,
        routes=[address for address, _ in _addresses(app, lab.plugin.name) if address.startswith(prefix)],
    )
