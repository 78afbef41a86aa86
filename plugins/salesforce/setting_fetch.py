"""Changing the fetch setting: plainly, or where the auth method wants it with its secrets typed in again (R14, R16)."""

from __future__ import annotations

from collections.abc import Mapping

from host.plugin_api import NeedsConfiguration, PluginContext, SignIn
from plugins.salesforce.auth_api import AuthMethod
from plugins.salesforce.bulk_last import fetch_the_rest
from plugins.salesforce.connecting import live_connection, store
from plugins.salesforce.connection import read_tokens
from plugins.salesforce.fetch_setting import fetch_change
from plugins.salesforce.preferences import FetchSetting, preferences_from, read_preferences
from plugins.salesforce.trying import tried
from plugins.salesforce.wording import N_

ACTION = N_("fetch setting changed")
NOT_IN_THE_BROWSER = N_("This auth method cannot confirm a setting, since it signs in through the browser.")


def set_fetch(context: PluginContext, wanted: FetchSetting, by: str) -> None:
    """Store it."""
    stored = context.settings.read()
    context.settings.write({"fetch": wanted.value})
    context.audit(by, ACTION, fetch_change(preferences_from(stored).fetch, wanted))
    fetch_the_rest(context, stored, by)
    context.resume_parked()


def confirm_fetch(context: PluginContext, wanted: FetchSetting, typed: Mapping[str, str], by: str) -> None:
    """Sign in with what was typed in and the credentials kept, test it, and store the new secrets with the setting.

    Raises:
        PluginError: it failed; nothing was changed.
    """
    connection = live_connection(context)
    method, site = connection.method, connection.site()
    before = read_preferences(context).fetch
    grant = method.begin(site, {**_kept(context, method), **typed})
    if isinstance(grant, SignIn):
        raise NeedsConfiguration(NOT_IN_THE_BROWSER)
    store(context, tried(context, site, method, grant, by), {"fetch": wanted.value})
    context.audit(by, ACTION, {**fetch_change(before, wanted), **dict.fromkeys(method.reconfirms, N_("entered again"))})


def _kept(context: PluginContext, method: AuthMethod) -> dict[str, str]:
    """The credentials that need not be typed in again."""
    kept = read_tokens(context).kept
    return {field.name: kept[field.name] for field in method.credentials if field.name not in method.reconfirms}
