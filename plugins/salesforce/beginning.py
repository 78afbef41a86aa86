"""A call begins: who is it? Asked while it rings, once, and kept for its end (B15)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from host.plugin_api import Call, Match, PluginContext, PluginError, Sentence, Skipped
from plugins.salesforce.asking import Found
from plugins.salesforce.call_starts import Turn, early_answer, turn_to_ask
from plugins.salesforce.client import Client
from plugins.salesforce.connection import LiveConnection, read_connection
from plugins.salesforce.domain.call_start import MOST_CALLS
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.lookup import find_early
from plugins.salesforce.preferences import FetchSetting, Preferences
from plugins.salesforce.registration import FETCHED_AT_NIGHT, SWITCHED_OFF, clicked_of, finished, question_of, ready_for
from plugins.salesforce.wording import N_

NOT_AT_START = {FetchSetting.NONE: SWITCHED_OFF, FetchSetting.BULK: FETCHED_AT_NIGHT}
NOT_YET = N_("The search finds nobody with this number. When the call has ended, it is also asked for by query.")
ASKED_AT = N_("Asked when the call began, at %(time)s.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """`found`: whom a call that begins is from or to, None if nobody was asked. `api_calls`: what it cost now."""

    found: Found | None = None
    api_calls: int = 0


def look_up_at_start(context: PluginContext, call: Call) -> Begun:
    """Who it is, with the names in the contact book: asked for once, however many want to know.

    Nobody is asked for a call whose clicked record wins: `on_click_to_call` registers that one. With bulk fetch the names of
    the last night stand in the contact book already.

    Raises:
        PluginError: Salesforce was asked in vain; the call is looked up when it ends.
    """
    ready = ready_for(context, call, NOT_AT_START.get)
    if isinstance(ready, Skipped):
        return Begun()
    connection, preferences = ready
    if clicked_of(connection, call) is not None:
        return Begun()
    with turn_to_ask(connection, call.id) as turn:
        if turn is not None:
            begun = _asked(turn, preferences, call)
            if begun.found is not None:
                turn.answered(begun.found)
            return begun
    early = early_answer(connection, call.id)
    return Begun(found=early.found if early else None)


def is_left_to_click(context: PluginContext, call: Call) -> bool:
    """Whether a clicked record wins for this call: then `on_click_to_call`, which is delivered, does what is to be done."""
    info = read_connection(context)
    return info is not None and clicked_of(LiveConnection(context, info), call) is not None


def _asked(turn: Turn, preferences: Preferences, call: Call) -> Begun:
    """An answer that took too long is left out: it would write over what the call's end has found."""
    context, client = turn.connection.context, Client(turn.connection, Purpose.LOOK_UP)
    try:
        found = find_early(client, question_of(context, call, preferences))
    except PluginError as problem:
        problem.api_calls = client.api_calls
        raise
    client.budget.looked_up()
    if turn.is_over:
        return Begun(api_calls=client.api_calls)
    found = replace(found, match=_told(found.match, f"{context.clock().astimezone(context.site.timezone):%H:%M:%S}"))
    finished(context, call, found.match, client.api_calls)
    return Begun(found=found, api_calls=client.api_calls)


def _told(match: Match, time: str) -> Match:
    """The match as people read it while the call goes on."""
    left_open = match.record is None and match.api_calls < MOST_CALLS
    return replace(match, rule=NOT_YET if left_open else match.rule, steps=(Sentence(ASKED_AT, time=time), *match.steps))
