"""Salesforce's OAuth endpoints: tokens, whose they are, and their end. All methods that use an app go through here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from host.plugin_api import NeedsConfiguration
from plugins.salesforce.auth.oauth_errors import UNKNOWN, OAuthRefusal, post_form, refused
from plugins.salesforce.auth_api import AuthSite, SalesforceUser
from plugins.salesforce.errors import refusal_of, translated
from plugins.salesforce.wording import N_

NO_APP = N_("Enter the consumer key and secret of the Salesforce app first.")
NO_APP_KEY = N_("Enter the consumer key of the Salesforce app first.")
ALREADY_GONE = frozenset({"invalid_token", "unsupported_token_type", "invalid_grant"})


def require_app(site: AuthSite) -> None:
    """Raise NeedsConfiguration unless the app's key and secret are set."""
    if not site.client_id or not site.client_secret:
        raise NeedsConfiguration(NO_APP)


def require_app_key(site: AuthSite) -> None:
    """Raise NeedsConfiguration unless the app's key is set; its secret is not needed."""
    if not site.client_id:
        raise NeedsConfiguration(NO_APP_KEY)


def app_keys(site: AuthSite) -> dict[str, str]:
    """The part of a form by which the app shows who it is."""
    return {"client_id": site.client_id, "client_secret": site.client_secret}


def request_tokens(site: AuthSite, form: Mapping[str, str], refusals: tuple[OAuthRefusal, ...] = ()) -> dict[str, str]:
    """The reply with access_token, instance_url and id; `refusals` say what this grant's own refusals mean."""
    response = post_form(site.http, f"{site.login_url}/services/oauth2/token", {**form, "format": "json"})
    if not response.ok:
        raise refused(response, refusals)
    body = _json(response)
    if not all(isinstance(body.get(name), str) and body[name] for name in ("access_token", "instance_url", "id")):
        raise NeedsConfiguration(UNKNOWN)
    return {**body, "instance_url": body["instance_url"].rstrip("/")}


def revoke_token(site: AuthSite, token: str) -> None:
    """End a token, and with a refresh token all that came of it. One that is gone already is a success."""
    response = post_form(site.http, f"{site.login_url}/services/oauth2/revoke", {"token": token})
    if not response.ok and _error_code(response) not in ALREADY_GONE:
        raise refused(response)


def identity(http: requests.Session, url: str, access_token: str) -> SalesforceUser:
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


def user_in_url(url: str, username: str = "") -> SalesforceUser:
    """An identity URL ends in the org's and the user's Id; it does not tell the username."""
    parts = urlsplit(url).path.rstrip("/").split("/")
    if len(parts) < 3 or not (parts[-1] and parts[-2]):
        raise NeedsConfiguration(UNKNOWN)
    return SalesforceUser(org_id=parts[-2], user_id=parts[-1], username=username)


def _user_in(found: Mapping[str, Any]) -> SalesforceUser:
    org_id, user_id, username = (str(found.get(name, "")) for name in ("organization_id", "user_id", "username"))
    if not (org_id and user_id):
        raise NeedsConfiguration(UNKNOWN)
    return SalesforceUser(org_id=org_id, user_id=user_id, username=username)


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
