"""Whose Task it is: the Salesforce user of the person who handled the call (R28)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from host.plugin_api import Agent, Call
from plugins.salesforce.domain.activity.call_kind import UNANSWERED, kind_of


def owner_of(call: Call, assignments: Mapping[int, str], inactive: Collection[str], connected_user: str) -> str:
    """The Id of the user a Task is assigned to.

    Of a transferred call that is who took it over. Missed calls and voicemail, people nobody is assigned to and users who
    are no longer active in Salesforce: the connected user.

    Args:
        assignments: Salesforce user Ids by host user; several host users may share one.
        inactive: the Ids of Salesforce users who are not active: Salesforce refuses them as owners.
    """
    agent = _responsible(call)
    assigned = assignments.get(agent.user_id) if agent and agent.user_id is not None else None
    return assigned if assigned and assigned not in inactive else connected_user


def _responsible(call: Call) -> Agent | None:
    """Who answered last, else who dialled or was rung first; nobody for a call that no person answered."""
    if kind_of(call) in UNANSWERED:
        return None
    return call.handled_by or next(iter(call.agents), None)
