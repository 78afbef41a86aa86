"""Refuses requests that another site made a browser send: what changes something by cookie needs our token."""

from __future__ import annotations

from flask import Flask, abort, current_app, request
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect

from host.web.session import has_bearer

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def install(app: Flask) -> None:
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False)
    csrf = CSRFProtect(app)

    @app.before_request
    def check() -> None:
        if request.method in SAFE or has_bearer(request) or is_signed_route():
            return
        if request.path.startswith("/api/") and not current_user.is_authenticated:
            abort(401)
        csrf.protect()


def signed(endpoint: str, app: Flask) -> None:
    """Name an endpoint whose requests carry their own signature and no cookie."""
    app.config.setdefault("SIGNED_ENDPOINTS", set()).add(endpoint)


def is_signed_route() -> bool:
    return request.endpoint is None or request.endpoint in current_app.config.get("SIGNED_ENDPOINTS", ())
