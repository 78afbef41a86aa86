"""The token endpoint: which grant was asked for; codes and refresh tokens become access tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from salesforce_sandbox.logins import LoginRefused, check_refusals, is_locked
from salesforce_sandbox.oauth.app import ConnectedApp, OAuthError, check_access, check_client
from salesforce_sandbox.oauth.grants import JWT_BEARER, from_assertion, from_client, from_password, refused_login
from salesforce_sandbox.oauth.sessions import Session, new_session, revoke_approval
from salesforce_sandbox.org import Org

CODE_SECONDS = 15 * 60
MOST_APPROVALS = 5
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, slots=True)
class Code:
    """What an authorization code stands for until it is used."""

    client_id: str
    redirect_uri: str
    scope: str
    user_id: str
    challenge: str | None
    created: float


def answer_token_request(org: Org, form: Mapping[str, str], authorization: str | None, host: str) -> dict[str, Any]:
    """Answer POST /services/oauth2/token, asked for under a host name. Raises OAuthError."""
    grant = form.get("grant_type")
    if grant == "refresh_token":
        return _refresh(org, _app(org, form, authorization), form.get("refresh_token", ""))
    with org.database.lock:
        if grant == "authorization_code":
            return _from_code(org, _app(org, form, authorization), form)
        if grant in {"password", "client_credentials", JWT_BEARER}:
            return _without_browser(org, grant, form, authorization, host)
    raise OAuthError("unsupported_grant_type", "grant type not supported")


def _without_browser(org: Org, grant: str, form: Mapping[str, str], authorization: str | None, host: str) -> dict[str, Any]:
    _check_edition(org)
    if grant == JWT_BEARER:
        app, session = from_assertion(org, form)
        unsigned = _reply(org, app, session, None)
        return {name: value for name, value in unsigned.items() if name not in {"signature", "issued_at"}}
    make = from_password if grant == "password" else from_client
    app, session = make(org, form, authorization, host)
    return _reply(org, app, session, None)


def _app(org: Org, form: Mapping[str, str], authorization: str | None) -> ConnectedApp:
    app = check_client(org, form, authorization)
    _check_edition(org)
    return app


def _check_edition(org: Org) -> None:
    if not org.settings.api_enabled:
        raise OAuthError("invalid_grant", "api is not enabled for this organization")


def _from_code(org: Org, app: ConnectedApp, form: Mapping[str, str]) -> dict[str, Any]:
    code: Code | None = org.codes.pop(form.get("code", ""), None)
    if code is None or org.clock.timestamp() - code.created > CODE_SECONDS:
        raise OAuthError("invalid_grant", "expired authorization code")
    if code.client_id != app.client_id:
        raise OAuthError("invalid_grant", "authentication failure")
    if form.get("redirect_uri") != code.redirect_uri:
        raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
    _check_verifier(code.challenge, form.get("code_verifier"))
    _check_user(org, app, code.user_id)
    with org.database.transaction():
        approval = _approve(org, app, code)
        session = new_session(org, code.user_id, approval, code.scope)
        returns = {"refresh_token", "offline_access"} & set(code.scope.split())
        refresh = _new_refresh_token(org, approval) if returns else None
    return _reply(org, app, session, refresh)


def _check_verifier(challenge: str | None, verifier: str | None) -> None:
    """Mismatch is invalid_request, a missing verifier invalid_grant (spec section 4)."""
    if challenge is None:
        return
    if verifier is None:
        raise OAuthError("invalid_grant", "code verifier is required")
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    if not _VERIFIER.fullmatch(verifier) or not hmac.compare_digest(digest, challenge):
        raise OAuthError("invalid_request", "invalid code verifier")


def _check_user(org: Org, app: ConnectedApp, user_id: str) -> None:
    user = org.users.by_id(user_id)
    if user is None or not org.is_active(user_id) or is_locked(org, user):
        raise OAuthError("inactive_user", "user is inactive")
    check_access(app, user.username)
    try:
        check_refusals(org, user)
    except LoginRefused as refused:
        raise refused_login(refused) from None


def _approve(org: Org, app: ConnectedApp, code: Code) -> int:
    """Record the approval; the sixth of one user revokes the oldest (spec section 4)."""
    org.database.execute(
        "INSERT INTO approval (user_id, client_id, scope, created) VALUES (?, ?, ?, ?)",
        (code.user_id, app.client_id, code.scope, org.clock.timestamp()),
    )
    sql = "SELECT id FROM approval WHERE user_id = ? AND client_id = ? AND NOT revoked ORDER BY id DESC"
    approvals = [row[0] for row in org.database.rows(sql, (code.user_id, app.client_id))]
    for oldest in approvals[MOST_APPROVALS:]:
        revoke_approval(org, oldest)
    return int(approvals[0])


def _new_refresh_token(org: Org, approval: int) -> str:
    token = "5Aep861" + secrets.token_urlsafe(50).replace("-", ".")
    org.database.execute("INSERT INTO refresh_token (token, approval) VALUES (?, ?)", (token, approval))
    _note_use(org, approval)
    return token


def _note_use(org: Org, approval: int) -> None:
    sql = "INSERT INTO approval_use VALUES (?, ?) ON CONFLICT (approval) DO UPDATE SET at = excluded.at"
    org.database.execute(sql, (approval, org.clock.timestamp()))


def _idle_too_long(org: Org, approval: int) -> bool:
    """Refresh tokens die when unused for 30 days; each use starts the days anew (spec section 4)."""
    row = org.database.row("SELECT at FROM approval_use WHERE approval = ?", (approval,))
    return row is not None and org.clock.timestamp() - row[0] >= org.settings.refresh_idle_seconds


def _refresh(org: Org, app: ConnectedApp, token: str) -> dict[str, Any]:
    with org.database.lock:
        if token in org.refreshing:
            raise OAuthError("invalid_grant", "token request is already being processed")
        org.refreshing.add(token)
    try:
        time.sleep(org.settings.refresh_seconds)
        with org.database.lock:
            return _refreshed(org, app, token)
    finally:
        org.refreshing.discard(token)


def _refreshed(org: Org, app: ConnectedApp, token: str) -> dict[str, Any]:
    row = org.database.row(
        "SELECT approval, replaced, user_id, scope, revoked FROM refresh_token JOIN approval "
        "ON approval.id = refresh_token.approval WHERE token = ? AND client_id = ?",
        (token, app.client_id),
    )
    if row is None or row[4]:
        raise OAuthError("invalid_grant", "expired access/refresh token")
    approval, replaced, user_id, scope, _ = row
    if replaced or _idle_too_long(org, approval):
        revoke_approval(org, approval)
        raise OAuthError("invalid_grant", "expired access/refresh token")
    _check_user(org, app, user_id)
    with org.database.transaction():
        fresh = _rotate(org, token, approval) if org.settings.rotation else None
        _note_use(org, approval)
        session = new_session(org, user_id, approval, scope)
    return _reply(org, app, session, fresh)


def _rotate(org: Org, token: str, approval: int) -> str:
    org.database.execute("UPDATE refresh_token SET replaced = 1 WHERE token = ?", (token,))
    return _new_refresh_token(org, approval)


def _reply(org: Org, app: ConnectedApp, session: Session, refresh_token: str | None) -> dict[str, Any]:
    identity = identity_url(org, session.user_id)
    issued_at = str(int(org.clock.timestamp() * 1000))
    reply: dict[str, Any] = {
        "access_token": session.token,
        "signature": signature(app.client_secret, identity, issued_at),
        "scope": session.scope,
        "instance_url": org.base_url,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
    }
    return reply | ({"refresh_token": refresh_token} if refresh_token else {})


def identity_url(org: Org, user_id: str) -> str:
    return f"{org.base_url}/id/{org.id}/{user_id}"


def signature(secret: str, identity: str, issued_at: str) -> str:
    """base64 HMAC-SHA256 over id + issued_at with the app's secret."""
    digest = hmac.new(secret.encode(), (identity + issued_at).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
