"""Who is behind a request: a session (a person who logged in) or a bearer token, never both."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import AnonymousUserMixin, LoginManager, login_user, logout_user

from host.security.ended_sessions import end_session, is_ended
from host.security.tokens import ApiToken, is_use_worth_noting, note_use, token_of
from host.security.users import User, user_of
from host.web.current import services_here, services_of

LASTING = timedelta(hours=12)
BEGAN = "began"
"""Where a session keeps when it began, in seconds since 1970."""
SERIAL = "serial"
"""Where it keeps what tells it from all others, so that it can be ended here."""


@dataclass(frozen=True, slots=True)
class TokenIdentity:
    """An API token behind a request."""

    token: ApiToken
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    @property
    def role(self) -> str:
        return self.token.role.value

    @property
    def audit_name(self) -> str:
        return f"token {self.token.name}"

    @property
    def language(self) -> None:
        return None

    def get_id(self) -> str:
        return f"token:{self.token.id}"


class Anonymous(AnonymousUserMixin):  # type: ignore[misc]
    """Nobody we know."""

    role = ""
    audit_name = "anonymous"
    language = None


def install(app: Flask) -> None:
    """Cookies and the login manager."""
    app.config.update(
        SESSION_COOKIE_NAME="tsunagu_session",
        SESSION_COOKIE_SECURE=services_of(app).config.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=LASTING,
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    manager = LoginManager(app)
    manager.session_protection = None  # an agent's address may change; the session key ends sessions
    manager.anonymous_user = Anonymous
    manager.user_loader(_person)
    manager.request_loader(_token)
    manager.unauthorized_handler(_ask_to_log_in)


def begin(user: User) -> None:
    """A new session of this person, with nothing of the one before (somebody else could have planted that)."""
    session.clear()
    session[BEGAN] = int(services_here().clock().timestamp())
    session[SERIAL] = secrets.token_urlsafe(24)
    login_user(user)


def end() -> None:
    """Nobody is logged in any more in this browser, nor with a copy of its cookie."""
    serial = session.get(SERIAL)
    if serial:
        services = services_here()
        now = services.clock()
        with services.database.writing() as connection:
            end_session(connection, serial, now + LASTING, now)
    logout_user()
    session.clear()


def has_bearer(asked: Request) -> bool:
    """Whether the request names itself by a token; a session beside it does not count."""
    return asked.headers.get("Authorization", "")[:7].lower() == "bearer "


def _person(session_id: str) -> User | None:
    if has_bearer(request) or not _is_young():
        return None
    number, _, key = session_id.partition(":")
    if not number.isdecimal():
        return None
    with services_here().database.reading() as connection:
        if is_ended(connection, str(session.get(SERIAL, ""))):
            return None
        user = user_of(connection, int(number))
    return user if user and user.active and user.session_key == key else None


def _is_young() -> bool:
    """The cookie is written anew for many reasons; what counts is when the person logged in."""
    began = session.get(BEGAN)
    return isinstance(began, int) and services_here().clock().timestamp() - began < LASTING.total_seconds()


def _token(asked: Request) -> TokenIdentity | None:
    """Tokens are for the API. Pages are for people: a token could make users and tokens there that outlive it."""
    if not has_bearer(asked) or not asked.path.startswith("/api/"):
        return None
    services = services_here()
    with services.database.reading() as connection:
        token = token_of(connection, asked.headers["Authorization"][7:].strip())
    if token is None:
        return None
    now = services.clock()
    if is_use_worth_noting(token, now):
        with services.database.writing() as connection:
            note_use(connection, token, now)
    return TokenIdentity(token)


def _ask_to_log_in() -> ResponseReturnValue:
    """Programs get 401, browsers the login page, and parts of a page asked for by htmx a whole new page."""
    if request.path.startswith("/api/"):
        abort(401)
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    address = url_for("entrance.login", next=wanted)
    if request.headers.get("HX-Request") == "true":
        return Response(status=401, headers={"HX-Redirect": url_for("entrance.login", next=_open_page())})
    return redirect(address)


def _open_page() -> str | None:
    """The path of the page in which htmx asks, if it is one of ours; the login page looks at it once more."""
    try:
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return None
    if page.netloc != request.host:
        return None
    return f"{page.path}?{page.query}" if page.query else page.path
