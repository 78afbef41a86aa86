"""What a page asks of its surroundings: the services, the person logged in, whether htmx is asking."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request

from host.services import Services
from host.web.current import services_of


def services() -> Services:
    return services_of(current_app)


def asked_by_htmx() -> bool:
    """True if only a part of the page is wanted."""
    return request.headers.get("HX-Request") == "true"


def own_path(wanted: str | None, otherwise: str) -> str:
    """A path of this site to go on to; anything that leads elsewhere gives `otherwise`."""
    if not wanted or not wanted.startswith("/") or wanted.startswith("//"):
        return otherwise
    if "\\" in wanted or not wanted.isprintable():
        return otherwise
    parts = urlsplit(wanted)
    return otherwise if parts.scheme or parts.netloc else wanted
