"""The HTTP side of the org: REST calls in, Salesforce's replies out."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

import salesforce_sandbox.rest.bulk_query
import salesforce_sandbox.rest.record_collections  # noqa: F401 - adds its routes
from salesforce_sandbox.control import control
from salesforce_sandbox.control_data import control_data
from salesforce_sandbox.oauth.endpoints import oauth
from salesforce_sandbox.org import Org
from salesforce_sandbox.pages import pages
from salesforce_sandbox.rest.call import JSON, Reply
from salesforce_sandbox.rest.router import versions
from salesforce_sandbox.rest.service import serve
from salesforce_sandbox.soap import soap
from salesforce_sandbox.traffic import observe_traffic

_LONGEST_URI = 16_384
_LARGEST_HEAD = 16_384


def create_app(org: Org) -> Flask:
    """Build the WSGI application of one org."""
    app = Flask(__name__)
    app.extensions["org"] = org
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.register_blueprint(oauth)
    app.register_blueprint(soap)
    app.register_blueprint(control)
    app.register_blueprint(control_data)
    app.register_blueprint(pages)
    app.add_url_rule("/services/data", view_func=_versions, strict_slashes=False)
    app.add_url_rule("/services/data/", endpoint="versions_slash", view_func=_versions)
    app.add_url_rule(
        "/services/data/<path:rest>", view_func=_data, methods=["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD"]
    )
    observe_traffic(app)
    app.before_request(_refuse_large_head)
    app.register_error_handler(HTTPException, _http_error)
    return app


def _versions() -> Response:
    return _json(200, versions())


def _data(rest: str) -> Response:
    org = _org()
    answered = serve(
        org,
        request.method,
        rest,
        request.args,
        {name.lower(): value for name, value in request.headers.items()},
        request.get_data(),
        g.long_running,
    )
    g.answered = answered
    reply = _http_reply(answered.reply)
    if answered.username is None:
        return reply
    reply.headers["Sforce-Limit-Info"] = f"api-usage={org.usage.used()}/{org.settings.daily_limit}"
    return reply


def _http_reply(reply: Reply) -> Response:
    if reply.body is None:
        answer = Response(status=reply.status)
        answer.headers.pop("Content-Type", None)
    elif reply.content_type != JSON:
        answer = Response(reply.body, reply.status, content_type=reply.content_type)
    else:
        answer = _json(reply.status, reply.body)
    answer.headers.update(reply.headers)
    return answer


def _json(status: int, body: Any) -> Response:
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status, content_type=JSON)


def _refuse_large_head() -> Response | None:
    """URI and headers together may have 16,384 bytes (spec section 2)."""
    uri = len(request.environ.get("RAW_URI", request.full_path))
    head = uri + sum(len(name) + len(value) + 4 for name, value in request.headers.items())
    if uri > _LONGEST_URI:
        return Response("<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>", 414, mimetype="text/html")
    if head > _LARGEST_HEAD:
        reason = "Request Header Fields Too Large"
        return Response(f"<h1>Bad Message 431</h1><pre>reason: {reason}</pre>", 431, mimetype="text/html")
    return None


def _http_error(error: HTTPException) -> Response:
    if error.code == 404:
        body = [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
        return _json(404, body)
    code = (error.name or "error").upper().replace(" ", "_")
    return _json(error.code or 500, [{"errorCode": code, "message": error.description or error.name}])


def _org() -> Org:
    org: Org = current_app.extensions["org"]
    return org
