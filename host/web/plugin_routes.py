"""Mounts what plugins bring: pages under /plugins/<name>, REST under /api/v1/<name>, behind login and the switch."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from flask import Blueprint, Flask, abort, g
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_smorest import Api

from host.registry import LoadedPlugin
from host.registry.in_time import OutOfTime, in_time
from host.sentences import Sentence
from host.web.current import login_manager_of, services_here, services_of
from host.web.plugin_reach import ReachesTooFar, check_reach

TROUBLE = "tsunagu_plugin_trouble"
PLACES = 3
PATIENCE_SECONDS = 0.5
BUILD_SECONDS = 10.0
HANGS = Sentence("Its pages are not built within %(seconds)s seconds.").template
NOT_BUILT = Sentence("Its pages cannot be built: %(kind)s at %(place)s.").template


def mount(app: Flask, api: Api) -> None:
    """A plugin whose routes cannot be built loses them; the host and the other plugins go on (R35)."""
    services = services_of(app)
    app.extensions[TROUBLE] = {}
    for plugin in services.registry.loaded:
        pages, rest = plugin.manifest.pages, plugin.manifest.rest
        if pages:
            _try(app, plugin, pages, partial(_mount_pages, app, plugin))
        if rest:
            _try(app, plugin, rest, partial(_mount_rest, api, plugin))


def trouble_of(app: Flask) -> dict[str, Sentence]:
    """By plugin, why its pages or routes are not there."""
    trouble: dict[str, Sentence] = app.extensions[TROUBLE]
    return trouble


def _try(app: Flask, plugin: LoadedPlugin, build: Callable[..., Blueprint], keep: Callable[[Any], None]) -> None:
    try:
        context = services_of(app).registry.context(plugin.name)
        keep(_built(plugin, partial(build, context)))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plugin does wrong, the host starts (R35)
        trouble_of(app)[plugin.name] = _reason(error)
        structlog.get_logger("tsunagu.web").error(
            "plugin routes not mounted", plugin=plugin.name, kind=type(error).__name__, exc_info=True
        )


def _built(plugin: LoadedPlugin, build: Callable[[], Blueprint]) -> Blueprint:
    return in_time(build, BUILD_SECONDS, f"pages of {plugin.name}") if plugin.is_foreign else build()


def _reason(error: BaseException) -> Sentence:
    """The kind of error and its place; not its text, which may hold a secret."""
    if isinstance(error, ReachesTooFar):
        return error.sentence
    if isinstance(error, OutOfTime):
        return Sentence(HANGS, seconds=f"{BUILD_SECONDS:g}")
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return Sentence(NOT_BUILT, kind=type(error).__name__, place=place)


def _mount_pages(app: Flask, plugin: LoadedPlugin, blueprint: Blueprint) -> None:
    prefix = f"/plugins/{plugin.name}"
    _hold_apart(plugin, blueprint, plugin.name, prefix)
    app.register_blueprint(blueprint, name=plugin.name, url_prefix=prefix)


def _mount_rest(api: Api, plugin: LoadedPlugin, blueprint: Any) -> None:
    name, prefix = f"api_{plugin.name}", f"/api/v1/{plugin.name}"
    _hold_apart(plugin, blueprint, name, prefix)
    api.register_blueprint(blueprint, name=name, url_prefix=prefix)


def _hold_apart(plugin: LoadedPlugin, blueprint: Blueprint, name: str, prefix: str) -> None:
    blueprint.before_request(_guard(plugin.name))
    if plugin.is_foreign:
        _limit(blueprint)
    check_reach(blueprint, name, prefix)


def _limit(blueprint: Blueprint) -> None:
    """So many requests at a time: pages that hang leave the other threads of the web server to the host."""
    places = threading.BoundedSemaphore(PLACES)

    def take() -> None:
        if not places.acquire(timeout=PATIENCE_SECONDS):
            abort(503, description=_("This plugin is busy: its earlier answers are not done yet. Please try again."))
        g.plugin_place = places

    def give_back(_error: BaseException | None) -> None:
        held = g.pop("plugin_place", None)
        if held is not None:
            held.release()

    blueprint.before_request(take)
    blueprint.teardown_request(give_back)


def _guard(name: str) -> Callable[[], ResponseReturnValue | None]:
    def guard() -> ResponseReturnValue | None:
        if not current_user.is_authenticated:
            return login_manager_of().unauthorized()  # type: ignore[no-any-return]
        if not services_here().registry.is_enabled(name):
            abort(
                404,
                description=_("The plugin %(name)s is switched off. An admin can switch it on in the settings.", name=name),
            )
        return None

    return guard
