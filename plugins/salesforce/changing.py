"""Changing the auth method (R15, B8): the new login is tried beside the one in use, then replaces it or is dropped."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import time

from host.plugin_api import (
    Changed,
    Done,
    JobRun,
    NeedsReauthorisation,
    PluginContext,
    PluginError,
    ScheduledJob,
    SignIn,
    changes,
)
from plugins.salesforce.auth.methods import auth_method, method_title
from plugins.salesforce.auth_api import AuthMethod
from plugins.salesforce.call_starts import forget_old
from plugins.salesforce.connecting import Connected, store
from plugins.salesforce.connection import ConnectionInfo, Tokens, read_connection
from plugins.salesforce.fetch_setting import fetch_change
from plugins.salesforce.preferences import read_preferences
from plugins.salesforce.short_lived import Entry, ShortLived
from plugins.salesforce.sign_in import SIGN_INS
from plugins.salesforce.site import auth_site, site_of
from plugins.salesforce.trying import Tried, give_back, tried, tried_from_json, tried_to_json
from plugins.salesforce.wording import N_

TRIALS = ShortLived("trials")
TOO_LATE = N_("This test is over: it was used already, or took longer than ten minutes. Test the new login again.")


def begin_trial(context: PluginContext, method: AuthMethod, credentials: Mapping[str, str], by: str) -> SignIn | Tried:
    """Test another login: at once, or when the browser is back from Salesforce. Nothing is stored as the connection."""
    site = auth_site(context)
    begun = method.begin(site, credentials)
    return begun if isinstance(begun, SignIn) else tried(context, site, method, begun, by)


def keep_trial(context: PluginContext, found: Tried) -> str:
    """Keep it sealed for ten minutes, until an admin has decided; gives back the key for that admin's session."""
    key = secrets.token_urlsafe(24)
    _forget(context, TRIALS.put(context, key, tried_to_json(found)))
    return key


def kept_trial(context: PluginContext, key: str) -> Tried:
    """What was tested, for the page.

    Raises:
        NeedsReauthorisation: it was used or dropped, or is older than ten minutes.
    """
    return _known(TRIALS.peek(context, key))


def switch(context: PluginContext, key: str, method: str, by: str) -> Connected:
    """Replace the connection by what was tested, and end the former grant at Salesforce as far as its method may.

    Raises:
        NeedsReauthorisation: as `kept_trial`, or the last login that was tested is one by another method.
        PluginError: it could not be stored, since the connection is another one by now.
    """
    before, fetch = read_connection(context), read_preferences(context).fetch
    if kept_trial(context, key).info.method != method:
        raise NeedsReauthorisation(TOO_LATE)
    found = _known(TRIALS.take(context, key))
    stamped = replace(found, info=replace(found.info, connected_at=context.clock(), connected_by=by))
    connected = store(context, stamped)
    told = _told(before, connected.info) | fetch_change(fetch, read_preferences(context).fetch)
    context.audit(by, N_("auth method changed"), told)
    if before and connected.replaced and connected.replaced.access_token != found.grant.access_token:
        _end(context, before, connected.replaced)
    return connected


def keep_present(context: PluginContext, key: str) -> None:
    """Leave the connection as it is; the grant that was tested is given back to Salesforce."""
    entry = TRIALS.take(context, key)
    if entry is not None:
        _forget(context, (entry,))


def forget_trials(context: PluginContext) -> None:
    """No login that was tested may be switched to any more; their grants are given back to Salesforce."""
    _forget(context, TRIALS.clear(context))


def forget_abandoned(context: PluginContext, run: JobRun) -> Done:  # noqa: ARG001 - a job is given its run
    """The job that drops what nobody needs any more: sign-ins, tested logins with their grants, old look-ups."""
    SIGN_INS.sweep(context)
    _forget(context, TRIALS.sweep(context))
    forget_old(context)
    return Done(summary=N_("Abandoned sign-ins are forgotten."))


FORGET_ABANDONED = ScheduledJob(
    name="forget_sign_ins", title=N_("Forget abandoned sign-ins"), run=forget_abandoned, daily_at=time(4)
)


def _known(entry: Entry | None) -> Tried:
    if entry is None:
        raise NeedsReauthorisation(TOO_LATE)
    return tried_from_json(entry)


def _forget(context: PluginContext, entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        found = tried_from_json(entry)
        try:
            give_back(context, found)
        except PluginError:
            context.log.warning("salesforce.revoke_failed", method=found.info.method)


def _told(before: ConnectionInfo | None, after: ConnectionInfo) -> dict[str, Changed]:
    """The change for the operation log."""
    return changes(_facts(before) if before else {}, _facts(after))


def _facts(info: ConnectionInfo) -> dict[str, str]:
    return {N_("method"): method_title(info.method), N_("user"): info.username}


def _end(context: PluginContext, former: ConnectionInfo, tokens: Tokens) -> None:
    """Best effort: Salesforce forgets a grant nobody uses by itself, sooner or later."""
    try:
        site = site_of(context, former.login_url, tokens.app)
        auth_method(former.method).revoke(site, tokens.kept, tokens.access_token)
    except PluginError:
        context.log.warning("salesforce.revoke_failed", method=former.method)
