"""The moments at which a call's Task is brought up to date: it began, it ended, memo saved, analysis there (R24, R26)."""

from __future__ import annotations

from dataclasses import replace

from host.plugin_api import (
    AnalysisDone,
    Call,
    CallEnded,
    Done,
    MemoSaved,
    NumberClicked,
    PluginContext,
    PluginError,
    Result,
    Sentence,
    Skipped,
)
from plugins.salesforce.activity.rows import read_standing
from plugins.salesforce.activity.upkeep import Brought, bring_up_to_date, end_with_others
from plugins.salesforce.activity.wish import target_from
from plugins.salesforce.api_state import org_key
from plugins.salesforce.auth.methods import auth_method
from plugins.salesforce.auth_api import Feature
from plugins.salesforce.beginning import is_left_to_click, look_up_at_start
from plugins.salesforce.connection import ConnectionInfo, connection_from
from plugins.salesforce.domain.activity.settings import activity_from
from plugins.salesforce.domain.activity.standing import Target, TaskState
from plugins.salesforce.domain.activity.task import SWITCHED_OFF, why_not_logged
from plugins.salesforce.registration import NOT_CONNECTED, look_up_call, look_up_clicked_call
from plugins.salesforce.wording import N_

NOT_ON_ANALYSIS = N_(
    "The auth method in use does not write the memo when the analysis is done. It is written when the memo is saved."
)
BOTH = N_("%(first)s %(second)s")
LOOKED_UP = N_("The contact was looked up before.")


def call_ended(context: PluginContext, event: CallEnded) -> Result:
    """Look the outside party up, then write the Task that hangs on whom was found; with others, if many wait."""
    stored = context.settings.read()
    if not activity_from(stored).enabled:
        return look_up_call(context, event)[0]
    info = connection_from(stored)
    shared = 0 if event.refetch or _was_looked_up(context, event, info) else end_with_others(context, event.call)
    try:
        result = _ended(context, event, info)
    except PluginError as problem:
        problem.api_calls += shared
        raise
    return replace(result, api_calls=result.api_calls + shared)


def _ended(context: PluginContext, event: CallEnded, info: ConnectionInfo | None) -> Result:
    if _was_looked_up(context, event, info):
        return _together(Skipped(reason=LOOKED_UP), bring_up_to_date(context, event.call))
    looked_up, found = look_up_call(context, event)
    if looked_up.match is not None:  # it is not looked up again, whatever becomes of the Task
        context.calls.keep_match(event.call.id, looked_up.match)
    return _with_task(context, event.call, looked_up, target_from(found, event.fact_id) if found else None)


def number_clicked(context: PluginContext, event: NumberClicked) -> Result:
    """Register the clicked record; where Tasks are made when a call starts, make this one's."""
    registered, found = look_up_clicked_call(context, event)
    if why_not_logged(activity_from(context.settings.read()), event.call):
        return registered
    if found is None:
        begun = look_up_at_start(context, event.call)
        registered, found = replace(registered, api_calls=registered.api_calls + begun.api_calls), begun.found
    return _with_task(context, event.call, registered, target_from(found) if found else None)


def call_began(context: PluginContext, call: Call) -> None:
    """Find out who it is while it rings; where Tasks are made when a call starts, make this one's (B15, R24).

    What fails here is made up for when the call ends.
    """
    found = look_up_at_start(context, call).found
    if why_not_logged(activity_from(context.settings.read()), call) or is_left_to_click(context, call):
        return
    standing = read_standing(context, call.id)
    if standing is None or standing.state is TaskState.NONE:
        bring_up_to_date(context, call, target_from(found) if found else None)


def memo_saved(context: PluginContext, event: MemoSaved) -> Result:
    """Write the memo into the Task (R26)."""
    return _alone(bring_up_to_date(context, event.call))


def analysis_done(context: PluginContext, event: AnalysisDone) -> Result:
    """Write memo and analysis into the Task, where the auth method declares it, whatever the template holds (R26)."""
    stored = context.settings.read()
    info = connection_from(stored)
    if not activity_from(stored).enabled:
        return Skipped(reason=SWITCHED_OFF)
    if info is None:
        return Skipped(reason=NOT_CONNECTED)
    if not auth_method(info.method).declares(Feature.MEMO_ON_ANALYSIS):
        return Skipped(reason=NOT_ON_ANALYSIS)
    return _alone(bring_up_to_date(context, event.call))


def _was_looked_up(context: PluginContext, event: CallEnded, info: ConnectionInfo | None) -> bool:
    """An earlier attempt of this very delivery got as far as that, in the same org, or one that wrote for many."""
    standing = read_standing(context, event.call.id)
    if standing is None or info is None or standing.org != org_key(info.org_id):
        return False
    return standing.target.fact == event.fact_id or (standing.target.at_end and not event.refetch)


def _with_task(context: PluginContext, call: Call, looked_up: Result, target: Target | None) -> Result:
    """Bring the Task up to date after a look-up; if that fails, what the look-up cost is told with it."""
    try:
        return _together(looked_up, bring_up_to_date(context, call, target))
    except PluginError as problem:
        problem.api_calls += looked_up.api_calls
        raise


def _alone(brought: Brought) -> Result:
    return replace(brought.result, match=brought.match)


def _together(looked_up: Result, brought: Brought) -> Result:
    """One result of the look-up and the Task: done if either is."""
    texts = [_text(looked_up), _text(brought.result)]
    text = Sentence(BOTH, first=texts[0], second=texts[1])
    match, spent = looked_up.match or brought.match, looked_up.api_calls + brought.result.api_calls
    if isinstance(looked_up, Done) or isinstance(brought.result, Done):
        return Done(summary=text, api_calls=spent, match=match)
    return Skipped(reason=text, api_calls=spent, match=match)


def _text(result: Result) -> Sentence:
    text = result.summary if isinstance(result, Done) else result.reason
    return text if isinstance(text, Sentence) else Sentence(text)
