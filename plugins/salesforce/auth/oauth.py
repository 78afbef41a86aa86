"""Authenticate with Salesforce ID: the OAuth 2.0 web-server flow with PKCE and rotating refresh tokens (R11)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

import requests
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from host.plugin_api import (
    AuthMethod,
    AuthSite,
    Feature,
    Grant,
    NeedsConfiguration,
    NeedsReauthorisation,
    SalesforceUser,
    SignIn,
)
from plugins.salesforce.auth.oauth_errors import UNKNOWN, oauth_error, post_form, refused
from plugins.salesforce.errors import refusal_of, translated
from plugins.salesforce.wording import N_

SCOPES = "api refresh_token id"
NO_APP = N_("Enter the consumer key and secret of the Salesforce app first.")
NO_LASTING_ACCESS = N_(
    "Salesforce gave no refresh token. Add the scope “Perform requests at any time (refresh_token)” to the app."
)
ALREADY_GONE = frozenset({"invalid_token", "unsupported_token_type", "invalid_grant"})


class SalesforceIdMethod(AuthMethod):
    """A person signs in at Salesforce, in the browser; we never see the password."""

    name: ClassVar[str] = "oauth"
    title: ClassVar[str] = N_("Authenticate with Salesforce ID")
    description: ClassVar[str] = N_(
        "You sign in at Salesforce and allow the access there. Works with multi-factor authentication and single sign-on."
    )
    recommended: ClassVar[bool] = True
    needs_app: ClassVar[bool] = True
    features: ClassVar[frozenset[Feature]] = frozenset(
        {
            Feature.MFA_FOR_API,
            Feature.SSO,
            Feature.CLICKED_RECORD,
            Feature.MEMO_ON_ANALYSIS,
            Feature.OPERATION_LOG,
            Feature.SELF_SERVICE_DISCONNECT,
        }
    )

    def begin(self, site: AuthSite, credentials: Mapping[str, str]) -> SignIn:  # noqa: ARG002 - it needs none
        """Where to send the browser. The verifier stays on the server; only its hash goes along (S256)."""
        if not site.client_id or not site.client_secret:
            raise NeedsConfiguration(NO_APP)
        state = secrets.token_urlsafe(32)
        verifier = secrets.token_urlsafe(64)
        query = {
            "response_type": "code",
            "client_id": site.client_id,
            "redirect_uri": site.callback_url,
            "scope": SCOPES,
            "state": state,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        url = f"{site.login_url}/services/oauth2/authorize?{urlencode(query)}"
        return SignIn(url=url, state=state, pending={"verifier": verifier})

    def complete(self, site: AuthSite, pending: Mapping[str, str], reply: Mapping[str, str]) -> Grant:
        """Change the code into tokens, and ask Salesforce who signed in."""
        if reply.get("error"):
            raise oauth_error(reply["error"], reply.get("error_description", ""))
        if not reply.get("code"):
            raise NeedsReauthorisation(UNKNOWN)
        form = {
            "grant_type": "authorization_code",
            "code": reply["code"],
            "redirect_uri": site.callback_url,
            "code_verifier": pending["verifier"],
        }
        return _grant(site, _tokens(site, form))

    def renew(self, site: AuthSite, kept: Mapping[str, str]) -> Grant:
        """With rotation on, the reply brings a new refresh token, and the old one is dead."""
        old = kept["refresh_token"]
        tokens = _tokens(site, {"grant_type": "refresh_token", "refresh_token": old})
        return Grant(
            access_token=tokens["access_token"],
            instance_url=tokens["instance_url"].rstrip("/"),
            user=_user_in_url(tokens["id"]),
            kept={"refresh_token": tokens.get("refresh_token") or old},
        )

    def revoke(self, site: AuthSite, kept: Mapping[str, str], access_token: str) -> None:
        """Revoking the refresh token also ends its access tokens."""
        token = kept.get("refresh_token") or access_token
        response = post_form(site.http, f"{site.login_url}/services/oauth2/revoke", {"token": token})
        if response.ok or _error_code(response) in ALREADY_GONE:
            return
        raise refused(response)


def _tokens(site: AuthSite, form: Mapping[str, str]) -> dict[str, str]:
    full = {**form, "client_id": site.client_id, "client_secret": site.client_secret, "format": "json"}
    response = post_form(site.http, f"{site.login_url}/services/oauth2/token", full)
    if not response.ok:
        raise refused(response)
    body = _json(response)
    if not all(body.get(name) for name in ("access_token", "instance_url", "id")):
        raise NeedsConfiguration(UNKNOWN)
    return body


def _grant(site: AuthSite, tokens: Mapping[str, str]) -> Grant:
    if not tokens.get("refresh_token"):
        raise NeedsConfiguration(NO_LASTING_ACCESS)
    return Grant(
        access_token=tokens["access_token"],
        instance_url=tokens["instance_url"].rstrip("/"),
        user=_identity(site.http, tokens["id"], tokens["access_token"]),
        kept={"refresh_token": tokens["refresh_token"]},
    )


def _identity(http: requests.Session, url: str, access_token: str) -> SalesforceUser:
    """Who signed in, from the identity URL."""
    try:
        response = http.get(url, headers={"Authorization": f"Bearer {access_token}", "Accept": "application/json"})
    except requests.exceptions.RequestException as problem:
        error = translated(problem)
    else:
        if response.ok:
            return _user_in(_json(response))
        error = refusal_of(response.status_code, None)
    raise error


def _user_in(identity: Mapping[str, Any]) -> SalesforceUser:
    org_id, user_id, username = (str(identity.get(name, "")) for name in ("organization_id", "user_id", "username"))
    if not (org_id and user_id):
        raise NeedsConfiguration(UNKNOWN)
    return SalesforceUser(org_id=org_id, user_id=user_id, username=username)


def _user_in_url(url: str) -> SalesforceUser:
    """An identity URL ends in the org's and the user's Id; it does not tell the username."""
    org_id, user_id = urlsplit(url).path.rstrip("/").split("/")[-2:]
    return SalesforceUser(org_id=org_id, user_id=user_id, username="")


def _json(response: requests.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except requests.exceptions.JSONDecodeError as problem:
        raise translated(problem) from None
    return body if isinstance(body, dict) else {}


def _error_code(response: requests.Response) -> str:
    try:
        body = response.json()
    except requests.exceptions.JSONDecodeError:
        return ""
    return str(body.get("error", "")) if isinstance(body, dict) else ""


method = SalesforceIdMethod()
