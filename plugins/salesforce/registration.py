"""The two moments at which a name is written into the contact book: a call has ended (R19), a number was clicked (R22)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from host.plugin_api import (
    Call,
    CallEnded,
    ContactEntry,
    Done,
    Match,
    NumberClicked,
    PluginContext,
    PluginError,
    RecordRef,
    Result,
    Skipped,
)
from plugins.salesforce.asking import Found, Question
from plugins.salesforce.auth_api import Feature
from plugins.salesforce.bulk_windows import is_taken
from plugins.salesforce.call_starts import Early, early_answer
from plugins.salesforce.client import Client
from plugins.salesforce.connection import LiveConnection, connection_from
from plugins.salesforce.do_not_sync import excluded
from plugins.salesforce.domain.call_start import AtEnd, at_end
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.errors import SchemaOutdated
from plugins.salesforce.fetch_setting import fetch_in_effect
from plugins.salesforce.lookup import find, find_late, look_up_clicked
from plugins.salesforce.pins import pins_of
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
REGISTERED_AGAIN = N_("Registered in the contact book. It was looked up when the call began.")
NOT_FOUND = N_("No record holds this number. The contact book stays as it is.")
NO_BOOK = N_("A record was found, but no contact book is switched on. Its names are entered when one is switched on.")


def register_call(context: PluginContext, event: CallEnded) -> Result:
    """Look up the outside party of a call that has ended."""
    return look_up_call(context, event)[0]


def look_up_call(context: PluginContext, event: CallEnded) -> tuple[Result, Found | None]:
    """As `register_call`, and whom the look-up found; None if nobody was asked for."""
    ready = ready_for(context, event.call, partial(_left_out, context, event))
    if isinstance(ready, Skipped):
        return ready, None
    connection, preferences = ready
    clicked = clicked_of(connection, event.call)
    early = None if event.refetch else early_answer(connection, event.call.id)
    client = Client(connection, Purpose.BY_HAND if event.refetch else Purpose.LOOK_UP)
    try:
        found = _found_at_end(client, question_of(context, event.call, preferences), clicked, early)
        if early is None:
            client.budget.looked_up()
        return finished(context, event.call, found.match, client.api_calls), found
    except PluginError as problem:
        problem.api_calls = client.api_calls
        raise


def _found_at_end(client: Client, question: Question, clicked: RecordRef | None, early: Early | None) -> Found:
    """What was found when the call began, as far as that still counts; else whom it is looked up to be now."""
    if early is None:
        return find(client, question, clicked)
    match, pin = early.found.match, pins_of(client.connection, [question.number]).get(question.number)
    if pin is not None and pin.chosen_at >= early.answered_at:
        return find(client, question, clicked, match)
    age = client.connection.context.clock() - early.answered_at
    what = at_end(spent=match.api_calls, found=match.record is not None, age=age)
    if what is AtEnd.ASK:
        return find(client, question, clicked, match)
    return find_late(client, question, match) if what is AtEnd.QUERY else early.found


def clicked_of(connection: LiveConnection, call: Call) -> RecordRef | None:
    """The record that was clicked for this call, where the auth method lets it win (R22): not over one chosen since."""
    if call.clicked_record is None or not connection.method.declares(Feature.CLICKED_RECORD):
        return None
    pin = pins_of(connection, [call.number or ""]).get(call.number or "")
    return None if pin is not None and pin.chosen_at >= call.started_at else call.clicked_record


def register_clicked(context: PluginContext, event: NumberClicked) -> Result:
    """Write the clicked record early, so that its name stands there while it rings."""
    return look_up_clicked_call(context, event)[0]


def look_up_clicked_call(context: PluginContext, event: NumberClicked) -> tuple[Result, Found | None]:
    """As `register_clicked`, and whom the look-up found; None if the record does not fit or nobody was asked for."""
    if event.record is None:
        return Skipped(reason=NOTHING_CLICKED), None
    ready = ready_for(context, event.call, {FetchSetting.NONE: SWITCHED_OFF}.get)
    if isinstance(ready, Skipped):
        return ready, None
    connection, preferences = ready
    if not connection.method.declares(Feature.CLICKED_RECORD):
        return Skipped(reason=NOT_DECLARED), None
    return _look_up_clicked(context, event.call, event.record, Client(connection, Purpose.LOOK_UP), preferences)


def _look_up_clicked(
    context: PluginContext, call: Call, record: RecordRef, client: Client, preferences: Preferences
) -> tuple[Result, Found | None]:
    try:
        found = look_up_clicked(client, question_of(context, call, preferences), record)
    except SchemaOutdated:
        return Skipped(reason=FIELDS_CHANGED, api_calls=client.api_calls), None
    except PluginError as problem:
        problem.api_calls = client.api_calls
        raise
    if found is None:
        return Skipped(reason=NOT_FITTING, api_calls=client.api_calls), None
    return finished(context, call, found.match, client.api_calls), found


def ready_for(
    context: PluginContext, call: Call, left_out: Callable[[FetchSetting], str | None]
) -> tuple[LiveConnection, Preferences] | Skipped:
    """The connection and settings to look up with, or why there is nothing to do; `left_out` says why, by fetch setting."""
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
    reason = left_out(fetch_in_effect(preferences.fetch, connection.method))
    return Skipped(reason=reason) if reason else (connection, preferences)


def _left_out(context: PluginContext, event: CallEnded, setting: FetchSetting) -> str:
    """A call that no bulk fetch takes, because it waited since before that was chosen, is looked up at once."""
    if setting is FetchSetting.BULK and not event.refetch and is_taken(context, event):
        return FETCHED_AT_NIGHT
    return SWITCHED_OFF if setting is FetchSetting.NONE and not event.refetch else ""


def question_of(context: PluginContext, call: Call, preferences: Preferences) -> Question:
    """What is asked about the outside party of a call that has a number."""
    return Question(number=call.number or "", region=context.site.region, unticked=preferences.unticked)


def finished(context: PluginContext, call: Call, match: Match, api_calls: int) -> Done:
    """Register the names that were found; `api_calls` is what that cost now."""
    if match.record is None:
        return Done(summary=NOT_FOUND, api_calls=api_calls, match=match)
    entry = entry_of(context, call.number or "", match)
    context.contact_book.register(entry)
    kept = entry.number in context.contact_book.entries([entry.number])
    registered = REGISTERED if api_calls else REGISTERED_AGAIN
    return Done(summary=registered if kept else NO_BOOK, api_calls=api_calls, match=match)


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
