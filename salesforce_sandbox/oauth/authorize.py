"""The authorization endpoint's rules: who asks, for what, and where the browser goes next."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from salesforce_sandbox.oauth.app import ConnectedApp, OAuthError, connected_app, new_code, redirect_allowed
from salesforce_sandbox.oauth.tokens import Code
from salesforce_sandbox.org import Org
from salesforce_sandbox.users import LoginUser

SCOPES = {
    "api": "Manage user data via APIs",
    "refresh_token": "Perform requests at any time",
    "offline_access": "Perform requests at any time",
    "id": "Access the identity URL service",
    "openid": "Access unique user identifiers",
    "profile": "Access the identity URL service",
    "email": "Access the identity URL service",
    "web": "Manage user data via Web browsers",
    "full": "Full access",
}
DEFAULT_SCOPE = "api id refresh_token"
BAD_LOGIN = "Please check your username and password. If you still can't log in, contact your Salesforce administrator."
SSO_REQUIRED = "Your company requires single sign-on. Use the single sign-on button."
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_MOST_PENDING = 500
MOST_FAILURES = 10


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
    if any(scope not in SCOPES for scope in request.scope.split()):
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


def browser_login(org: Org, username: str, password: str) -> LoginUser | str:
    """Check a login form; returns the user or what to tell the person."""
    user = org.users.by_name(username.strip())
    if user is None or user.locked or not hmac.compare_digest(user.password.encode(), password.encode()):
        return BAD_LOGIN
    return SSO_REQUIRED if user.sso_only else user


def app_name(org: Org) -> str:
    app: ConnectedApp = connected_app(org)
    return app.name
