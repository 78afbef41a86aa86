"""Changing who stands for whom, with a line in the operation log (R28)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from host.plugin_api import PluginContext, PluginError, Sentence, changes
from plugins.salesforce.assignees import ASSIGNEES, Assignee, assignees_from, assignees_to_json, assignments
from plugins.salesforce.client import Client
from plugins.salesforce.connection import LiveConnection
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.salesforce_users import users_by_id
from plugins.salesforce.wording import N_

ASSIGN_LOCK = "assignees"
NOBODY = N_("nobody: the connected user")
NUMBERED = N_("person no. %(number)s")


def assign(context: PluginContext, wanted: Mapping[int, Assignee | None], by: str) -> int:
    """Assign these people, or with None take an assignment away; gives back how many changed."""
    with context.exclusive(ASSIGN_LOCK):
        before = assignees_from(context.settings.read())
        after = {**before, **wanted}
        kept = {user: assignee for user, assignee in after.items() if assignee is not None}
        context.settings.write({ASSIGNEES: assignees_to_json(kept)})
    told = changes(_told(context, before, after), _told(context, kept, after))
    if told:
        context.audit(by, N_("assignment of people changed"), told)
    return len(told)


def refresh(context: PluginContext, found: Mapping[str, Assignee]) -> int:
    """Take over names and activity of the assigned users as they are now; gives back how many are not active.

    A user who was deleted or may not be read any more is absent from `found`, and counts as not active.
    """
    now = _changed(context, lambda assignee: found.get(assignee.id) or replace(assignee, active=False))
    return len({assignee.id for assignee in now.values() if not assignee.active})


def mark_inactive(context: PluginContext, user_id: str) -> None:
    """Salesforce has just refused this user as the owner of a Task; the nightly test sees whether it stays so."""
    _changed(context, lambda assignee: replace(assignee, active=assignee.active and assignee.id != user_id))


def _changed(context: PluginContext, change: Callable[[Assignee], Assignee]) -> Mapping[int, Assignee]:
    with context.exclusive(ASSIGN_LOCK):
        before = assignees_from(context.settings.read())
        now = {user: change(assignee) for user, assignee in before.items()}
        if now != before:
            context.settings.write({ASSIGNEES: assignees_to_json(now)})
    return now


def refresh_quietly(connection: LiveConnection) -> int:
    """The same in the background, for one API call if anybody is assigned; gives back how many it cost.

    Where Salesforce does not answer, all stays as it was until the next night.
    """
    context = connection.context
    assigned = set(assignments(context.settings.read()).values())
    if not assigned:
        return 0
    client = Client(connection, Purpose.TEST)
    try:
        refresh(context, users_by_id(client, assigned))
    except PluginError:
        context.log.warning("salesforce.assigned_users_not_asked")
    return client.api_calls


def _told(context: PluginContext, assignees: Mapping[int, Assignee], among: Mapping[int, Assignee | None]) -> dict[str, str]:
    names = {user.id: user.name for user in context.users()}
    return {
        names.get(user) or Sentence(NUMBERED, number=user): assignees[user].name if user in assignees else NOBODY
        for user in among
    }
