"""Around every request: the fault rules, the requests in progress and the log."""

from __future__ import annotations

import json
import socket
import time
from contextlib import suppress
from typing import Any

from flask import Flask, Response, current_app, g, request

from salesforce_sandbox.faults import Fault
from salesforce_sandbox.org import Org
from salesforce_sandbox.usage import LoggedRequest

_UNOBSERVED = "/__sandbox__"


def observe_traffic(app: Flask) -> None:
    app.before_request(_before)
    app.after_request(_after)
    app.teardown_request(_finish)


def _org() -> Org:
    org: Org = current_app.extensions["org"]
    return org


def _before() -> Response | None:
    if request.path.startswith(_UNOBSERVED):
        return None
    g.ticket = _org().usage.start()
    fault = _org().faults.next_for(request.method, request.full_path.rstrip("?"))
    if fault is None:
        return None
    g.fault = fault
    if fault.kind == "delay":
        time.sleep(fault.seconds)
        return None
    if fault.kind == "drop-before":
        _cut_connection()
        return Response(status=500)
    return _faulty_reply(fault) if fault.kind == "reply" else None


def _faulty_reply(fault: Fault) -> Response:
    plain = isinstance(fault.body, str)
    text = fault.body if plain else json.dumps(fault.body, ensure_ascii=False)
    default = "text/html" if plain else "application/json;charset=UTF-8"
    return Response(text, fault.status, content_type=fault.content_type or default)


def _after(response: Response) -> Response:
    if request.path.startswith(_UNOBSERVED):
        return response
    answered = g.get("answered")
    entry = LoggedRequest(
        at=_org().clock.stamp(),
        method=request.method,
        path=request.full_path.rstrip("?"),
        status=response.status_code,
        counted=answered.cost if answered else 0,
        user=answered.username if answered else None,
    )
    _org().usage.log(entry)
    fault: Any = g.get("fault")
    if fault is not None and fault.kind == "drop-after":
        _cut_connection()
    return response


def _finish(_: BaseException | None) -> None:
    ticket = g.pop("ticket", None)
    if ticket is not None:
        _org().usage.finish(ticket)


def _cut_connection() -> None:
    """Close the client's socket under its hands, as a proxy or a network does."""
    connection = request.environ.get("werkzeug.socket")
    if connection is not None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
