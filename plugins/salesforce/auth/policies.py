"""What can be known of an app and a login without spending an API call, as lines of the connection test (R10)."""

from __future__ import annotations

from collections.abc import Iterable

import requests

from host.plugin_api import Sentence
from plugins.salesforce.auth.oauth_errors import post_form
from plugins.salesforce.auth.token_endpoint import app_keys
from plugins.salesforce.auth_api import AuthSite, PolicyFinding, PolicyLevel
from plugins.salesforce.wording import N_

SCOPES_FOUND = N_("The app’s scopes of this connection are: %(scopes)s.")
SCOPE_MISSING = N_("This connection lacks the app’s scope “%(scope)s”.")
ADD_SCOPE = N_("Add the scope to the app in Salesforce, then connect again.")
SCOPES_UNKNOWN = N_("Salesforce did not tell the app’s scopes.")
IMPLIED = {"full": frozenset({"api", "id", "full"}), "offline_access": frozenset({"refresh_token"})}
"""What a scope includes besides itself (Salesforce help, "OAuth Tokens and Scopes")."""
COSTS = {
    "api": N_("Nothing works."),
    "refresh_token": N_("The connection ends with the session, usually after two hours."),
    "id": N_("Salesforce may not tell who signed in when you connect again."),
}

ROTATION_ON = N_("Refresh tokens rotate: the last renewal brought a new one.")
ROTATION_OFF = N_("Refresh tokens do not rotate: the last renewal brought no new one.")
ROTATION_OFF_COST = N_("A refresh token that is stolen stays usable until the connection is revoked.")
SWITCH_ON = N_("Switch on “Enable Refresh Token Rotation” in the app. Nothing needs to be changed here.")
ROTATION_UNKNOWN = N_("Whether refresh tokens rotate shows at the first renewal, usually within a day.")
IDLE_LIMIT = N_(
    "If the app ends refresh tokens that were not used for 30 days, a host that is off for longer must connect again. "
    "Whether it does cannot be read from Salesforce."
)
CERTIFICATE_END = N_("When the certificate in the app ends cannot be read from Salesforce.")
CERTIFICATE_COST = N_("On that day the connection ends.")
CERTIFICATE_REMEDY = N_("Look it up in the app, and upload a new certificate before.")
RUN_AS = N_("The app acts as the user chosen under “Run As”. If that is changed, the connection is reported as lost.")
SOAP_ENDS = N_("This connection signs in by SOAP login, which Salesforce ends with the release Summer ’27.")
SOAP_COST = N_("From then on no name is fetched with it.")
SOAP_REMEDY = N_("Change to another auth method before.")
MFA_BREAKS = N_("Signing in fails as soon as the user gets “MFA for API Logins” or must use single sign-on.")


def scope_findings(site: AuthSite, access_token: str, needed: Iterable[str]) -> tuple[PolicyFinding, ...]:
    """The scopes of a token against those needed; without an answer a note that says so.

    Raises:
        PluginError: Salesforce cannot be reached.
    """
    scopes = introspected_scopes(site, access_token)
    if scopes is None:
        return (PolicyFinding(level=PolicyLevel.NOTE, text=SCOPES_UNKNOWN),)
    held = frozenset(scopes).union(*(IMPLIED.get(scope, ()) for scope in scopes))
    missing = tuple(_missing(scope) for scope in needed if scope not in held)
    if missing:
        return missing
    return (PolicyFinding(level=PolicyLevel.GOOD, text=Sentence(SCOPES_FOUND, scopes=sorted(scopes))),)


def _missing(scope: str) -> PolicyFinding:
    level = PolicyLevel.WARN if scope == "id" else PolicyLevel.BAD
    return PolicyFinding(level=level, text=Sentence(SCOPE_MISSING, scope=scope), cost=COSTS[scope], remedy=ADD_SCOPE)


def introspected_scopes(site: AuthSite, access_token: str) -> tuple[str, ...] | None:
    """What `/services/oauth2/introspect` (RFC 7662) says; None where it does not answer or does not know the token."""
    if not site.client_secret:
        return None
    form = {"token": access_token, "token_type_hint": "access_token", **app_keys(site)}
    response = post_form(site.http, f"{site.login_url}/services/oauth2/introspect", form)
    try:
        body = response.json() if response.ok else None
    except requests.exceptions.JSONDecodeError:
        return None
    if not isinstance(body, dict) or not body.get("active") or not isinstance(body.get("scope"), str):
        return None
    return tuple(body["scope"].split())


def rotation_finding(seen: str | None) -> PolicyFinding:
    """`seen` is "on" or "off" by the last renewal, None before the first."""
    if seen == "on":
        return PolicyFinding(level=PolicyLevel.GOOD, text=ROTATION_ON)
    if seen == "off":
        return PolicyFinding(level=PolicyLevel.NOTE, text=ROTATION_OFF, cost=ROTATION_OFF_COST, remedy=SWITCH_ON)
    return PolicyFinding(level=PolicyLevel.NOTE, text=ROTATION_UNKNOWN)
