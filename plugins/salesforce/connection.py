"""The connection to one Salesforce org: who we are there, the tokens, and their renewal by one process at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from host.plugin_api import NeedsConfiguration, NeedsReauthorisation, PluginContext, PluginError, RetryLater
from plugins.salesforce.api_state import org_key
from plugins.salesforce.auth.methods import auth_method
from plugins.salesforce.auth_api import AuthMethod, AuthSite, Grant
from plugins.salesforce.connection_alarm import tell_barred, tell_connected, tell_lost
from plugins.salesforce.site import AppKeys, auth_site, keys_of, site_of
from plugins.salesforce.wording import N_

REFRESH_LOCK = "refresh"
SALESFORCE = "Salesforce"
"""Who did it, in the operation log, where it was no person."""
NOT_CONNECTED = N_("Salesforce is not connected.")
RENEWED_MEANWHILE = N_("The connection to Salesforce was renewed in the meantime. It is tried again soon.")
ANOTHER_ORG = N_("Another Salesforce org was connected in the meantime. It is tried again soon.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionInfo:
    """What is known of a connection, without its secrets.

    `lost_because` is "" while Salesforce accepts it. `barred_because` is "" while it lets us in: what bars us is a setting
    (the app is blocked, the address is not allowed); once that is put right, the same connection works again.
    """

    method: str
    org_id: str
    user_id: str
    username: str
    instance_url: str
    login_url: str
    api_version: str
    connected_at: datetime
    connected_by: str
    org_name: str = ""
    edition: str = ""
    lost_because: str = ""
    lost_at: datetime | None = None
    barred_because: str = ""

    @property
    def lost(self) -> bool:
        return bool(self.lost_because)

    def to_json(self) -> dict[str, Any]:
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ConnectionInfo:
        times = {name: datetime.fromisoformat(value[name]) for name in ("connected_at", "lost_at") if value.get(name)}
        return cls(**{**value, **times})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What is sealed: the access token, what the auth method needs to renew it, and as which app."""

    access_token: str = field(repr=False)
    kept: Mapping[str, str] = field(repr=False)
    app: AppKeys | None = None


def read_connection(context: PluginContext) -> ConnectionInfo | None:
    """The connection as it stands in the database; None if nobody has connected."""
    return connection_from(context.settings.read())


def connection_from(stored: Mapping[str, Any]) -> ConnectionInfo | None:
    """The connection among the plugin's stored settings."""
    value = stored.get("connection")
    return ConnectionInfo.from_json(value) if value else None


def read_tokens(context: PluginContext) -> Tokens:
    """The tokens as they are now: another process may have renewed them a moment ago."""
    sealed = context.secrets.get("connection")
    if sealed is None:
        raise NeedsReauthorisation(NOT_CONNECTED)
    found = json.loads(sealed)
    app = found.get("app")
    return Tokens(access_token=found["access_token"], kept=found["kept"], app=AppKeys(**app) if app else None)


def store_tokens(context: PluginContext, grant: Grant, app: AppKeys) -> None:
    """Written in one transaction, before the new access token is used: a rotated refresh token must not be lost."""
    text = json.dumps({"access_token": grant.access_token, "kept": dict(grant.kept), "app": asdict(app)})
    context.secrets.put({"connection": text})


class LiveConnection:
    """A connection in use by one hook call or page."""

    def __init__(self, context: PluginContext, info: ConnectionInfo) -> None:
        self.context = context
        self.info = info

    @property
    def method(self) -> AuthMethod:
        return auth_method(self.info.method)

    def site(self) -> AuthSite:
        """Renewal goes where and as which app the connection was made, whatever has been set for the next one since."""
        return site_of(self.context, self.info.login_url, self.tokens().app)

    def access_token(self) -> str:
        """The stored access token.

        Raises:
            NeedsReauthorisation: the connection was lost; Salesforce is not asked again, so that no user gets locked out.
        """
        if self.info.lost:
            with self.context.exclusive(REFRESH_LOCK):
                self._catch_up()
        return read_tokens(self.context).access_token

    def tokens(self) -> Tokens:
        """The access token and what the auth method keeps, as they are now."""
        return read_tokens(self.context)

    def renewed(self, refused: str) -> str:
        """A token in place of the refused one. Whoever waited for another process's renewal takes over what that one got."""
        with self.context.exclusive(REFRESH_LOCK):
            tokens = read_tokens(self.context)
            self._catch_up()
            if tokens.access_token != refused:
                return tokens.access_token
            grant, app = self._renew(tokens)
            store_tokens(self.context, grant, app)
            self._follow(grant.instance_url)
            self._mark_let_in()
            return grant.access_token

    def _catch_up(self) -> None:
        """See what another process found out meanwhile: the org's new server, or that the connection is lost.

        The latter is said each time, as whoever found out may have died before saying so; inside the lock, so that nobody
        says it who has not seen that an admin connected anew.

        Raises:
            RetryLater: another org was connected; what was begun in one does not go on in another.
        """
        current = read_connection(self.context) or self.info
        if org_key(current.org_id) != org_key(self.info.org_id):
            raise RetryLater(ANOTHER_ORG)  # what is under way holds record ids of the former one
        self.info = current
        if self.info.lost:
            tell_lost(self.context, self.info.lost_because)
            raise NeedsReauthorisation(self.info.lost_because)

    def _renew(self, tokens: Tokens) -> tuple[Grant, AppKeys]:
        try:
            return self._renewed_as(self.site(), tokens)
        except NeedsReauthorisation as problem:
            self._mark_lost(problem.message)
            raise
        except NeedsConfiguration as problem:
            self._mark_barred(problem.message)
            raise

    def _renewed_as(self, site: AuthSite, tokens: Tokens) -> tuple[Grant, AppKeys]:
        """With the app of the connection. Where Salesforce bars it, its key may have been replaced by the one set now."""
        try:
            return self.method.renew(site, tokens.kept), keys_of(site)
        except NeedsConfiguration:
            present = replace(site, **asdict(keys_of(auth_site(self.context))))
            if not self.method.needs_app or present.client_id == site.client_id:
                raise
            try:
                return self.method.renew(present, tokens.kept), keys_of(present)
            except PluginError:
                self.context.log.warning("salesforce.renewal_as_other_app_failed", method=self.info.method)
            raise

    def _follow(self, instance_url: str) -> None:
        """Salesforce moves orgs to other servers, and says so when a token is renewed."""
        if instance_url != self.info.instance_url:
            self.info = replace(read_connection(self.context) or self.info, instance_url=instance_url)
            self.context.settings.write({"connection": self.info.to_json()})

    def lose(self, refused: str, reason: str) -> None:
        """Salesforce refuses even a fresh token: remember it.

        Raises:
            RetryLater: another process has renewed or connected anew meanwhile: nobody knows yet that it is lost.
        """
        with self.context.exclusive(REFRESH_LOCK):
            if read_tokens(self.context).access_token != refused:
                raise RetryLater(RENEWED_MEANWHILE)
            self._mark_lost(reason)

    def _mark_barred(self, reason: str) -> None:
        """Every call is refused until somebody puts it right; the tokens stay."""
        current = read_connection(self.context)
        if current is not None:
            if current.barred_because != reason:
                self.context.settings.write({"connection": replace(current, barred_because=reason).to_json()})
            tell_barred(self.context, reason)

    def _mark_let_in(self) -> None:
        """What bars us is gone: the work that waited for that goes on."""
        current = read_connection(self.context)
        if current is not None and current.barred_because:
            self.context.settings.write({"connection": replace(current, barred_because="").to_json()})
            tell_connected(self.context, self.context.resume_parked())

    def _mark_lost(self, reason: str) -> None:
        current = read_connection(self.context)
        if current is not None:
            lost = replace(current, lost_because=reason, lost_at=self.context.clock())
            self.context.settings.write({"connection": lost.to_json()})
            tell_lost(self.context, reason)
            self.context.audit(SALESFORCE, N_("connection lost"), {N_("reason"): reason})
            self.context.log.error("salesforce.connection_lost", method=current.method)
