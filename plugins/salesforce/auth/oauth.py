"""Authenticate with Salesforce ID: the OAuth 2.0 web-server flow with PKCE and rotating refresh tokens (R11)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge

from host.plugin_api import NeedsConfiguration, NeedsReauthorisation, SignIn
from plugins.salesforce.auth.app_steps import CALLBACK, KEYS, NEW_APP, SCOPES
from plugins.salesforce.auth.oauth_errors import UNKNOWN, oauth_error
from plugins.salesforce.auth.policies import IDLE_LIMIT, rotation_finding, scope_findings
from plugins.salesforce.auth.token_endpoint import app_keys, identity, request_tokens, require_app, revoke_token, user_in_url
from plugins.salesforce.auth_api import AuthMethod, AuthSite, Feature, Grant, PolicyFinding, PolicyLevel
from plugins.salesforce.wording import N_

ASKED_FOR = "api refresh_token id"
NO_LASTING_ACCESS = N_(
    "Salesforce gave no refresh token. Add the scope “Perform requests at any time (refresh_token)” to the app."
)
GUIDE = (
    NEW_APP,
    CALLBACK,
    SCOPES,
    N_("Switch on “Require Proof Key for Code Exchange (PKCE)” and “Enable Refresh Token Rotation”."),
    N_("Under Policies, set the refresh token to be valid until revoked, or at least 30 days from its last use."),
    KEYS,
)


class SalesforceIdMethod(AuthMethod):
    """A person signs in at Salesforce, in the browser; we never see the password."""

    name: ClassVar[str] = "oauth"
    title: ClassVar[str] = N_("Authenticate with Salesforce ID")
    description: ClassVar[str] = N_(
        "You sign in at Salesforce and allow the access there. Works with multi-factor authentication and single sign-on."
    )
    recommended: ClassVar[bool] = True
    needs_app: ClassVar[bool] = True
    app_guide: ClassVar[tuple[str, ...]] = GUIDE
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
        require_app(site)
        state = secrets.token_urlsafe(32)
        verifier = secrets.token_urlsafe(64)
        query = {
            "response_type": "code",
            "client_id": site.client_id,
            "redirect_uri": site.callback_url,
            "scope": ASKED_FOR,
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
            instance_url=tokens["instance_url"],
            user=user_in_url(tokens["id"]),
            kept={"refresh_token": tokens.get("refresh_token") or old, "rotation": _rotation(tokens, old)},
        )

    def revoke(self, site: AuthSite, kept: Mapping[str, str], access_token: str) -> None:
        """Revoking the refresh token also ends its access tokens."""
        revoke_token(site, kept.get("refresh_token") or access_token)

    def policy(self, site: AuthSite, kept: Mapping[str, str], access_token: str) -> Sequence[PolicyFinding]:
        """The scopes by introspection, and whether the last renewal rotated the refresh token."""
        return (
            *scope_findings(site, access_token, ASKED_FOR.split()),
            rotation_finding(kept.get("rotation")),
            PolicyFinding(level=PolicyLevel.NOTE, text=IDLE_LIMIT),
        )


def _rotation(tokens: Mapping[str, str], old: str) -> str:
    return "on" if tokens.get("refresh_token", old) != old else "off"


def _tokens(site: AuthSite, form: Mapping[str, str]) -> dict[str, str]:
    return request_tokens(site, {**form, **app_keys(site)})


def _grant(site: AuthSite, tokens: Mapping[str, str]) -> Grant:
    if not tokens.get("refresh_token"):
        raise NeedsConfiguration(NO_LASTING_ACCESS)
    return Grant(
        access_token=tokens["access_token"],
        instance_url=tokens["instance_url"],
        user=identity(site.http, tokens["id"], tokens["access_token"]),
        kept={"refresh_token": tokens["refresh_token"]},
    )


method = SalesforceIdMethod()
