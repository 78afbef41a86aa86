"""Grants without a browser: JWT bearer, client credentials, username and password."""

from __future__ import annotations

from collections.abc import Mapping

from salesforce_sandbox.login_hosts import audiences, serves, shared_host
from salesforce_sandbox.logins import LoginRefused, api_login, check_rate, check_refusals
from salesforce_sandbox.oauth.app import ConnectedApp, OAuthError, check_access, check_client, connected_app
from salesforce_sandbox.oauth.assertion import check_signature, invalid_assertion, read_assertion
from salesforce_sandbox.oauth.sessions import Session, new_session
from salesforce_sandbox.org import Org
from salesforce_sandbox.users import LoginUser

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
NOT_APPROVED = "user hasn't approved this consumer"
_FAILURE = "authentication failure"
_NOT_FOR_SERVERS = frozenset({"full", "refresh_token", "offline_access"})
_DESCRIPTIONS = {
    "LOGIN_DURING_RESTRICTED_TIME": ("invalid_grant", "invalid login hours"),
    "LOGIN_DURING_RESTRICTED_DOMAIN": ("invalid_grant", "ip restricted"),
    "ORG_LOCKED": ("inactive_org", "organization is locked, closed, or suspended"),
    "TRIAL_EXPIRED": ("inactive_org", "organization is locked, closed, or suspended"),
    "LOGIN_RATE_EXCEEDED": ("invalid_grant", "login rate exceeded"),
}


def refused_login(refused: LoginRefused) -> OAuthError:
    """OAuth tells far less than SOAP why a login failed."""
    return OAuthError(*_DESCRIPTIONS.get(refused.code, ("invalid_grant", _FAILURE)))


def from_assertion(org: Org, form: Mapping[str, str]) -> tuple[ConnectedApp, Session]:
    """JWT bearer: the app's certificate vouches for the user named in the assertion."""
    claims, signed, signature = read_assertion(form.get("assertion", ""))
    app = connected_app(org)
    if claims.get("iss") != app.client_id:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    check_signature(app.certificate, signed, signature)
    _check_audience(org, claims.get("aud"))
    expires = claims.get("exp")
    if not isinstance(expires, (int, float)) or isinstance(expires, bool) or expires <= org.clock.timestamp():
        raise invalid_assertion()
    user = org.users.by_name(str(claims.get("sub") or claims.get("prn") or ""))
    if user is None or not org.is_active(user.user_id):
        raise OAuthError("invalid_grant", NOT_APPROVED)
    check_access(app, user.username)
    if not app.admin_approved_only and not _has_approved(org, app, user):
        raise OAuthError("invalid_grant", NOT_APPROVED)
    _count_login(org, user)
    return app, new_session(org, user.user_id, None, " ".join(app.scopes))


def _check_audience(org: Org, audience: object) -> None:
    named = audience if isinstance(audience, list) else [audience]
    known = audiences(org)
    if not any(isinstance(one, str) and one.rstrip("/") in known for one in named):
        raise OAuthError("invalid_grant", "audience is invalid")


def _has_approved(org: Org, app: ConnectedApp, user: LoginUser) -> bool:
    """An approval counts if it lets the app come back on its own."""
    sql = "SELECT scope FROM approval WHERE user_id = ? AND client_id = ? AND NOT revoked"
    rows = org.database.rows(sql, (user.user_id, app.client_id))
    return any({"refresh_token", "offline_access", "full"} & set(scope.split()) for (scope,) in rows)


def from_client(org: Org, form: Mapping[str, str], authorization: str | None, host: str) -> tuple[ConnectedApp, Session]:
    """Client credentials: the app itself, as the user it runs as, at the org's own name only."""
    app = check_client(org, form, authorization)
    if shared_host(host) is not None:
        raise OAuthError("invalid_grant", "request not supported on this domain")
    if not app.client_credentials:
        raise OAuthError("invalid_grant", "client credentials flow not enabled")
    user = org.users.by_name(app.run_as)
    if user is None or not org.is_active(user.user_id):
        raise OAuthError("invalid_grant", "no client credentials user enabled")
    scopes = [scope for scope in app.scopes if scope not in _NOT_FOR_SERVERS]
    if not scopes:
        raise OAuthError("invalid_grant", "no valid scopes defined")
    _count_login(org, user)
    return app, new_session(org, user.user_id, None, " ".join(scopes))


def from_password(org: Org, form: Mapping[str, str], authorization: str | None, host: str) -> tuple[ConnectedApp, Session]:
    """Username and password with the security token behind it; no refresh token comes of it."""
    app = check_client(org, form, authorization)
    if not org.settings.username_password_grant or not serves(org, host):
        raise OAuthError("invalid_grant", _FAILURE)
    try:
        user = api_login(org, form.get("username", ""), form.get("password", ""))
    except LoginRefused as refused:
        raise refused_login(refused) from None
    check_access(app, user.username)
    return app, new_session(org, user.user_id, None, " ".join(app.scopes))


def _count_login(org: Org, user: LoginUser) -> None:
    try:
        check_refusals(org, user)
        check_rate(org, user)
    except LoginRefused as refused:
        raise refused_login(refused) from None
