"""Plugins: how they stand, and the switch of each."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint, abort

from host.plugin_api.web import actor
from host.registry import PluginQuarantined, PluginUnknown
from host.web.api import schemas
from host.web.api.access import require_admin, require_login
from host.web.current import services_here

blueprint = Blueprint("api_plugins", __name__, url_prefix="/api/v1/plugins", description="Installed plugins")
blueprint.before_request(require_login)


@blueprint.route("", methods=["GET"])
@blueprint.response(200, schemas.PluginListSchema)
@blueprint.alt_response(401, description="No valid token")
def list_plugins() -> dict[str, Any]:
    """All installed plugins, those that could not be loaded too"""
    return {"plugins": services_here().registry.states()}


@blueprint.route("/<name>", methods=["PATCH"])
@blueprint.arguments(schemas.PluginSwitchSchema)
@blueprint.response(200, schemas.PluginSchema)
@blueprint.alt_response(401, description="No valid token")
@blueprint.alt_response(403, description="The token's role is not admin")
@blueprint.alt_response(404, description="No such plugin")
@blueprint.alt_response(409, description="The plugin could not be loaded")
def switch_plugin(wanted: dict[str, Any], name: str) -> Any:
    """Switch a plugin on or off, or choose where it runs, in every process at once (role admin)"""
    require_admin()
    registry = services_here().registry
    try:
        if "own_process" in wanted:
            registry.set_own_process(name, wanted["own_process"], actor())
        if "enabled" in wanted:
            registry.set_enabled(name, wanted["enabled"], actor(), drop=wanted["parked"] == "drop")
    except PluginUnknown as error:
        abort(404, message=str(error))
    except PluginQuarantined as error:
        abort(409, message=str(error))
    return next(state for state in registry.states() if state.name == name)
