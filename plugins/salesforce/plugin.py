"""The Salesforce plugin: its manifest, and which hooks it takes."""

from __future__ import annotations

from flask import Blueprint

from hookspecs import hookimpl
from host.plugin_api import (
    AnalysisDone,
    CallAction,
    CallEnded,
    Manifest,
    MemoSaved,
    NavigationItem,
    NumberClicked,
    PluginContext,
    Result,
)
from plugins.salesforce.activity.hooks import analysis_done, call_began, call_ended, memo_saved, number_clicked
from plugins.salesforce.bulk_fetch import JOB as BULK_FETCH
from plugins.salesforce.changing import FORGET_ABANDONED
from plugins.salesforce.choosing import may_choose
from plugins.salesforce.permission_check import JOB as PERMISSION_CHECK
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
        announce=call_began,
        call_actions=(
            CallAction(title=N_("Move to another record"), endpoint="record", offered=may_choose, icon="arrows-left-right"),
        ),
    )

    @hookimpl
    def on_call_end(self, context: PluginContext, event: CallEnded) -> Result:
        """Look up the outside party, register its names (R2, R19, R23) and write the call's Task (R24-R29)."""
        return call_ended(context, event)

    @hookimpl
    def on_click_to_call(self, context: PluginContext, event: NumberClicked) -> Result:
        """Register the clicked record early (R22)."""
        return number_clicked(context, event)

    @hookimpl
    def on_memo_saved(self, context: PluginContext, event: MemoSaved) -> Result:
        """Write the memo into the call's Task (R26)."""
        return memo_saved(context, event)

    @hookimpl
    def on_analysis_done(self, context: PluginContext, event: AnalysisDone) -> Result:
        """Write memo and analysis into the call's Task (R26)."""
        return analysis_done(context, event)


plugin = SalesforcePlugin()
