"""Makes blueprints of pages that only people who are logged in, or only admins, may see."""

from __future__ import annotations

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue
from flask_login import current_user

from host.plugin_api.web import is_admin
from host.web.current import login_manager_of


def pages_blueprint(name: str, prefix: str) -> Blueprint:
    """A blueprint for everybody who is logged in."""
    blueprint = Blueprint(name, __name__, url_prefix=prefix)
    blueprint.before_request(_require_login)
    return blueprint


def settings_blueprint(name: str, prefix: str) -> Blueprint:
    """A blueprint for admins only."""
    blueprint = pages_blueprint(name, f"/settings{prefix}")
    blueprint.before_request(_require_admin)
    return blueprint


def _require_login() -> ResponseReturnValue | None:
    if current_user.is_authenticated:
        return None
    answer: ResponseReturnValue = login_manager_of().unauthorized()
    return answer


def _require_admin() -> None:
    if not is_admin():
        abort(403)
