"""Around every request: the fault rules, the requests in progress and the log."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from typing import Any

from flask import Flask, Response, current_app, g, request

from salesforce_sandbox.faults import REPLIES, Fault
from salesforce_sandbox.oauth.sessions import end_session
from salesforce_sandbox.org import Org
from salesforce_sandbox.usage import LoggedRequest

_UNOBSERVED = ("/__sandbox__", "/static/")
_DELAY, _HANG = 1, 600


def observe_traffic(app: Flask) -> None:
    app.before_request(_before)
    app.after_request(_after)
    app.teardown_request(_finish)


def _org() -> Org:
    org: Org = current_app.extensions["org"]
    return org


def _is_ours() -> bool:
    """Steering the org and looking at it is no traffic."""
    return request.blueprint == "pages" or request.path.startswith(_UNOBSERVED)


def _before() -> Response | None:
    if _is_ours():
        return None
    # Asked now, before any delay: a request that was let in is not refused for having become long itself.
    g.long_running = _org().usage.long_running(_org().settings.long_request_seconds)
    g.ticket = _org().usage.start()
    body = request.get_data(as_text=True) if request.content_length else ""
    fault = _org().faults.next_for(request.method, request.full_path.rstrip("?"), body)
    if fault is None:
        return None
    g.fault = fault
    return _faulty_reply(fault) if fault.kind in REPLIES else _suffer(fault)


def _suffer(fault: Fault) -> Response | None:
    """Do what a rule says beside answering; a reply means that the work is not done."""
    if fault.kind == "delay":
        _org().faults.hold(_DELAY if fault.seconds is None else fault.seconds)
    elif fault.kind == "hang":
        _org().faults.hold(_HANG if fault.seconds is None else fault.seconds)
        return _cut()
    elif fault.kind == "drop-before":
        return _cut()
    elif fault.kind != "drop-after":
        _end_session(family=fault.kind == "revoked-token")
    return None


def _end_session(*, family: bool) -> None:
    """Kill the session of the request, or with it everything its approval gave."""
    token = request.headers.get("Authorization", "").partition(" ")[2].strip() or request.form.get("refresh_token", "")
    with _org().database.lock:
        end_session(_org(), token, family=family)


def _cut() -> Response:
    _cut_connection()
    return Response(status=500)


def _faulty_reply(fault: Fault) -> Response:
    status, usual = REPLIES[fault.kind]
    body = usual if fault.body is None else fault.body
    plain = isinstance(body, str)
    text = body if plain else json.dumps(body, ensure_ascii=False)
    default = "text/html" if plain else "application/json;charset=UTF-8"
    return Response(text, fault.status or status, content_type=fault.content_type or default)


def _after(response: Response) -> Response:
    if _is_ours():
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
