"""Answers for what goes wrong: JSON for programs, a page for people. The cause of a bug goes to the log, never out."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from jinja2 import TemplateError
from sqlalchemy.exc import DataError, OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException, ServiceUnavailable, UnprocessableEntity

from host.sentences import translated
from host.web.session import Anonymous

SENTENCES = {
    400: later("This request could not be understood."),
    401: later("Log in, or send a valid API token."),
    403: later("Your role does not allow this."),
    404: later("There is nothing here."),
    405: later("This cannot be done with this address."),
    409: later("Somebody else was faster; look at the newest state."),
    413: later("This is too large."),
    415: later("This needs to be JSON."),
    422: later("Some of this cannot be taken as it is."),
    429: later("Too many requests. Try again later."),
    500: later("Something went wrong here. It was logged; please try again."),
    503: later("The database does not answer just now. Please try again."),
}


def install(app: Flask) -> None:
    """Has to come after flask-smorest's own handler, which forgets the headers of the answer (Allow on 405)."""
    app.register_error_handler(HTTPException, answer)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(DataError, _not_storable)


def answer(error: HTTPException) -> Response:
    """The answer to an error, with the headers that belong to it."""
    if error.response is not None:
        return make_response(error.response)
    response = _json(error) if request.path.startswith("/api/") else _page(error)
    data: dict[str, Any] = getattr(error, "data", None) or {}
    for name, value in (*error.get_headers(), *(data.get("headers") or {}).items()):
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    if error.code == 401 and request.path.startswith("/api/"):
        response.headers["WWW-Authenticate"] = 'Bearer realm="tsunagu"'
    return response


def message_of(error: HTTPException) -> str:
    """A sentence: what was given to abort(), else what the status means."""
    data: dict[str, Any] = getattr(error, "data", None) or {}
    given = data.get("message") or _own_description(error)
    return translated(given, _) if given else str(SENTENCES.get(error.code or 500, SENTENCES[400]))


def _own_description(error: HTTPException) -> str | None:
    usual = type(error).description
    return error.description if error.description != usual and error.code != 500 else None


def _json(error: HTTPException) -> Response:
    data: dict[str, Any] = getattr(error, "data", None) or {}
    errors = data.get("errors") or data.get("messages")
    content = {"code": error.code, "status": error.name, "message": message_of(error)}
    response = jsonify(content | ({"errors": errors} if errors else {}))
    response.status_code = error.code or 500
    return response


def _page(error: HTTPException) -> Response:
    code = error.code or 500
    try:
        body = render_template("error.html", code=code, name=error.name, message=message_of(error))
    except (TemplateError, SQLAlchemyError):  # the frame reads the database, which may be what is wrong
        return make_response(f"{message_of(error)}\n", code, {"Content-Type": "text/plain; charset=utf-8"})
    return make_response(body, code)


def _database_away(error: OperationalError) -> Response:
    structlog.get_logger("tsunagu.web").error("database does not answer", kind=type(error.orig).__name__)
    g.setdefault("_login_user", Anonymous())  # Flask-Login would ask the database again for who is to read this
    return answer(ServiceUnavailable(retry_after=5))


def _not_storable(_error: DataError) -> Response:
    return answer(UnprocessableEntity())
