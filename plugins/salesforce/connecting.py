"""Connecting to an org, and testing a connection (R9, R10, R11, R12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from host.plugin_api import NeedsConfiguration, PluginContext, PluginError, Sentence, SignIn
from plugins.salesforce import rights
from plugins.salesforce.auth.methods import auth_method, method_title
from plugins.salesforce.auth_api import AuthMethod
from plugins.salesforce.bulk_last import fetch_the_rest
from plugins.salesforce.connection import (
    NOT_CONNECTED,
    REFRESH_LOCK,
    ConnectionInfo,
    LiveConnection,
    Tokens,
    connection_from,
    read_connection,
    read_tokens,
    store_tokens,
)
from plugins.salesforce.connection_alarm import tell_connected
from plugins.salesforce.domain.inspection import Inspection
from plugins.salesforce.domain.schema import schema_to_json
from plugins.salesforce.fetch_setting import fetch_in_effect
from plugins.salesforce.former import Former, connection_settings, tell_restored, to_restore, used_up
from plugins.salesforce.former_work import go_on
from plugins.salesforce.inspecting import inspect
from plugins.salesforce.org import OrgReport, keep_schema
from plugins.salesforce.preferences import preferences_from
from plugins.salesforce.sign_in import remember, take
from plugins.salesforce.site import auth_site
from plugins.salesforce.task_org import keep_described
from plugins.salesforce.trying import Tried, check_account, give_back, replaced_by, tried
from plugins.salesforce.versions import check_version
from plugins.salesforce.wording import N_

CHANGED_MEANWHILE = N_("The connection was changed by somebody else meanwhile. Look at it as it is now, and try again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A connection was made: with whom, and how much waiting work goes out by it.

    `restored`: the ended connection with this org whose settings hold again. `aside`: how much work is kept for connections
    with other orgs. `replaced`: the tokens of another auth method which were in use before.
    """

    info: ConnectionInfo
    released: int
    aside: int = 0
    restored: Former | None = None
    replaced: Tokens | None = field(default=None, repr=False)


def begin(
    context: PluginContext,
    method: AuthMethod,
    credentials: Mapping[str, str],
    by: str,
    settings: Mapping[str, Any] | None = None,
) -> SignIn | Connected:
    """Start to connect: either the browser has to go to Salesforce, or the connection stands, tested and stored.

    `settings` are stored with a connection that stands at once.
    """
    site = auth_site(context)
    begun = method.begin(site, credentials)
    return begun if isinstance(begun, SignIn) else finish(context, tried(context, site, method, begun, by), settings)


def keep_sign_in(context: PluginContext, method: AuthMethod, begun: SignIn, *, to_change: bool = False) -> str:
    """Keep what is needed when the browser comes back; gives back the key for the admin's session."""
    return remember(context, method.name, begun, to_change=to_change)


def come_back(context: PluginContext, reply: Mapping[str, str], session_key: str, by: str) -> Connected | Tried:
    """The browser is back from Salesforce with `reply`, the query of the callback.

    Gives back what was tried and is not stored, if it would change the method: because the sign-in began for that, or
    because somebody has connected by another one meanwhile (B8).
    """
    waiting = take(context, reply.get("state", ""), session_key)
    method = auth_method(waiting.method)
    site = auth_site(context)
    found = tried(context, site, method, method.complete(site, waiting.pending, reply), by)
    return found if waiting.to_change or found.replaces else finish(context, found)


def finish(context: PluginContext, found: Tried, settings: Mapping[str, Any] | None = None) -> Connected:
    """Store a connection that was tested, and say so in the operation log."""
    again = read_connection(context) is not None
    connected = store(context, found, settings)
    info = connected.info
    context.audit(info.connected_by, N_("connected again") if again else N_("connected"), told_of(info))
    return connected


def told_of(info: ConnectionInfo) -> dict[str, str]:
    """A connection, for the operation log."""
    return {
        N_("method"): method_title(info.method),
        N_("user"): info.username,
        N_("org"): info.org_name or info.org_id,
    }


def store(context: PluginContext, found: Tried, settings: Mapping[str, Any] | None = None) -> Connected:
    """Make it the connection in use, with these settings, and let the work go that waited for it."""
    info = found.info
    before = context.settings.read()
    try:
        replaced, restored = _replaced(context, found, settings or {})
    except PluginError:
        give_back(context, found)
        raise
    rights.keep_first(context, found.inspection)
    if restored:
        tell_restored(context, info.connected_by, restored, connection_settings(before))
    released, aside = go_on(context, info, before.get("last_org_id"))
    fetch_the_rest(context, before, info.connected_by)
    tell_connected(context, released)
    return Connected(info=info, released=released, aside=aside, restored=restored, replaced=replaced)


def _replaced(context: PluginContext, found: Tried, settings: Mapping[str, Any]) -> tuple[Tokens | None, Former | None]:
    """Write the connection; gives back the tokens of another method that were there, and whose settings hold again."""
    info = found.info
    with context.exclusive(REFRESH_LOCK):
        stored = context.settings.read()
        known = connection_from(stored)
        check_account(known, info.method, found.grant.user)
        if replaced_by(known, info.method) != found.replaces:
            raise NeedsConfiguration(CHANGED_MEANWHILE)
        before = read_tokens(context) if found.replaces else None
        former = to_restore(stored, info.org_id) if known is None else None
        kept = {**former.settings, **used_up(stored, former.key)} if former and former.settings else {}
        store_tokens(context, found.grant, found.app)
        context.settings.write({**kept, **_of_connection(found, {**stored, **kept}), **settings})
    return before, former


def _of_connection(found: Tried, stored: Mapping[str, Any]) -> dict[str, Any]:
    """What to write of a new connection. R15: a fetch setting that its method does not offer ends."""
    info = found.info
    fetch = fetch_in_effect(preferences_from(stored).fetch, auth_method(info.method))
    schema = schema_to_json(found.schema)
    return {"connection": info.to_json(), "schema": schema, "last_org_id": info.org_id, "fetch": fetch.value}


def run_test(context: PluginContext, by: str) -> OrgReport:
    """Ask the org anew what the user may see: one API call. Lets work go that waited for a right.

    Raises:
        PluginError: it could not be done. The reason is kept as a line of the test's result all the same.
    """
    inspected = inspect(live_connection(context), by)
    rights.keep(context, inspected.inspection)
    context.audit(by, N_("connection tested"), _result(inspected.inspection))
    report = inspected.checked()
    keep_schema(context, report.schema)
    keep_described(context, report.task)
    tell_connected(context, context.resume_parked())
    return report


def _result(inspection: Inspection) -> dict[str, Any]:
    """A test, for the operation log."""
    found = Sentence("to be looked at: %(count)s", count=inspection.needs_attention)
    result = N_("could not be done") if inspection.failed else found
    return {N_("result"): result, N_("API calls"): inspection.api_calls}


def live_connection(context: PluginContext) -> LiveConnection:
    """The connection.

    Raises:
        NeedsConfiguration: nobody has connected.
    """
    info = read_connection(context)
    if info is None:
        raise NeedsConfiguration(NOT_CONNECTED)
    return LiveConnection(context, info)


def change_version(context: PluginContext, version: str) -> None:
    """Use another API version from now on, if the connected org offers it; without a connection it is checked later."""
    with context.exclusive(REFRESH_LOCK):
        info = read_connection(context)
        if info is None or info.api_version == version:
            return
        check_version(auth_site(context).http, info.instance_url, version)
        context.settings.write({"connection": replace(info, api_version=version).to_json()})
