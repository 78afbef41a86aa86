"""The last bulk fetch: a change from bulk to after each call still names the calls since last night (R15, R20)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from host.plugin_api import PluginContext, PluginError
from plugins.salesforce.auth.methods import auth_method
from plugins.salesforce.auth_api import AuthMethod
from plugins.salesforce.bulk_windows import JOB_NAME, OWED
from plugins.salesforce.connection import connection_from
from plugins.salesforce.fetch_setting import fetch_in_effect
from plugins.salesforce.preferences import FetchSetting, preferences_from


def setting_in_effect(stored: Mapping[str, Any]) -> FetchSetting | None:
    """The fetch setting that holds with the connection among these settings; None without a connection."""
    info = connection_from(stored)
    return fetch_in_effect(preferences_from(stored).fetch, _method(info.method)) if info else None


def fetch_the_rest(context: PluginContext, before: Mapping[str, Any], by: str) -> None:
    """Start the last bulk fetch, if the setting was bulk in the settings `before` and is after each call now."""
    changed = setting_in_effect(before), setting_in_effect(context.settings.read())
    if changed == (FetchSetting.BULK, FetchSetting.AFTER_EACH_CALL):
        context.settings.write({OWED: True})
        context.jobs.start(JOB_NAME, by)


def is_owed(context: PluginContext) -> bool:
    """Whether the last bulk fetch is still to be done, by whatever method is in use now."""
    stored = context.settings.read()
    return bool(stored.get(OWED)) and setting_in_effect(stored) is FetchSetting.AFTER_EACH_CALL


def _method(name: str) -> AuthMethod | None:
    try:
        return auth_method(name)
    except PluginError:
        return None
