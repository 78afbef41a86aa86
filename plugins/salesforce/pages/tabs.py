"""The tabs of Settings › Integrations › Salesforce; some are there only where the auth method declares the feature."""

from __future__ import annotations

from dataclasses import dataclass

from host.plugin_api import PluginContext, PluginError
from plugins.salesforce.auth.methods import auth_method
from plugins.salesforce.auth_api import AuthMethod, Feature
from plugins.salesforce.connection import read_connection
from plugins.salesforce.wording import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One tab; `endpoint` is relative to the plugin's pages."""

    endpoint: str
    title: str
    needs: Feature | None = None


TABS = (
    Tab(endpoint=".settings", title=N_("Basic settings")),
    Tab(endpoint=".click_to_call", title=N_("Click-to-call")),
    Tab(endpoint=".activity", title=N_("Activity history")),
    Tab(endpoint=".operations", title=N_("Operation log"), needs=Feature.OPERATION_LOG),
    Tab(endpoint=".errors", title=N_("Errors")),
    Tab(endpoint=".usage", title=N_("API usage")),
)


def tabs(context: PluginContext) -> tuple[Tab, ...]:
    """The tabs to show now."""
    method = _method(context)
    return tuple(tab for tab in TABS if tab.needs is None or (method is not None and method.declares(tab.needs)))


def _method(context: PluginContext) -> AuthMethod | None:
    connection = read_connection(context)
    try:
        return auth_method(connection.method) if connection else None
    except PluginError:
        return None
