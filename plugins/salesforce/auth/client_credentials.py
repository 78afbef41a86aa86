"""Authenticate as the app: the OAuth 2.0 client credentials flow, as the user whom the app runs as (B9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import urlsplit

from host.plugin_api import NeedsConfiguration, NeedsReauthorisation
from plugins.salesforce.auth.app_steps import CALLBACK, KEYS, NEW_APP
from plugins.salesforce.auth.oauth_errors import OAuthRefusal
from plugins.salesforce.auth.policies import RUN_AS, scope_findings
from plugins.salesforce.auth.token_endpoint import (
    app_keys,
    identity,
    request_tokens,
    require_app,
    revoke_token,
    user_in_url,
)
from plugins.salesforce.auth_api import AuthMethod, AuthSite, Feature, Grant, PolicyFinding, PolicyLevel
from plugins.salesforce.wording import N_

SHARED_HOSTS = frozenset({"login.salesforce.com", "test.salesforce.com"})
MY_DOMAIN_ONLY = N_(
    "This way of signing in works at the org’s own host only. "
    "Choose “My Domain” as where to sign in and enter a host like acme.my.salesforce.com."
)
OTHER_USER = N_(
    "The app in Salesforce runs as another user than when it was connected. "
    "Set the former user there again, or disconnect and connect anew."
)
REFUSALS = (
    OAuthRefusal("invalid_grant", r"not supported on this domain", NeedsConfiguration, MY_DOMAIN_ONLY),
    OAuthRefusal(
        "invalid_grant",
        r"flow not enabled|flow is not enabled",
        NeedsReauthorisation,
        N_("The client credentials flow is switched off in the app. Switch it on in the app’s settings and policies."),
    ),
    OAuthRefusal(
        "invalid_grant",
        r"no client credentials user",
        NeedsReauthorisation,
        N_("The app has no active user to run as. Choose one under “Run As” in the app’s policies."),
    ),
    OAuthRefusal(
        "invalid_grant",
        r"no valid scopes",
        NeedsConfiguration,
        N_("The Salesforce app lacks a scope: this way of signing in needs “api” and “id”. Add it and connect again."),
    ),
)
GUIDE = (
    NEW_APP,
    CALLBACK,
    N_("Choose the scopes “Manage user data via APIs (api)” and “Access the identity URL service (id)”."),
    N_("Switch on “Enable Client Credentials Flow”."),
    N_("Under Policies, switch the flow on and choose under “Run As” the user as whom the host acts."),
    KEYS,
)


class ClientCredentialsMethod(AuthMethod):
    """The app signs in with its key and secret; nobody types anything in."""

    name: ClassVar[str] = "client_credentials"
    title: ClassVar[str] = N_("Authenticate as the app (client credentials)")
    description: ClassVar[str] = N_(
        "The consumer key and secret are enough: the app acts as the user chosen for it in Salesforce. Works with "
        "multi-factor authentication and single sign-on, and does not end with SOAP login. Needs the org’s My Domain."
    )
    needs_app: ClassVar[bool] = True
    app_guide: ClassVar[tuple[str, ...]] = GUIDE
    features: ClassVar[frozenset[Feature]] = frozenset(Feature)

    def begin(self, site: AuthSite, credentials: Mapping[str, str]) -> Grant:  # noqa: ARG002 - it needs none
        """Sign in at once, and ask Salesforce as whom."""
        tokens = _tokens(site)
        user = identity(site.http, tokens["id"], tokens["access_token"])
        return Grant(
            access_token=tokens["access_token"],
            instance_url=tokens["instance_url"],
            user=user,
            kept={"org_id": user.org_id, "user_id": user.user_id},
        )

    def renew(self, site: AuthSite, kept: Mapping[str, str]) -> Grant:
        """There are no refresh tokens: the app signs in again, which must be as the user it was connected with."""
        tokens = _tokens(site)
        user = user_in_url(tokens["id"])
        if (user.org_id[:15], user.user_id[:15]) != (kept["org_id"][:15], kept["user_id"][:15]):
            revoke_token(site, tokens["access_token"])
            raise NeedsReauthorisation(OTHER_USER)
        return Grant(access_token=tokens["access_token"], instance_url=tokens["instance_url"], user=user, kept=kept)

    def revoke(self, site: AuthSite, kept: Mapping[str, str], access_token: str) -> None:  # noqa: ARG002 - no token in it
        """Ends the access token; the app's key and secret stay the site's settings."""
        revoke_token(site, access_token)

    def policy(self, site: AuthSite, kept: Mapping[str, str], access_token: str) -> Sequence[PolicyFinding]:  # noqa: ARG002
        """The scopes by introspection, and as whom the app acts."""
        run_as = PolicyFinding(level=PolicyLevel.NOTE, text=RUN_AS)
        return (*scope_findings(site, access_token, ("api", "id")), run_as)


def _tokens(site: AuthSite) -> dict[str, str]:
    require_app(site)
    if urlsplit(site.login_url).hostname in SHARED_HOSTS:
        raise NeedsConfiguration(MY_DOMAIN_ONLY)
    return request_tokens(site, {"grant_type": "client_credentials", **app_keys(site)}, REFUSALS)


method = ClientCredentialsMethod()
