"""The authorization endpoint's rules: who asks, for what, and where the browser goes next."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from salesforce_sandbox import logins
from salesforce_sandbox.login_hosts import serves
from salesforce_sandbox.oauth.app import ConnectedApp, OAuthError, connected_app, new_code, redirect_allowed
from salesforce_sandbox.oauth.tokens import Code
from salesforce_sandbox.org import Org
from salesforce_sandbox.users import LoginUser

DEFAULT_SCOPE = "api id refresh_token"
EXPIRED = "Your password has expired. Change it in Salesforce, then log in again."
BAD_LOGIN = "Please check your username and password. If you still can't log in, contact your Salesforce administrator."
SSO_REQUIRED = "Your company requires single sign-on. Use the single sign-on button."
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_MOST_PENDING = 500


@dataclass(frozen=True, slots=True)
class Request:
    """A checked authorization request, kept on the server while a person logs in and decides."""

    client_id: str
    redirect_uri: str
    scope: str
    state: str | None
    challenge: str | None
    force_login: bool


def begin(org: Org, arguments: Mapping[str, str]) -> str:
    """Check an authorization request and return its key. Raises OAuthError (shown, never redirected)."""
    app = connected_app(org)
    if arguments.get("client_id") != app.client_id:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    redirect_uri = arguments.get("redirect_uri", "")
    if not redirect_allowed(org, redirect_uri):
        raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
    request = Request(
        client_id=app.client_id,
        redirect_uri=redirect_uri,
        scope=" ".join((arguments.get("scope") or DEFAULT_SCOPE).split()),
        state=arguments.get("state"),
        challenge=arguments.get("code_challenge"),
        force_login="login" in arguments.get("prompt", "").split(),
    )
    key = secrets.token_urlsafe(24)
    org.authorizations[key] = request
    while len(org.authorizations) > _MOST_PENDING:
        org.authorizations.pop(next(iter(org.authorizations)), None)
    return key


def refusal(org: Org, request: Request, arguments: Mapping[str, str]) -> str | None:
    """Return where to send the browser if the request itself is wrong, None if it is fine."""
    if arguments.get("response_type") != "code":
        return back(request, error="unsupported_response_type", error_description="response type not supported")
    known = connected_app(org).scopes
    if any(scope not in known for scope in request.scope.split()):
        description = "the requested scope is not allowed"
        return back(request, error="invalid_scope", error_description=description)
    if not _challenge_fits(org, request, arguments.get("code_challenge_method", "S256")):
        description = "invalid code challenge: S256 is required"
        return back(request, error="invalid_request", error_description=description)
    return None


def _challenge_fits(org: Org, request: Request, method: str) -> bool:
    if request.challenge is None:
        return not org.settings.pkce_required
    return method == "S256" and bool(_CHALLENGE.fullmatch(request.challenge))


def back(request: Request, **values: str) -> str:
    """Return the redirect URI with values, and the state if there was one."""
    state = {"state": request.state} if request.state is not None else {}
    joint = "&" if "?" in request.redirect_uri else "?"
    return f"{request.redirect_uri}{joint}{urlencode(values | state)}"


def allow(org: Org, request: Request, user: LoginUser) -> str:
    """The person pressed Allow: make a code and return where to go."""
    code = new_code()
    org.codes[code] = Code(
        request.client_id, request.redirect_uri, request.scope, user.user_id, request.challenge, org.clock.timestamp()
    )
    return back(request, code=code)


def deny(request: Request) -> str:
    return back(request, error="access_denied", error_description="end-user denied authorization")


def browser_login(org: Org, host: str, username: str, password: str) -> LoginUser | str:
    """Check a login form; returns the user or what to tell the person."""
    if not serves(org, host):
        return BAD_LOGIN
    try:
        return logins.browser_login(org, username, password)
    except logins.LoginRefused as refused:
        told = {
            "INVALID_SSO_GATEWAY_URL": SSO_REQUIRED,
            "INVALID_OPERATION_WITH_EXPIRED_PASSWORD": EXPIRED,
            "INVALID_LOGIN": BAD_LOGIN,
            "PASSWORD_LOCKOUT": BAD_LOGIN,
        }
        return told.get(refused.code, refused.message)


def kept_out(app: ConnectedApp, user: LoginUser) -> OAuthError | None:
    """Return what Salesforce's page says, and the application never hears, where an admin keeps the app out."""
    if app.blocked or not app.installed:
        return OAuthError(
            "OAUTH_APPROVAL_ERROR_GENERIC", "An unexpected error has occured during authentication. Please try again."
        )
    approved = user.username.lower() in (name.lower() for name in app.approved_users)
    if app.admin_approved_only and not approved:
        return OAuthError("OAUTH_APP_ACCESS_DENIED", "user is not admin approved to access this app")
    return None
