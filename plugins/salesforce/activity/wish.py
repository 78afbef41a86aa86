"""What a call's Task should be now: all facts as they stand, whichever event came last (R24-R29)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from host.plugin_api import Call, PluginContext, Skipped
from plugins.salesforce.activity.known import facts_of
from plugins.salesforce.api_state import org_key
from plugins.salesforce.asking import Found
from plugins.salesforce.assignees import assignments, inactive_users
from plugins.salesforce.connection import LiveConnection, connection_from
from plugins.salesforce.do_not_sync import excluded
from plugins.salesforce.domain.activity.assignee import owner_of
from plugins.salesforce.domain.activity.facts import target_of
from plugins.salesforce.domain.activity.marked import Room
from plugins.salesforce.domain.activity.merge import Values
from plugins.salesforce.domain.activity.settings import ActivitySettings, activity_from
from plugins.salesforce.domain.activity.standing import Target
from plugins.salesforce.domain.activity.task import comment_room, desired_task, why_not_logged
from plugins.salesforce.domain.activity.task_schema import TaskSchema
from plugins.salesforce.registration import NOT_CONNECTED
from plugins.salesforce.task_org import known_task


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The fields a Task should have, and the room its comment has. `create`: whether it is made if there is none yet."""

    desired: Values
    room: Room
    create: bool

    @property
    def names(self) -> list[str]:
        return list(self.desired)


@dataclass(slots=True, kw_only=True)
class Desk:
    """All that is needed to write Tasks, read once for one hook call. `schema` may be replaced when it is outdated.

    Args:
        own_only: the connected user is to own the Task, whoever is assigned: Salesforce refused that one.
    """

    context: PluginContext
    connection: LiveConnection
    settings: ActivitySettings
    stored: Any
    schema: TaskSchema
    own_only: bool = False

    @property
    def org(self) -> str:
        return org_key(self.connection.info.org_id)

    @property
    def language(self) -> str:
        return self.context.site.language

    def wish(self, call: Call, target: Target) -> Wish:
        """What the Task of this call should be now."""
        match = None if target.refused else target.link
        desired = desired_task(
            self.settings,
            facts_of(self.context, call, company=target.company, person=target.person, match=match),
            self.owner(call),
            self.schema,
            self.context.site.timezone,
            self.language,
        )
        create = self.settings.unmatched or target.record is not None
        return Wish(desired=desired, room=comment_room(call, self.schema, self.language), create=create)

    def owner_is_assigned(self, call: Call) -> bool:
        """Whether somebody else than the connected user is to own it."""
        return self.owner(call) != self.connection.info.user_id

    def owner(self, call: Call) -> str:
        """The Id of the Salesforce user who is to own the Task of this call (R28)."""
        connected = self.connection.info.user_id
        return (
            connected if self.own_only else owner_of(call, assignments(self.stored), inactive_users(self.stored), connected)
        )


def open_desk(context: PluginContext, call: Call) -> Desk | Skipped:
    """What is needed to write the Task of this call, or why it has none."""
    stored = context.settings.read()
    settings, info = activity_from(stored), connection_from(stored)
    reason = why_not_logged(settings, call)
    if not reason and info is not None:
        reason = excluded(context, call) or ""
    if reason or info is None:
        return Skipped(reason=reason or NOT_CONNECTED)
    connection = LiveConnection(context, info)
    return Desk(context=context, connection=connection, settings=settings, stored=stored, schema=known_task(connection))


def target_from(found: Found, fact: int | None = None) -> Target:
    """What a look-up found, as it is kept with the Task."""
    match = found.match
    link = target_of(match.record, found.person_contact or None) if match.record else None
    return Target(known=True, record=match.record, link=link, company=match.company, person=match.person, fact=fact)
