"""Integration errors: what is stopped, by its reason; try it again or drop it (R31, B5)."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from host.delivery.inbox import Groups, affected, reason_groups
from host.delivery.mending import Chosen, Mended, drop_errors, retry_errors
from host.plugin_api.web import actor
from host.web.api import error_schemas as schemas
from host.web.api.access import require_admin
from host.web.current import services_here

blueprint = Blueprint(
    "api_errors", __name__, url_prefix="/api/v1/errors", description="What plugins could not do (role admin)"
)
blueprint.before_request(require_admin)


@blueprint.route("", methods=["GET"])
@blueprint.arguments(schemas.ErrorQuerySchema, location="query")
@blueprint.response(200, schemas.ErrorListSchema)
@blueprint.alt_response(401, description="No valid token")
@blueprint.alt_response(403, description="The token's role is not admin")
def list_errors(query: dict[str, str]) -> dict[str, Any]:
    """Stopped work by its reason, the biggest groups first (role admin)"""
    with services_here().database.reading() as connection:
        groups: Groups = reason_groups(connection, query["plugin"])
    return {"errors": groups.shown, "more": groups.more}


@blueprint.route("/<plugin>/<reason>", methods=["GET"])
@blueprint.arguments(schemas.AffectedQuerySchema, location="query")
@blueprint.response(200, schemas.AffectedListSchema)
@blueprint.alt_response(401, description="No valid token")
@blueprint.alt_response(403, description="The token's role is not admin")
def list_affected(query: dict[str, int | None], plugin: str, reason: str) -> dict[str, Any]:
    """The work that is stopped for one reason, newest first (role admin)"""
    if not schemas.is_plugin(plugin) or not schemas.is_reason(reason):
        return {"deliveries": [], "before": None}
    with services_here().database.reading() as connection:
        page = affected(connection, plugin, reason, query["before"])
    return {"deliveries": page.deliveries, "before": page.before}


@blueprint.route("/retry", methods=["POST"])
@blueprint.arguments(schemas.ChosenSchema)
@blueprint.response(200, schemas.MendedSchema)
@blueprint.alt_response(401, description="No valid token")
@blueprint.alt_response(403, description="The token's role is not admin")
def retry(wanted: dict[str, Any]) -> Mended:
    """Try stopped work again: of a reason, of a plugin, these deliveries, or everything (role admin)"""
    return retry_errors(services_here(), _chosen(wanted), actor())


@blueprint.route("/drop", methods=["POST"])
@blueprint.arguments(schemas.ChosenSchema)
@blueprint.response(200, schemas.MendedSchema)
@blueprint.alt_response(401, description="No valid token")
@blueprint.alt_response(403, description="The token's role is not admin")
def drop(wanted: dict[str, Any]) -> Mended:
    """Drop stopped work: it is not sent any more. Named as for trying again (role admin)"""
    return drop_errors(services_here(), _chosen(wanted), actor())


def _chosen(wanted: dict[str, Any]) -> Chosen:
    return Chosen(deliveries=frozenset(wanted["delivery_ids"]), plugin=wanted["plugin"], reason=wanted["reason"])
