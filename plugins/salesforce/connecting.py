"""Connecting to an org, testing a connection, and ending it (R9, R10, R11, R12, R17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from host.plugin_api import (
    AuthMethod,
    Feature,
    Grant,
    NeedsConfiguration,
    NeedsReauthorisation,
    PluginContext,
    PluginError,
    SalesforceUser,
    SignIn,
)
from plugins.salesforce.auth.methods import auth_method
from plugins.salesforce.client import Client
from plugins.salesforce.connection import (
    NOT_CONNECTED,
    REFRESH_LOCK,
    ConnectionInfo,
    LiveConnection,
    read_connection,
    read_tokens,
    store_tokens,
)
from plugins.salesforce.connection_alarm import tell_connected, tell_disconnected
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.domain.schema import schema_to_json
from plugins.salesforce.org import OrgReport, keep_schema, read_org
from plugins.salesforce.sign_in import remember, take
from plugins.salesforce.site import auth_site
from plugins.salesforce.versions import check_version
from plugins.salesforce.wording import N_

WRONG_ACCOUNT = N_(
    "This is another Salesforce account than the connected one. Sign in as the same user, or disconnect first."
)
REFUSED_AT_ONCE = N_("Salesforce does not accept the connection it has just given. Try to connect again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A connection was made: with whom, and how much parked work was released (0 if it belongs to another org)."""

    info: ConnectionInfo
    released: int
    another_org: bool


class _Trial(LiveConnection):
    """A connection that is tested before anything is stored."""

    def __init__(self, context: PluginContext, info: ConnectionInfo, grant: Grant) -> None:
        super().__init__(context, info)
        self._grant = grant

    def access_token(self) -> str:
        return self._grant.access_token

    def renewed(self, refused: str) -> str:  # noqa: ARG002
        raise NeedsReauthorisation(REFUSED_AT_ONCE)


def begin(context: PluginContext, method: AuthMethod, credentials: Mapping[str, str], by: str) -> SignIn | Connected:
    """Start to connect: either the browser has to go to Salesforce, or the connection stands, tested and stored."""
    begun = method.begin(auth_site(context), credentials)
    return begun if isinstance(begun, SignIn) else _finish(context, method, begun, by)


def keep_sign_in(context: PluginContext, method: AuthMethod, begun: SignIn) -> str:
    """Keep what is needed when the browser comes back; gives back the key for the admin's session."""
    return remember(context, method.name, begun)


def come_back(context: PluginContext, reply: Mapping[str, str], session_key: str, by: str) -> Connected:
    """The browser is back from Salesforce with `reply`, the query of the callback."""
    waiting = take(context, reply.get("state", ""), session_key)
    method = auth_method(waiting.method)
    return _finish(context, method, method.complete(auth_site(context), waiting.pending, reply), by)


def _finish(context: PluginContext, method: AuthMethod, grant: Grant, by: str) -> Connected:
    """Test the new connection, then store it; a failed test leaves what was there working."""
    try:
        _check_account(read_connection(context), method, grant.user)
        info, report = _tested(context, method, grant, by)
    except PluginError:
        _drop(context, method, grant)
        raise
    return _store(context, info, grant, report)


def _check_account(known: ConnectionInfo | None, method: AuthMethod, user: SalesforceUser) -> None:
    """Connecting again must come back as the same org; with the same method also as the same user."""
    if known is None:
        return
    same_org = known.org_id[:15] == user.org_id[:15]
    same_user = known.user_id[:15] == user.user_id[:15] or known.method != method.name
    if not (same_org and same_user):
        raise NeedsReauthorisation(WRONG_ACCOUNT)


def _tested(context: PluginContext, method: AuthMethod, grant: Grant, by: str) -> tuple[ConnectionInfo, OrgReport]:
    site = auth_site(context)
    check_version(site.http, grant.instance_url, site.api_version)
    info = ConnectionInfo(
        method=method.name,
        org_id=grant.user.org_id,
        user_id=grant.user.user_id,
        username=grant.user.username,
        instance_url=grant.instance_url,
        login_url=site.login_url,
        api_version=site.api_version,
        connected_at=context.clock(),
        connected_by=by,
    )
    report = read_org(Client(_Trial(context, info, grant), Purpose.TEST))
    return replace(info, org_name=report.org_name, edition=report.edition), report


def _drop(context: PluginContext, method: AuthMethod, grant: Grant) -> None:
    """A grant that is not kept should not live on at Salesforce; if that fails, it runs out by itself."""
    try:
        method.revoke(auth_site(context), grant.kept, grant.access_token)
    except PluginError:
        context.log.warning("salesforce.revoke_failed", method=method.name)


def _store(context: PluginContext, info: ConnectionInfo, grant: Grant, report: OrgReport) -> Connected:
    last_org = str(context.settings.read().get("last_org_id") or info.org_id)
    another = last_org[:15] != info.org_id[:15]
    with context.exclusive(REFRESH_LOCK):
        store_tokens(context, grant)
        schema = schema_to_json(report.schema)
        context.settings.write({"connection": info.to_json(), "schema": schema, "last_org_id": info.org_id})
    context.audit(info.connected_by, N_("connected"), {"method": info.method, "user": info.username, "org": info.org_name})
    released = 0 if another else context.resume_parked()
    tell_connected(context, released)
    return Connected(info=info, released=released, another_org=another)


def run_test(context: PluginContext) -> OrgReport:
    """Ask the org anew what the user may see: one API call. Lets work go that waited for a right."""
    connection = live_connection(context)
    site = auth_site(context)
    check_version(site.http, connection.info.instance_url, connection.info.api_version)
    report = read_org(Client(connection, Purpose.TEST))
    keep_schema(context, report.schema)
    tell_connected(context, context.resume_parked())
    return report


def live_connection(context: PluginContext) -> LiveConnection:
    """The connection.

    Raises:
        NeedsConfiguration: nobody has connected.
    """
    info = read_connection(context)
    if info is None:
        raise NeedsConfiguration(NOT_CONNECTED)
    return LiveConnection(context, info)


def disconnect_on_page(context: PluginContext, by: str) -> None:
    """Disconnect, where the auth method lets admins do so themselves (R17)."""
    live_connection(context).method.require(Feature.SELF_SERVICE_DISCONNECT)
    disconnect(context, by)


def disconnect(context: PluginContext, by: str) -> None:
    """Revoke at Salesforce, then forget the tokens. If Salesforce cannot be reached, everything stays as it is."""
    connection = live_connection(context)
    with context.exclusive(REFRESH_LOCK):
        tokens = read_tokens(context)
        connection.method.revoke(connection.site(), tokens.kept, tokens.access_token)
        context.secrets.put({"connection": None})
        context.settings.write({"connection": None, "schema": None, "usage": None})
    tell_disconnected(context)
    context.audit(by, N_("disconnected"), {"method": connection.info.method, "user": connection.info.username})


def change_version(context: PluginContext, version: str) -> None:
    """Use another API version from now on, if the connected org offers it; without a connection it is checked later."""
    with context.exclusive(REFRESH_LOCK):
        info = read_connection(context)
        if info is None or info.api_version == version:
            return
        check_version(auth_site(context).http, info.instance_url, version)
        context.settings.write({"connection": replace(info, api_version=version).to_json()})
