"""`GET /events/calls`: server-sent events that tell an open page when to ask for its calls anew (B15)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from flask import Flask, Response, abort, current_app, request, session
from flask_login import current_user

from host.plugin_api.web import is_admin
from host.web.current import services_of
from host.web.live.connection import TakenConnection, can_take_over, taking_over
from host.web.live.hub import Hub
from host.web.live.listeners import Listener, session_of
from host.web.pages.guard import pages_blueprint
from host.web.session import BEGAN, LASTING, SERIAL

HUB = "tsunagu.live"
OPENING = "retry: 2000\n\n"
"""A browser that lost the connection comes back after two seconds."""
HEADERS = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}

blueprint = pages_blueprint("live", "/events")


def install(app: Flask) -> None:
    app.extensions[HUB] = Hub(services_of(app))
    app.register_blueprint(blueprint)


@blueprint.get("/calls")
def calls() -> Response:
    """The stream, or 204 where there can be none: the page asks every second then."""
    hub = cast("Hub", current_app.extensions[HUB])
    everybody = "all" in request.args
    if everybody and not is_admin():
        abort(403)
    if not can_take_over(request.environ) or not hub.has_room(current_user.id):
        return Response(status=204)
    began = datetime.fromtimestamp(session[BEGAN], UTC)
    here = session_of(current_user._get_current_object(), session[SERIAL], began + LASTING)  # noqa: SLF001 - Flask-Login's way

    def listen(connection: TakenConnection) -> None:
        hub.join(Listener(here, everybody, connection))

    return Response(taking_over(request.environ, OPENING, listen), headers=HEADERS)
