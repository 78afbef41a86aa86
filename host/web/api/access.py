"""Who may use a route of the API."""

from __future__ import annotations

from flask import abort
from flask_login import current_user

from host.plugin_api.web import is_admin


def require_login() -> None:
    """Any role, by token or session."""
    if not current_user.is_authenticated:
        abort(401)


def require_admin() -> None:
    require_login()
    if not is_admin():
        abort(403)
