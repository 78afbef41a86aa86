"""The port `context.crm`: requests signed by the connection that an admin made, each refusal turned into its error."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import requests

from host.connections.refusals import UNAUTHORISED, network, no_json, raise_refusal, unreachable
from host.connections.stored import StoredConnection, read_connection, write_connection
from host.plugin_api import (
    Alarms,
    AuthFeature,
    AuthMethod,
    AuthSite,
    Budget,
    CrmAccount,
    Grant,
    NeedsConfiguration,
    NeedsReauthorisation,
    PluginContext,
    PluginError,
    RetryLater,
    Secrets,
    auth_methods,
)
from host.plugin_api.outgoing import http_session
from host.sentences import Sentence

RENEWAL = "tsunagu:connection"
"""The lock under which a connection is renewed, replaced and ended."""
CONNECTION_ALARM = "tsunagu:connection"
NOT_CONNECTED = Sentence("The plugin is not connected with its CRM. An admin connects it on its page in the settings.")
NOT_INSTALLED = Sentence("The auth method of the connection is not installed any more. Install it again, or connect anew.")
LOST = Sentence("The CRM refuses the connection. An admin connects again on the plugin’s page in the settings.")
RENEWED_MEANWHILE = Sentence("The connection with the CRM was renewed in the meantime. It is tried again by itself.")
LOST_TITLE = Sentence("The connection with the CRM is lost")
LOST_TEXT = Sentence("What is to be done waits, and goes on when you connect again.")
CHANGED_ACCOUNT = Sentence("The connection was renewed as another account. Disconnect and connect anew.")


def site_of(context: PluginContext) -> AuthSite:
    """This installation as an auth method of this plugin sees it.

    Raises:
        NeedsConfiguration: the plugin's settings are not complete.
    """
    return auth_site(context.site.url, context.plugin, context.config)


def auth_site(site_url: str, plugin: str, config: Callable[[], Mapping[str, Any]]) -> AuthSite:
    """As `site_of`, for where there is no context yet."""
    return AuthSite(callback_url=callback_url(site_url, plugin), settings=config(), http=http_session())


def callback_url(site_url: str, plugin: str) -> str:
    """The exact address that must be registered at the CRM."""
    return f"{site_url}/settings/plugins/{plugin}/callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCrm:
    """Implements `host.plugin_api.Crm` for one plugin; `group` is the entry-point group of its auth methods."""

    group: str
    secrets: Secrets
    budget: Budget
    alarms: Alarms
    exclusive: Callable[[str], AbstractContextManager[None]]
    site: Callable[[], AuthSite]

    def account(self) -> CrmAccount | None:
        known = read_connection(self.secrets)
        return known.account if known else None

    def method(self) -> AuthMethod:
        return self._method(self._connection())

    def declares(self, feature: AuthFeature) -> bool:
        known = read_connection(self.secrets)
        return known is not None and self._method(known).declares(feature)

    def request(
        self,
        verb: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        allowed: Collection[int] = (),
    ) -> requests.Response:
        """As the port says; the error tells how many calls were made."""
        known = self._connection()
        asked = requests.Request(verb, url, params=params, json=json, headers=dict(headers or {}))
        reply = self._send(asked, known, spent=0)
        if reply.status_code == UNAUTHORISED and UNAUTHORISED not in allowed:
            fresh = self._renewed(known)
            reply = self._send(asked, fresh, spent=1)
            if reply.status_code == UNAUTHORISED:
                raise self._refused_anew(fresh)
        if reply.status_code >= 300 and reply.status_code not in allowed:
            raise_refusal(reply)
        return reply

    def ask(
        self,
        verb: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """As the port says."""
        reply = self.request(verb, url, params=params, json=json, headers=headers)
        try:
            return reply.json() if reply.content else None
        except ValueError:
            raise no_json() from None

    def _connection(self) -> StoredConnection:
        known = read_connection(self.secrets)
        if known is None:
            raise NeedsConfiguration(NOT_CONNECTED)
        return known

    def _method(self, known: StoredConnection) -> AuthMethod:
        method: AuthMethod | None = auth_methods(self.group, AuthMethod).named(known.account.method)
        if method is None:
            raise NeedsConfiguration(NOT_INSTALLED)
        return method

    def _send(self, asked: requests.Request, known: StoredConnection, *, spent: int) -> requests.Response:
        signature = self._method(known).signed(known.grant.access_token)
        session = http_session()
        prepared = session.prepare_request(asked)
        prepared.headers.update(signature)
        self.budget.spend()
        try:
            return session.send(prepared, allow_redirects=False)
        except requests.RequestException:
            raise unreachable(api_calls=spent + 1) from None

    def _renewed(self, refused: StoredConnection) -> StoredConnection:
        """The connection with a fresh token; another process may have renewed it already."""
        with self.exclusive(RENEWAL):
            known = self._connection()
            if known.grant.access_token != refused.grant.access_token:
                return known
            try:
                with network():
                    grant = self._method(known).renew(self.site(), known.grant.kept)
            except NeedsReauthorisation:
                raise self._lost(api_calls=1) from None
            fresh = replace(known, grant=_same_account(known, grant))
            write_connection(self.secrets, fresh)
            return fresh

    def _refused_anew(self, refused: StoredConnection) -> PluginError:
        """It is lost, unless another process has renewed it, or somebody has connected anew, meanwhile."""
        with self.exclusive(RENEWAL):
            if self._connection().grant.access_token != refused.grant.access_token:
                return RetryLater(RENEWED_MEANWHILE, api_calls=2)
            return self._lost(api_calls=2)

    def _lost(self, *, api_calls: int) -> NeedsReauthorisation:
        self.alarms.raise_alarm(CONNECTION_ALARM, LOST_TITLE, LOST_TEXT)
        return NeedsReauthorisation(LOST, api_calls=api_calls)


def _same_account(known: StoredConnection, grant: Grant) -> Grant:
    """A renewal that does not say who it is stays who it was."""
    if grant.account and grant.account != known.account.account:
        raise NeedsReauthorisation(CHANGED_ACCOUNT)
    return replace(grant, account=known.account.account)
