"""Security headers of every answer, and the nonce that lets a page's own inline scripts run."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

from host.plugin_api.web import allowed_form_redirects
from host.web.current import services_of

YEAR = 31_536_000
NOTHING = "default-src 'none'; frame-ancestors 'none'"
"""The policy of answers that are no pages."""
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
HTTPS_ONLY = {"Strict-Transport-Security": f"max-age={YEAR}; includeSubDomains"}


def install(app: Flask) -> None:
    always = ALWAYS | (HTTPS_ONLY if services_of(app).config.secure_cookies else {})
    app.jinja_env.globals["csp_nonce"] = nonce

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", policy() if response.mimetype == "text/html" else NOTHING)
        for name, value in always.items():
            response.headers.set(name, value)
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def nonce() -> str:
    """The nonce of this answer."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def policy() -> str:
    """Everything from this server only; inline scripts and styles only with this answer's nonce."""
    own = f"'self' 'nonce-{nonce()}'"
    form_action = " ".join(("'self'", *allowed_form_redirects()))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {own}",
            f"style-src {own}",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            f"form-action {form_action}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )
