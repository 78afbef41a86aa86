"""Connecting a plugin with its CRM, and ending that: what its page, the command line and tests do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from host.connections import sign_ins
from host.connections.crm import CONNECTION_ALARM, RENEWAL, site_of
from host.connections.refusals import network
from host.connections.stored import StoredConnection, read_connection, write_connection
from host.plugin_api import (
    AuthMethod,
    CrmAccount,
    Grant,
    NeedsConfiguration,
    PluginContext,
    PluginError,
    SignIn,
    auth_methods,
)
from host.sentences import Sentence

GONE = Sentence("This auth method is not installed any more.")
OTHER_ACCOUNT = Sentence("This is another account than the one that is connected. Disconnect first if that is meant.")
CONNECTED = Sentence("connected").template
DISCONNECTED = Sentence("disconnected").template
METHOD, ACCOUNT = Sentence("method").template, Sentence("account").template


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A connection was made; so much waiting work goes on by it."""

    account: CrmAccount
    released: int


def method_named(group: str, name: str) -> AuthMethod:
    """The method of this group.

    Raises:
        NeedsConfiguration: there is none of that name.
    """
    method: AuthMethod | None = auth_methods(group, AuthMethod).named(name)
    if method is None:
        raise NeedsConfiguration(GONE)
    return method


def begin(context: PluginContext, method: AuthMethod, credentials: Mapping[str, str], by: str) -> SignIn | Connected:
    """Either the browser has to go to the CRM, or the connection stands and is stored.

    Raises:
        PluginError: it cannot be made; nothing was changed.
    """
    with network():
        begun = method.begin(site_of(context), credentials)
    return begun if isinstance(begun, SignIn) else _keep(context, method, begun, by)


def come_back(context: PluginContext, group: str, reply: Mapping[str, str], session_key: str, by: str) -> Connected:
    """The browser is back with `reply`, the query of the callback.

    Raises:
        PluginError: no connection was made; nothing was changed.
    """
    name, pending = sign_ins.take(context, reply.get("state", ""), session_key)
    method = method_named(group, name)
    with network():
        grant = method.complete(site_of(context), pending, reply)
    return _keep(context, method, grant, by)


def disconnect(context: PluginContext, group: str, by: str) -> bool:
    """End the connection at the CRM and forget it; its unfinished work is put aside. Tells whether the CRM was told."""
    with context.exclusive(RENEWAL):
        known = read_connection(context.secrets)
        if known is None:
            return True
        told = _revoke(context, group, known)
        context.aside.put(aside_key(known.account), pending=True)
        write_connection(context.secrets, None)
    context.alarms.clear_alarm(CONNECTION_ALARM)
    context.audit(by, DISCONNECTED, _told(known.account))
    return told


def aside_key(account: CrmAccount) -> str:
    """What work that was meant for this account is kept under."""
    return (account.account or account.method)[:64]


def _keep(context: PluginContext, method: AuthMethod, grant: Grant, by: str) -> Connected:
    account = CrmAccount(method=method.name, account=grant.account, connected_by=by, connected_at=context.clock())
    with context.exclusive(RENEWAL):
        known = read_connection(context.secrets)
        if known is not None and known.account.account != grant.account:
            raise NeedsConfiguration(OTHER_ACCOUNT)
        write_connection(context.secrets, StoredConnection(account=account, grant=grant))
    context.alarms.clear_alarm(CONNECTION_ALARM)
    context.audit(by, CONNECTED, _told(account))
    released = context.resume_parked() + context.aside.resume(aside_key(account))
    return Connected(account=account, released=released)


def _revoke(context: PluginContext, group: str, known: StoredConnection) -> bool:
    """A CRM that cannot be told keeps nobody from disconnecting."""
    try:
        method = method_named(group, known.account.method)
        with network():
            method.revoke(site_of(context), known.grant.kept, known.grant.access_token)
    except PluginError:
        return False
    return True


def _told(account: CrmAccount) -> dict[str, str]:
    return {METHOD: account.method, ACCOUNT: account.account}
