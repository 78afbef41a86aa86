"""The OAuth 2.0 web-server flow as an auth method, to be filled in: PKCE, state, rotating refresh tokens (R11, R33)."""

from __future__ import annotations

import secrets
from abc import abstractmethod
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import requests
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from host.plugin_api.auth import AuthMethod, AuthSite, Grant, SignIn
from host.plugin_api.results import NeedsConfiguration, NeedsReauthorisation, RetryLater
from host.sentences import Sentence

REFUSED = Sentence("The CRM refused the sign-in. Connect again; if that fails, look at the app’s id, secret and callback.")
NOT_ALLOWED = Sentence("The access was not allowed at the CRM. Connect again and allow it there.")
NO_ANSWER = Sentence("The CRM cannot be reached, or is ill. Try again later.")
NOT_UNDERSTOOD = Sentence("The CRM answered something that is no OAuth reply. Is its address right?")
OVERLOADED, SERVER_ERROR = 429, 500


class OAuthMethod(AuthMethod):
    """Signs in through the browser. Say where: `authorize_path`, `token_path`, `revoke_path`, and who it is: `account`.

    The paths come behind the setting `address_setting`; client id and secret are the settings `client_id` and
    `client_secret`. A CRM that works otherwise overrides `endpoint` or `app_keys`.
    """

    address_setting: ClassVar[str] = "address"
    authorize_path: ClassVar[str] = "/oauth/authorize"
    token_path: ClassVar[str] = "/oauth/token"  # noqa: S105 - a path
    revoke_path: ClassVar[str] = ""
    scope: ClassVar[str] = ""

    @abstractmethod
    def account(self, site: AuthSite, tokens: Mapping[str, Any]) -> str:
        """Whom these tokens act as, for people; asked of the CRM, or read from its reply."""

    def endpoint(self, site: AuthSite, path: str) -> str:
        """The whole address of one of the paths."""
        return str(site.settings[self.address_setting]).rstrip("/") + path

    def app_keys(self, site: AuthSite) -> Mapping[str, str]:
        """What the CRM knows this installation by."""
        return {"client_id": site.settings["client_id"], "client_secret": site.settings["client_secret"]}

    def begin(self, site: AuthSite, credentials: Mapping[str, str]) -> SignIn:  # noqa: ARG002 - typed in at the CRM
        """Where to send the browser. The verifier stays on the server; only its hash goes along (S256)."""
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
        query = {
            "response_type": "code",
            "client_id": self.app_keys(site)["client_id"],
            "redirect_uri": site.callback_url,
            "state": state,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
            **({"scope": self.scope} if self.scope else {}),
        }
        url = f"{self.endpoint(site, self.authorize_path)}?{urlencode(query)}"
        return SignIn(url=url, state=state, pending={"verifier": verifier})

    def complete(self, site: AuthSite, pending: Mapping[str, str], reply: Mapping[str, str]) -> Grant:
        """Change the code into tokens, and find out who signed in."""
        if not reply.get("code"):
            raise NeedsReauthorisation(NOT_ALLOWED)
        form = {"grant_type": "authorization_code", "code": reply["code"], "redirect_uri": site.callback_url}
        tokens = self._tokens(site, {**form, "code_verifier": pending["verifier"]})
        kept = {"refresh_token": str(tokens.get("refresh_token", ""))}
        return Grant(access_token=tokens["access_token"], account=self.account(site, tokens), kept=kept)

    def renew(self, site: AuthSite, kept: Mapping[str, str]) -> Grant:
        """With rotation the reply brings a new refresh token, and the old one is dead."""
        old = kept.get("refresh_token", "")
        if not old:
            raise NeedsReauthorisation(REFUSED)
        tokens = self._tokens(site, {"grant_type": "refresh_token", "refresh_token": old})
        return Grant(access_token=tokens["access_token"], kept={"refresh_token": str(tokens.get("refresh_token") or old)})

    def revoke(self, site: AuthSite, kept: Mapping[str, str], access_token: str) -> None:
        """RFC 7009, where the CRM has it."""
        if self.revoke_path:
            form = {"token": kept.get("refresh_token") or access_token, **self.app_keys(site)}
            self._post(site, self.revoke_path, form)

    def _tokens(self, site: AuthSite, form: Mapping[str, str]) -> Mapping[str, Any]:
        reply = self._post(site, self.token_path, {**form, **self.app_keys(site)})
        if not reply.ok:
            raise NeedsReauthorisation(REFUSED)
        try:
            tokens = reply.json()
        except ValueError:
            tokens = None
        if not isinstance(tokens, dict) or not isinstance(tokens.get("access_token"), str):
            raise NeedsConfiguration(NOT_UNDERSTOOD)
        return tokens

    def _post(self, site: AuthSite, path: str, form: Mapping[str, str]) -> requests.Response:
        try:
            reply = site.http.post(self.endpoint(site, path), data=form, allow_redirects=False)
        except requests.RequestException:
            raise RetryLater(NO_ANSWER) from None
        if reply.status_code >= SERVER_ERROR or reply.status_code == OVERLOADED:
            raise RetryLater(NO_ANSWER, after=timedelta(minutes=1))
        return reply
