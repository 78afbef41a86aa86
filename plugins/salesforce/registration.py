"""The two moments at which a name is written into the contact book: a call has ended (R19), a number was clicked (R22)."""

from __future__ import annotations

from collections.abc import Mapping

from host.plugin_api import (
    Call,
    CallEnded,
    ContactEntry,
    Done,
    Feature,
    Match,
    NumberClicked,
    PluginContext,
    PluginError,
    RecordRef,
    Result,
    Skipped,
)
from plugins.salesforce.asking import Question
from plugins.salesforce.bulk_windows import told_too_late
from plugins.salesforce.client import Client
from plugins.salesforce.connection import LiveConnection, connection_from
from plugins.salesforce.do_not_sync import excluded
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.errors import SchemaOutdated
from plugins.salesforce.fetch_setting import fetch_in_effect
from plugins.salesforce.lookup import look_up, look_up_clicked
from plugins.salesforce.preferences import FetchSetting, Preferences, preferences_from
from plugins.salesforce.wording import N_

NO_NUMBER = N_("This call has no number that may be looked up.")
NOT_CONNECTED = N_("Salesforce is not connected.")
SWITCHED_OFF = N_("Fetching contacts is switched off in the Salesforce settings.")
FETCHED_AT_NIGHT = N_("The number is fetched tonight at 23:00, together with all numbers of the day.")
NOTHING_CLICKED = N_("No record was clicked.")
NOT_DECLARED = N_("The auth method in use does not offer this: the number is looked up by priority when the call ends.")
NOT_FITTING = N_("The clicked record does not hold this number: it is looked up by priority when the call ends.")
FIELDS_CHANGED = N_("The user’s rights in Salesforce were changed: the number is looked up when the call ends.")
REGISTERED = N_("Registered in the contact book.")
NOT_FOUND = N_("No record holds this number. The contact book stays as it is.")
NO_BOOK = N_("A record was found, but no contact book is switched on. Its names are entered when one is switched on.")


def register_call(context: PluginContext, event: CallEnded) -> Result:
    """Look up the outside party of a call that has ended."""
    ready = _ready(context, event.call, _left_out(context, event))
    if isinstance(ready, Skipped):
        return ready
    connection, preferences = ready
    clicked = event.call.clicked_record if connection.method.declares(Feature.CLICKED_RECORD) else None
    client = Client(connection, Purpose.BY_HAND if event.refetch else Purpose.LOOK_UP)
    try:
        match = look_up(client, _question(context, event.call, preferences), clicked)
        client.budget.looked_up()
        return _finished(context, event.call, match)
    except PluginError as problem:
        problem.api_calls = client.api_calls
        raise


def register_clicked(context: PluginContext, event: NumberClicked) -> Result:
    """Write the clicked record early, so that its name stands there while it rings."""
    if event.record is None:
        return Skipped(reason=NOTHING_CLICKED)
    ready = _ready(context, event.call, {FetchSetting.NONE: SWITCHED_OFF})
    if isinstance(ready, Skipped):
        return ready
    connection, preferences = ready
    if not connection.method.declares(Feature.CLICKED_RECORD):
        return Skipped(reason=NOT_DECLARED)
    return _register_clicked(context, event.call, event.record, Client(connection, Purpose.LOOK_UP), preferences)


def _register_clicked(
    context: PluginContext, call: Call, record: RecordRef, client: Client, preferences: Preferences
) -> Result:
    try:
        match = look_up_clicked(client, _question(context, call, preferences), record)
    except SchemaOutdated:
        return Skipped(reason=FIELDS_CHANGED, api_calls=client.api_calls)
    except PluginError as problem:
        problem.api_calls = client.api_calls
        raise
    return _finished(context, call, match) if match else Skipped(reason=NOT_FITTING, api_calls=client.api_calls)


def _ready(
    context: PluginContext, call: Call, left_out: Mapping[FetchSetting, str]
) -> tuple[LiveConnection, Preferences] | Skipped:
    """The connection and settings to look up with, or why there is nothing to do; `left_out` says why by fetch setting."""
    if call.number is None:
        return Skipped(reason=NO_NUMBER)
    listed = excluded(context, call)
    if listed:
        return Skipped(reason=listed)
    stored = context.settings.read()
    info = connection_from(stored)
    if info is None:
        return Skipped(reason=NOT_CONNECTED)
    connection, preferences = LiveConnection(context, info), preferences_from(stored)
    reason = left_out.get(fetch_in_effect(preferences.fetch, connection.method))
    return Skipped(reason=reason) if reason else (connection, preferences)


def _left_out(context: PluginContext, event: CallEnded) -> Mapping[FetchSetting, str]:
    """A call which a bulk fetch did not see, because it was told of too late, is looked up at once."""
    if event.refetch:
        return {}
    at_night = {} if told_too_late(context, event) else {FetchSetting.BULK: FETCHED_AT_NIGHT}
    return {FetchSetting.NONE: SWITCHED_OFF, **at_night}


def _question(context: PluginContext, call: Call, preferences: Preferences) -> Question:
    return Question(number=call.number or "", region=context.site.region, unticked=preferences.unticked)


def _finished(context: PluginContext, call: Call, match: Match) -> Done:
    if match.record is None:
        return Done(summary=NOT_FOUND, api_calls=match.api_calls, match=match)
    entry = entry_of(context, call.number or "", match)
    context.contact_book.register(entry)
    kept = entry.number in context.contact_book.entries([entry.number])
    return Done(summary=REGISTERED if kept else NO_BOOK, api_calls=match.api_calls, match=match)


def entry_of(context: PluginContext, number: str, match: Match) -> ContactEntry:
    """What the contact book is to hold under this number."""
    return ContactEntry(
        number=number,
        company=match.company,
        person=match.person,
        source=context.plugin,
        record=match.record,
        record_url=match.url,
        updated_at=context.clock(),
    )
