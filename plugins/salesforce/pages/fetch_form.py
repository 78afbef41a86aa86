"""The form of the fetch setting, drawn from what the auth method declares (R14, R16)."""

from __future__ import annotations

from collections.abc import Mapping

from host.plugin_api import CredentialField
from plugins.salesforce.auth_api import AuthMethod
from plugins.salesforce.fetch_setting import fetch_in_effect
from plugins.salesforce.preferences import FetchSetting


def read_fetch_form(form: Mapping[str, str], method: AuthMethod | None) -> FetchSetting:
    """What was chosen. “Do not fetch” wins; what the method does not offer means after each call."""
    if form.get("no_fetch"):
        return FetchSetting.NONE
    chosen = FetchSetting.BULK if form.get("bulk") == "on" else FetchSetting.AFTER_EACH_CALL
    return fetch_in_effect(chosen, method)


def confirming_fields(method: AuthMethod) -> tuple[CredentialField, ...]:
    """The credentials that must be typed in again to change the setting."""
    return tuple(field for field in method.credentials if field.name in method.reconfirms)
