"""The Salesforce plugin: its manifest, and which hooks it takes."""

from __future__ import annotations

from flask import Blueprint

from hookspecs import hookimpl
from host.plugin_api import CallEnded, Manifest, NavigationItem, NumberClicked, PluginContext, Result
from plugins.salesforce.bulk_fetch import JOB as BULK_FETCH
from plugins.salesforce.changing import FORGET_ABANDONED
from plugins.salesforce.permission_check import JOB as PERMISSION_CHECK
from plugins.salesforce.registration import register_call, register_clicked
from plugins.salesforce.tables import metadata
from plugins.salesforce.wording import N_, OBJECT_NAMES


def _pages(context: PluginContext) -> Blueprint:
    from plugins.salesforce.pages import blueprint  # only the web needs it

    return blueprint(context)


class SalesforcePlugin:
    """What the host loads."""

    manifest = Manifest(
        name="salesforce",
        title=N_("Salesforce"),
        description=N_("Finds who called among Contacts, Accounts and Leads, and writes the names into the contact book."),
        version="0.1.0",
        migrations="plugins.salesforce.migrations",
        tables=metadata,
        jobs=(
            BULK_FETCH,
            FORGET_ABANDONED,
            PERMISSION_CHECK,
        ),
        translations="plugins.salesforce",
        pages=_pages,
        navigation=(NavigationItem(title=N_("Salesforce"), endpoint="settings", section="integrations", icon="cloud"),),
        record_kinds=OBJECT_NAMES,
    )

    @hookimpl
    def on_call_end(self, context: PluginContext, event: CallEnded) -> Result:
        """Look up the outside party and register its names (R2, R19, R23)."""
        return register_call(context, event)

    @hookimpl
    def on_click_to_call(self, context: PluginContext, event: NumberClicked) -> Result:
        """Register the clicked record early (R22)."""
        return register_clicked(context, event)


plugin = SalesforcePlugin()
