"""The two ways to connect with Acme CRM, and what each can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from host.plugin_api import (
    AuthFeature,
    AuthMethod,
    AuthSite,
    CredentialField,
    Grant,
    NeedsReauthorisation,
)
from host.plugin_api.oauth import OAuthMethod

REFUSED = "Acme CRM does not know this key."


class Feature(AuthFeature):
    """What a connection with Acme CRM may do."""

    BULK = "bulk", "Everybody of the day is looked up once more at night", "No: after each call only"
    CLICKS = "clicks", "Calls that were clicked are noted at the person", "No: an API key is nobody’s own"


class ApiKey(AuthMethod):
    """A key that an administrator of Acme CRM makes."""

    name = "api_key"
    title = "Connect with an API key"
    description = "The key is under Settings, API in Acme CRM."
    features = frozenset({Feature.BULK})
    credentials = (CredentialField(name="key", label="API key", secret=True),)

    def begin(self, site: AuthSite, credentials: Mapping[str, str]) -> Grant:
        return Grant(access_token=credentials["key"], account=me(site, credentials["key"]), kept=dict(credentials))

    def renew(self, site: AuthSite, kept: Mapping[str, str]) -> Grant:
        return self.begin(site, kept)

    def revoke(self, site: AuthSite, kept: Mapping[str, str], access_token: str) -> None:
        """A key stays valid until it is deleted in Acme CRM."""


class OAuth(OAuthMethod):
    """A person signs in at Acme CRM."""

    name = "oauth"
    title = "Sign in at Acme CRM"
    description = "Needs an app there: put its client ID and secret into the settings above."
    recommended = True
    features = frozenset({Feature.CLICKS})
    revoke_path = "/oauth/revoke"

    def account(self, site: AuthSite, tokens: Mapping[str, Any]) -> str:
        return me(site, tokens["access_token"])


def me(site: AuthSite, token: str) -> str:
    """Whom a key or token belongs to."""
    reply = site.http.get(f"{site.settings['address']}/api/me", headers={"Authorization": f"Bearer {token}"})
    if not reply.ok:
        raise NeedsReauthorisation(REFUSED)
    return str(reply.json()["name"])


api_key = ApiKey()
oauth = OAuth()
