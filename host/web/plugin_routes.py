"""Mounts what plugins bring: pages under /plugins/<name>, REST under /api/v1/<name>, behind login and the switch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from flask import Blueprint, Flask, abort
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_smorest import Api

from host.registry import LoadedPlugin
from host.services import Services
from host.web.current import login_manager_of, services_here, services_of


def mount(app: Flask, api: Api) -> None:
    """A plugin whose routes cannot be built loses them; the host and the other plugins go on (R35)."""
    services = services_of(app)
    for plugin in services.registry.loaded:
        pages, rest = plugin.manifest.pages, plugin.manifest.rest
        if pages:
            _try(plugin, services, pages, partial(_mount_pages, app, plugin.name))
        if rest:
            _try(plugin, services, rest, partial(_mount_rest, api, plugin.name))


def _try(plugin: LoadedPlugin, services: Services, build: Callable[..., Blueprint], keep: Callable[[Any], None]) -> None:
    try:
        keep(build(services.registry.context(plugin.name)))
    except Exception as error:  # noqa: BLE001 - whatever a plugin does wrong, the host starts (R35)
        structlog.get_logger("tsunagu.web").error(
            "plugin routes not mounted", plugin=plugin.name, kind=type(error).__name__, exc_info=True
        )


def _mount_pages(app: Flask, name: str, blueprint: Blueprint) -> None:
    blueprint.before_request(_guard(name))
    app.register_blueprint(blueprint, name=name, url_prefix=f"/plugins/{name}")


def _mount_rest(api: Api, name: str, blueprint: Any) -> None:
    blueprint.before_request(_guard(name))
    api.register_blueprint(blueprint, name=f"api_{name}", url_prefix=f"/api/v1/{name}")


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
