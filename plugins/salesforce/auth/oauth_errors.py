"""What Salesforce's OAuth endpoints answer when they refuse, as sentences: the help page "OAuth 2.0 flow errors"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import requests

from host.plugin_api import NeedsConfiguration, NeedsReauthorisation, PluginError, RetryLater
from plugins.salesforce.errors import translated
from plugins.salesforce.wording import N_

UNAVAILABLE = N_("Salesforce’s sign-in service is not available at the moment. It is tried again soon.")
TOO_MANY = N_("There were too many sign-ins at Salesforce in a short time. It is tried again soon.")
NOT_THIS_BROWSER = N_("Salesforce could not confirm that it was this browser which asked to connect (PKCE). Connect again.")


@dataclass(frozen=True, slots=True)
class OAuthRefusal:
    """One row: an `error` code, a pattern for its description, and what they mean."""

    code: str
    pattern: str
    error: type[PluginError]
    message: str


REFUSALS = (
    OAuthRefusal(
        "invalid_grant",
        r"already being processed",
        RetryLater,
        N_("Another process is renewing the connection to Salesforce at this moment. It is tried again soon."),
    ),
    OAuthRefusal(
        "invalid_grant",
        r"expired authorization code|authorization code",
        NeedsReauthorisation,
        N_("The answer from Salesforce came too late or was used already. Press “Connect to Salesforce” again."),
    ),
    OAuthRefusal(
        "invalid_grant",
        r"api is not enabled",
        NeedsConfiguration,
        N_(
            "This Salesforce org has no access to the API. Professional and "
            "Essentials come without it: ask Salesforce for it."
        ),
    ),
    OAuthRefusal(
        "invalid_request",
        r"verifier|challenge",
        NeedsReauthorisation,
        NOT_THIS_BROWSER,
    ),
    OAuthRefusal(
        "invalid_grant",
        r"verifier|challenge",
        NeedsReauthorisation,
        NOT_THIS_BROWSER,
    ),
    OAuthRefusal(
        "invalid_grant",
        r"inactive user|user is not active",
        NeedsReauthorisation,
        N_("The connected Salesforce user has been deactivated. Activate the user or connect with another one."),
    ),
    OAuthRefusal(
        "invalid_grant",
        r"ip restricted|ip not allowed",
        NeedsConfiguration,
        N_("Salesforce does not let this server in from its IP address. Relax the app’s IP rules or allow the address."),
    ),
    OAuthRefusal(
        "invalid_grant",
        r"login hours",
        RetryLater,
        N_("The Salesforce user may not sign in at this time of the day. It is tried again later."),
    ),
    OAuthRefusal(
        "invalid_grant",
        r"login rate exceeded",
        RetryLater,
        TOO_MANY,
    ),
    OAuthRefusal(
        "invalid_grant",
        "",
        NeedsReauthorisation,
        N_("The connection was revoked or has expired at Salesforce. An admin must connect again."),
    ),
    OAuthRefusal(
        "inactive_user",
        "",
        NeedsReauthorisation,
        N_("The connected Salesforce user has been deactivated. Activate the user or connect with another one."),
    ),
    OAuthRefusal(
        "inactive_org",
        "",
        NeedsConfiguration,
        N_("The Salesforce org is locked, closed or suspended. Ask Salesforce."),
    ),
    OAuthRefusal(
        "invalid_client_id",
        r"installed",
        NeedsConfiguration,
        N_("The app is not installed in this Salesforce org. A Salesforce admin must install it there."),
    ),
    OAuthRefusal(
        "invalid_client_id",
        "",
        NeedsConfiguration,
        N_("Salesforce does not know the consumer key. Check it; a new app takes up to ten minutes to be known."),
    ),
    OAuthRefusal(
        "invalid_client",
        "",
        NeedsConfiguration,
        N_("Salesforce does not accept the consumer key and secret. Check both on the Salesforce settings page."),
    ),
    OAuthRefusal(
        "redirect_uri_mismatch",
        "",
        NeedsConfiguration,
        N_("The callback address in the Salesforce app is another one. Copy it exactly from the Salesforce settings page."),
    ),
    OAuthRefusal(
        "invalid_app_access",
        "",
        NeedsConfiguration,
        N_(
            "The Salesforce user is not admitted to the app. "
            "Admit the user’s profile or permission set in the app’s policies."
        ),
    ),
    OAuthRefusal(
        "OAUTH_APP_BLOCKED",
        "",
        NeedsConfiguration,
        N_("The app is blocked in this Salesforce org. A Salesforce admin must unblock or install it."),
    ),
    OAuthRefusal(
        "invalid_scope",
        "",
        NeedsConfiguration,
        N_(
            "The Salesforce app lacks a scope: it needs “api”, “refresh_token” and "
            "“id”. Add what is missing and connect again."
        ),
    ),
    OAuthRefusal(
        "rate_limit_exceeded",
        "",
        RetryLater,
        TOO_MANY,
    ),
    OAuthRefusal(
        "server_error",
        "",
        RetryLater,
        UNAVAILABLE,
    ),
    OAuthRefusal(
        "temporarily_unavailable",
        "",
        RetryLater,
        UNAVAILABLE,
    ),
)
DENIED = N_(
    "At Salesforce, “Deny” was pressed, or the user may not allow the "
    "access. Nothing has been changed; connect again and allow it."
)
UNKNOWN = N_("Salesforce refused the sign-in. Check the app’s settings in Salesforce, then connect again.")


def oauth_error(code: str, description: str, first: tuple[OAuthRefusal, ...] = ()) -> PluginError:
    """The error for an OAuth refusal, from the token endpoint or the callback's query; the rows `first` go before ours."""
    if code in {"access_denied", "access-denied"}:
        return NeedsReauthorisation(DENIED)
    for row in (*first, *REFUSALS):
        if row.code == code and re.search(row.pattern, description, re.IGNORECASE):
            return row.error(row.message)
    return NeedsConfiguration(UNKNOWN)


def refused(response: requests.Response, first: tuple[OAuthRefusal, ...] = ()) -> PluginError:
    """The error for an answer of an OAuth endpoint that is not 200."""
    if response.status_code >= requests.codes.server_error:
        return RetryLater(UNAVAILABLE)
    try:
        body: Any = response.json()
    except requests.exceptions.JSONDecodeError:
        return RetryLater(UNAVAILABLE)
    if not isinstance(body, dict):
        return NeedsConfiguration(UNKNOWN)
    return oauth_error(str(body.get("error", "")), str(body.get("error_description", "")), first)


def post_form(http: requests.Session, url: str, form: dict[str, str]) -> requests.Response:
    """Post to an OAuth endpoint; what goes wrong on the way comes out as one of the host's errors."""
    try:
        return http.post(url, data=form, headers={"Accept": "application/json"}, allow_redirects=False)
    except requests.exceptions.RequestException as problem:
        error = translated(problem)
    raise error
