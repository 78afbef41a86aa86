"""The sentence on top of an admin's pages while the connection is lost (R32)."""

from __future__ import annotations

from flask_babel import gettext as _

from host.plugin_api import Banner, PluginContext
from plugins.salesforce.connection import read_connection


def lost_banner(context: PluginContext) -> Banner | None:
    info = read_connection(context)
    if info is None or not info.lost:
        return None
    text = _("The connection to Salesforce is lost. Calls are kept and looked up after connecting again.")
    return Banner(text=text, endpoint="settings", link_text=_("Connect again"))
