"""Authenticate with a certificate: the OAuth 2.0 JWT bearer flow, which signs in as a user without any password (B9)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import urlsplit

import jwt

from host.plugin_api import CredentialField, NeedsReauthorisation
from plugins.salesforce.auth.app_steps import CALLBACK, KEY, NEW_APP, SCOPES
from plugins.salesforce.auth.jwt_bearer_errors import REFUSALS
from plugins.salesforce.auth.policies import CERTIFICATE_COST, CERTIFICATE_END, CERTIFICATE_REMEDY
from plugins.salesforce.auth.signing_key import LONGEST, read_signing_key
from plugins.salesforce.auth.token_endpoint import request_tokens, require_app_key, revoke_token, user_in_url
from plugins.salesforce.auth_api import AuthMethod, AuthSite, Feature, Grant, PolicyFinding, PolicyLevel
from plugins.salesforce.wording import N_

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
VALID_SECONDS = 120
"""Salesforce takes assertions that end within three minutes; this leaves a minute to a clock that is fast."""
INCOMPLETE = N_("Enter the Salesforce username and the private key.")
GUIDE = (
    NEW_APP,
    CALLBACK,
    SCOPES,
    N_("Switch on “Enable JWT Bearer Flow” and upload the certificate that belongs to the private key."),
    N_("Under Policies, choose “Admin approved users are pre-authorized” and admit the user’s profile or permission set."),
    KEY,
)


class JwtBearerMethod(AuthMethod):
    """The host signs a short assertion with its private key whenever it needs a new access token."""

    name: ClassVar[str] = "jwt_bearer"
    title: ClassVar[str] = N_("Authenticate with a certificate (JWT)")
    description: ClassVar[str] = N_(
        "The host signs in by itself as one Salesforce user, with a private key instead of a password. "
        "Works with multi-factor authentication and single sign-on, and does not end with SOAP login."
    )
    needs_app: ClassVar[bool] = True
    needs_app_secret: ClassVar[bool] = False
    app_guide: ClassVar[tuple[str, ...]] = GUIDE
    features: ClassVar[frozenset[Feature]] = frozenset(Feature)
    credentials: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField(
            name="username",
            label=N_("Salesforce username"),
            autocomplete="username",
            help=N_("It looks like an e-mail address."),
        ),
        CredentialField(
            name="private_key",
            label=N_("Private key"),
            secret=True,
            longest=LONGEST,
            help=N_("Paste the whole PEM file, from “-----BEGIN PRIVATE KEY-----” to the end. It is stored encrypted."),
        ),
    )

    def begin(self, site: AuthSite, credentials: Mapping[str, str]) -> Grant:
        """Sign in at once."""
        require_app_key(site)
        username, private_key = credentials.get("username", "").strip(), credentials.get("private_key", "")
        if not username or not private_key.strip():
            raise NeedsReauthorisation(INCOMPLETE)
        form = {"grant_type": GRANT_TYPE, "assertion": assertion(site, username, private_key)}
        tokens = request_tokens(site, form, REFUSALS)
        return Grant(
            access_token=tokens["access_token"],
            instance_url=tokens["instance_url"],
            user=user_in_url(tokens["id"], username),
            kept={"username": username, "private_key": private_key},
        )

    def renew(self, site: AuthSite, kept: Mapping[str, str]) -> Grant:
        """There are no refresh tokens: a new assertion brings a new access token."""
        return self.begin(site, kept)

    def revoke(self, site: AuthSite, kept: Mapping[str, str], access_token: str) -> None:  # noqa: ARG002 - no token in it
        """Ends the access token; without the key, which is forgotten here, there will be no other."""
        revoke_token(site, access_token)

    def policy(self, site: AuthSite, kept: Mapping[str, str], access_token: str) -> Sequence[PolicyFinding]:  # noqa: ARG002
        """Only that the certificate's end is not known: Salesforce does not tell it."""
        end = PolicyFinding(level=PolicyLevel.NOTE, text=CERTIFICATE_END, cost=CERTIFICATE_COST, remedy=CERTIFICATE_REMEDY)
        return (end,)


def assertion(site: AuthSite, username: str, private_key: str) -> str:
    """The signed assertion (RS256) that we are the app and act as this user."""
    claims = {
        "iss": site.client_id,
        "sub": username,
        "aud": audience(site.login_url),
        "exp": int(time.time()) + VALID_SECONDS,
    }
    return jwt.encode(claims, read_signing_key(private_key), algorithm="RS256")


def audience(login_url: str) -> str:
    """Salesforce documents only the two shared hosts as audience, for orgs with a My Domain too."""
    host = urlsplit(login_url).hostname or ""
    if not host.endswith(".salesforce.com"):
        return login_url
    of_sandbox = host == "test.salesforce.com" or "--" in host or ".sandbox." in host or ".scratch." in host
    return "https://test.salesforce.com" if of_sandbox else "https://login.salesforce.com"


method = JwtBearerMethod()
