"""The OAuth endpoints over HTTP, with the pages a person sees."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from salesforce_sandbox import ids
from salesforce_sandbox.oauth import authorize
from salesforce_sandbox.oauth.app import SCOPES, OAuthError, check_client, connected_app
from salesforce_sandbox.oauth.identity import identity, introspect, userinfo
from salesforce_sandbox.oauth.sessions import Session, find_session, revoke_token
from salesforce_sandbox.oauth.tokens import answer_token_request
from salesforce_sandbox.org import Org
from salesforce_sandbox.rest.router import LAST_VERSION
from salesforce_sandbox.users import LoginUser

oauth = Blueprint("oauth", __name__)
_TOKEN_STARTS = ("00D", "5Aep")
_IDENTITY_SCOPES = frozenset({"id", "openid", "profile", "email", "full", "api"})
_COOKIE = "sandbox_sid"


def _org() -> Org:
    org: Org = current_app.extensions["org"]
    return org


def _browser_user() -> LoginUser | None:
    user_id = _org().browser_sessions.get(request.cookies.get(_COOKIE, ""))
    return _org().users.by_id(user_id) if user_id else None


@oauth.get("/services/oauth2/authorize")
def authorization() -> AnyResponse | tuple[str, int]:
    org = _org()
    try:
        key = authorize.begin(org, request.args)
    except OAuthError as error:
        return _error_page(error, 400)
    pending: authorize.Request = org.authorizations[key]
    wrong = authorize.refusal(org, pending, request.args)
    if wrong is not None:
        org.authorizations.pop(key, None)
        return redirect(wrong)
    user = _browser_user()
    if pending.force_login or user is None:
        return _page("login.html", key=key, message=None)
    return _approval_page(key, pending, user)


@oauth.post("/login")
def login() -> AnyResponse | tuple[str, int]:
    org, key = _org(), request.form.get("source", "")
    pending: authorize.Request | None = org.authorizations.get(key)
    if pending is None:
        return _gone()
    username = request.form.get("username", "")
    with org.database.lock:
        if "sso" in request.form:
            user: LoginUser | str = org.users.by_name(username.strip()) or authorize.BAD_LOGIN
        else:
            user = authorize.browser_login(org, host_name(), username, request.form.get("pw", ""))
    if isinstance(user, str):
        return _page("login.html", key=key, message=user)
    reply = redirect(f"/setup/secur/RemoteAccessAuthorizationPage?source={key}")
    sid = secrets.token_urlsafe(24)
    org.browser_sessions[sid] = user.user_id
    reply.set_cookie(_COOKIE, sid, httponly=True, samesite="Lax")
    return reply


@oauth.route("/setup/secur/RemoteAccessAuthorizationPage", methods=["GET", "POST"])
def approval() -> AnyResponse | tuple[str, int]:
    org, key = _org(), request.values.get("source", "")
    pending: authorize.Request | None = org.authorizations.get(key)
    user = _browser_user()
    if pending is None or user is None:
        return _gone()
    if request.method == "GET":
        return _approval_page(key, pending, user)
    if (refused := authorize.kept_out(connected_app(org), user)) is not None:
        return _error_page(refused, 403)
    org.authorizations.pop(key, None)
    return redirect(authorize.allow(org, pending, user) if "save" in request.form else authorize.deny(pending))


def _approval_page(key: str, pending: authorize.Request, user: LoginUser) -> AnyResponse | tuple[str, int]:
    app = connected_app(_org())
    if (refused := authorize.kept_out(app, user)) is not None:
        return _error_page(refused, 403)
    names = dict.fromkeys(SCOPES[scope] for scope in pending.scope.split())
    return _page("approve.html", key=key, app=app.name, scopes=list(names), user=user)


def _error_page(error: OAuthError, status: int) -> tuple[str, int]:
    return render_template("oauth_error.html", error=error), status


def host_name() -> str:
    """The name the client asked for, without a port."""
    return request.host.rpartition(":")[0] or request.host


def _page(template: str, **values: Any) -> Response:
    return Response(render_template(template, **values), mimetype="text/html", headers={"Cache-Control": "no-store"})


def _gone() -> tuple[str, int]:
    error = OAuthError("invalid_request", "This login has ended or was used already. Start again from the application.")
    return _error_page(error, 400)


@oauth.post("/services/oauth2/token")
def token() -> Response | tuple[Response, int]:
    try:
        reply = answer_token_request(_org(), request.form, request.headers.get("Authorization"), host_name())
    except OAuthError as error:
        return _refused(error)
    return _uncached(jsonify(reply))


@oauth.route("/services/oauth2/revoke", methods=["GET", "POST"])
def revoke() -> Response | tuple[Response, int]:
    wanted = request.values.get("token", "")
    with _org().database.lock:
        known = bool(wanted) and revoke_token(_org(), wanted)
    if known:
        return Response("", 200)
    if wanted and not wanted.startswith(_TOKEN_STARTS):
        return _refused(OAuthError("unsupported_token_type", "this token type is not supported"))
    return _refused(OAuthError("invalid_token", "invalid token"))


@oauth.post("/services/oauth2/introspect")
def introspection() -> Response | tuple[Response, int]:
    try:
        app = check_client(_org(), request.form, request.headers.get("Authorization"))
    except OAuthError as error:
        return _refused(error)
    with _org().database.lock:
        return _uncached(jsonify(introspect(_org(), request.form.get("token", ""), app.client_id)))


@oauth.route("/services/oauth2/userinfo", methods=["GET", "POST"])
def user_information() -> Response | tuple[str, int]:
    session = _bearer()
    if isinstance(session, str):
        return session, 403
    return _uncached(jsonify(userinfo(_org(), session.user_id)))


@oauth.get("/id/<org_id>/<user_id>")
def identity_service(org_id: str, user_id: str) -> Response | tuple[str, int]:
    """``?version=latest`` or a number fills in the version of the URLs. Refusals as documented for identity URLs."""
    asking = _bearer()
    if isinstance(asking, str):
        return asking, 403
    if ids.to_18(org_id) != _org().id:
        return "Wrong_Org", 403
    wanted = ids.to_18(user_id) or ""
    if _org().users.by_id(wanted) is None:
        return "Bad_Id", 404
    version = request.args.get("version", "{version}")
    return _uncached(jsonify(identity(_org(), wanted, f"{LAST_VERSION}.0" if version == "latest" else version)))


def _bearer() -> Session | str:
    """Return the session behind the token of the request, or what is wrong with it."""
    scheme, _, header_token = request.headers.get("Authorization", "").partition(" ")
    wanted = header_token if scheme.lower() in {"bearer", "oauth"} else request.values.get("access_token", "")
    if not wanted.strip():
        return "Missing_OAuth_Token"
    with _org().database.lock:
        session = find_session(_org(), wanted.strip())
    known = session is not None and (not session.scope or bool(_IDENTITY_SCOPES & set(session.scope.split())))
    return session if session is not None and known else "Bad_OAuth_Token"


def _refused(error: OAuthError) -> tuple[Response, int]:
    return _uncached(jsonify({"error": error.error, "error_description": error.description})), 400


def _uncached(reply: Response) -> Response:
    reply.headers["Cache-Control"] = "no-store"
    return reply
