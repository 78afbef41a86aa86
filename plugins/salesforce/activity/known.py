"""What is known of a call now, as its Task and the preview of it need it (R24, R29)."""

from __future__ import annotations

from host.plugin_api import Call, PluginContext
from plugins.salesforce.domain.activity.facts import ActivityFacts, TaskTarget


def facts_of(
    context: PluginContext, call: Call, *, company: str = "", person: str = "", match: TaskTarget | None = None
) -> ActivityFacts:
    """The call with its memo and its analysis as they stand, and with the name of the user who handled it."""
    return ActivityFacts(
        call=call,
        memo=context.calls.memo(call.id),
        analysis=context.calls.analysis(call.id),
        match=match,
        company=company,
        person=person,
        user_name=_user_name(context, call),
    )


def _user_name(context: PluginContext, call: Call) -> str:
    """The host user's; what the telephone system calls the extension where it belongs to nobody here."""
    agent = call.handled_by or next(iter(call.agents), None)
    if agent is None:
        return ""
    names = {user.id: user.name for user in context.users()}
    return (names.get(agent.user_id) if agent.user_id is not None else None) or agent.name
