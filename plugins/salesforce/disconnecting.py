"""Ending the connection: revoked at Salesforce, forgotten here, its settings and its waiting work kept (R17, B16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from host.plugin_api import PluginContext, PluginError
from plugins.salesforce import budget, rights
from plugins.salesforce.api_state import org_key
from plugins.salesforce.auth_api import Feature
from plugins.salesforce.bulk_fetch import JOB as BULK
from plugins.salesforce.changing import forget_trials
from plugins.salesforce.connecting import live_connection, told_of
from plugins.salesforce.connection import REFRESH_LOCK, ConnectionInfo, LiveConnection, read_connection, read_tokens
from plugins.salesforce.connection_alarm import tell_disconnected
from plugins.salesforce.former import ended
from plugins.salesforce.sign_in import SIGN_INS
from plugins.salesforce.wording import N_

NOT_REVOKED = N_("could not be revoked: remove it in Salesforce by hand")


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    """A connection was ended. `revoked`: Salesforce could be told. `aside`: how much work is kept for it."""

    info: ConnectionInfo
    revoked: bool
    aside: int


def disconnect_on_page(context: PluginContext, by: str, *, anyway: bool = False) -> Disconnected:
    """Disconnect, where the auth method lets admins do so themselves."""
    live_connection(context).method.require(Feature.SELF_SERVICE_DISCONNECT)
    return disconnect(context, by, anyway=anyway)


def disconnect(context: PluginContext, by: str, *, anyway: bool = False) -> Disconnected:
    """End the connection. Sign-ins that have left for Salesforce are over with it.

    Args:
        anyway: also if Salesforce cannot be told; the access then has to be removed there by hand.

    Raises:
        PluginError: nobody is connected, or Salesforce could not be told: then everything stays as it is.
    """
    connection = live_connection(context)
    with context.exclusive(REFRESH_LOCK):
        info = read_connection(context) or connection.info
        revoked = _revoked(connection, anyway=anyway)
        aside = context.aside.put(org_key(info.org_id), pending=True)  # before a worker finds no connection, and skips it
        context.secrets.put({"connection": None})
        context.settings.write(ended(context.settings.read(), info, by, context.clock()))
    aside += _wind_up(context, info, by)
    context.audit(by, N_("disconnected"), _detail(info, revoked=revoked, aside=aside))
    return Disconnected(info=info, revoked=revoked, aside=aside)


def _revoked(connection: LiveConnection, *, anyway: bool) -> bool:
    """Revoke at Salesforce; false if that was not possible."""
    try:
        tokens = read_tokens(connection.context)
        connection.method.revoke(connection.site(), tokens.kept, tokens.access_token)
    except PluginError:
        if not anyway:
            raise
        return False
    return True


def _wind_up(context: PluginContext, info: ConnectionInfo, by: str) -> int:
    """Nothing goes on in the name of a connection that was ended; gives back how much work was stopped by its end."""
    SIGN_INS.clear(context)
    forget_trials(context)
    context.jobs.stop(BULK.name, by)
    tell_disconnected(context)
    rights.forget(context)
    budget.forget(context)
    return context.aside.put(org_key(info.org_id))


def _detail(info: ConnectionInfo, *, revoked: bool, aside: int) -> dict[str, Any]:
    detail: dict[str, Any] = dict(told_of(info))
    if not revoked:
        detail[N_("access at Salesforce")] = NOT_REVOKED
    return {**detail, N_("work kept on hold"): aside} if aside else detail
