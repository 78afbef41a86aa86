"""What the activity history needs of Task and User, and what each missing right costs (R10)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from plugins.salesforce.domain.finding import Finding, Group, Level, Right
from plugins.salesforce.wording import N_

ACTIVITY_OBJECTS = ("Task", "User")
CREATE_ONLY = frozenset({"TaskSubtype"})
"""Salesforce takes these when a Task is made and never afterwards."""

FIELD_COSTS: Mapping[str, str] = {
    "Subject": N_("A Task gets no subject."),
    "Status": N_("A Task cannot be marked as completed."),
    "Description": N_("Memo, transcript and summary cannot be written."),
    "ActivityDate": N_("A Task gets no date."),
    "WhoId": N_("A Task is not linked with the Contact or Lead."),
    "WhatId": N_("A Task is not linked with the Account."),
    "OwnerId": N_("Every Task belongs to the connected user."),
    "CallObject": N_("A Task that was made in a broken connection cannot be recognised again: it might be made twice."),
    "CallDisposition": N_("The result of a call is not written."),
    "CallDurationInSeconds": N_("The talk time is not written."),
    "CallType": N_("Inbound and outbound are not told apart."),
    "TaskSubtype": N_("A Task is not shown as a call."),
}
"""The fields of Task that are written for a call, each with what is lost without it."""

USER_FIELDS = ("Id", "Name", "Email", "IsActive")
OTHER_COST = N_("What is assigned to this field is not written.")
TASK_READY = N_("Calls can be written as activities.")
TASK_HIDDEN = N_("The connected user may not see Tasks.")
NO_CREATE = N_("The connected user may not create Tasks.")
NO_EDIT = N_("The connected user may not change Tasks.")
NOTHING_WRITTEN = N_("No call is written as an activity.")
NOTHING_ADDED = N_("A memo or analysis that comes later is not added to the activity.")
GIVE_TASK = N_("Give the user the permission “Edit Tasks”, by profile or permission set.")
FIELD_HIDDEN = N_("This field is not there for the connected user.")
FIELD_FIXED = N_("The connected user may not write this field.")
GIVE_FIELD = N_("Give the user “Edit Access” to the field by field-level security, in the profile or a permission set.")
USERS_READY = N_("Users can be read: activities can be assigned to them.")
USERS_HIDDEN = N_("The connected user may not read Users.")
USER_FIELD_COST = N_("People here cannot be matched with Salesforce users by it.")
NOT_ASSIGNED = N_("Activities cannot be assigned to the person who was on the telephone.")
GIVE_USERS = N_("Give the user the permission “View Setup and Configuration”, or make Users visible by sharing.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRights:
    """What the user may do with one field."""

    createable: bool
    updateable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRights:
    """What the user may do with one object and its visible fields."""

    createable: bool
    updateable: bool
    fields: Mapping[str, FieldRights]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityNeeds:
    """What of the activity history is set up. What is not is told as a note and alarms nobody."""

    logging: bool = False
    assignees: bool = False
    task_fields: tuple[str, ...] = tuple(FIELD_COSTS)


def read_rights(describe: Mapping[str, Any]) -> ObjectRights:
    """The rights in one describe reply; a field that is hidden is absent from it."""
    fields = [field for field in describe.get("fields", ()) if isinstance(field, Mapping)]
    return ObjectRights(
        createable=bool(describe.get("createable")),
        updateable=bool(describe.get("updateable")),
        fields={str(field.get("name")): _field_rights(field) for field in fields},
    )


def _field_rights(field: Mapping[str, Any]) -> FieldRights:
    return FieldRights(createable=bool(field.get("createable")), updateable=bool(field.get("updateable")))


def activity_findings(task: ObjectRights | None, user: ObjectRights | None, needs: ActivityNeeds) -> tuple[Finding, ...]:
    """The lines about Task and User; None is an object that may not be read."""
    tasks = tuple(_task_lines(task, needs))
    ready = not tasks and Finding(level=Level.GOOD, group=Group.TASK, right=Right.EDIT, text=TASK_READY)
    users = tuple(_user_lines(user, needs))
    there = not users and Finding(level=Level.GOOD, group=Group.USER, right=Right.READ, text=USERS_READY)
    return (*((ready,) if ready else tasks), *((there,) if there else users))


def _task_lines(task: ObjectRights | None, needs: ActivityNeeds) -> Iterator[Finding]:
    bad = Level.BAD if needs.logging else Level.NOTE
    if task is None:
        yield _line(bad, Right.READ, TASK_HIDDEN, NOTHING_WRITTEN)
        return
    if not task.createable:
        yield _line(bad, Right.CREATE, NO_CREATE, NOTHING_WRITTEN)
    if not task.updateable:
        yield _line(bad, Right.EDIT, NO_EDIT, NOTHING_ADDED)
    if task.createable or task.updateable:  # else each field would say the same again
        yield from _field_lines(task, needs.task_fields, Level.WARN if needs.logging else Level.NOTE)


def _field_lines(task: ObjectRights, wanted: Collection[str], level: Level) -> Iterator[Finding]:
    for name in wanted:
        found = task.fields.get(name)
        writable = found is not None and found.createable and (found.updateable or name in CREATE_ONLY)
        if not writable:
            text = FIELD_HIDDEN if found is None else FIELD_FIXED
            right = Right.CREATE if name in CREATE_ONLY else Right.EDIT
            yield _line(level, right, text, FIELD_COSTS.get(name, OTHER_COST), GIVE_FIELD, field=name)


def _line(level: Level, right: Right, text: str, cost: str, remedy: str = GIVE_TASK, *, field: str = "") -> Finding:
    return Finding(level=level, group=Group.TASK, field=field, right=right, text=text, cost=cost, remedy=remedy)


def _user_lines(user: ObjectRights | None, needs: ActivityNeeds) -> Iterator[Finding]:
    level = Level.WARN if needs.assignees else Level.NOTE
    missing = [""] if user is None else [name for name in USER_FIELDS if name not in user.fields]
    for name in missing:
        yield Finding(
            level=level,
            group=Group.USER,
            field=name,
            right=Right.READ,
            text=FIELD_HIDDEN if name else USERS_HIDDEN,
            cost=USER_FIELD_COST if name else NOT_ASSIGNED,
            remedy=GIVE_USERS,
        )
