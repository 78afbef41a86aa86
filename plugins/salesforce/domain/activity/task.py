"""What a call's Task should look like: a function of the facts as they stand, not of the event that came last (R24-R29)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from host.plugin_api import Call, Direction
from plugins.salesforce.domain.activity.call_kind import kind_of, possible_kinds
from plugins.salesforce.domain.activity.facts import ActivityFacts, TaskTarget
from plugins.salesforce.domain.activity.length import cut
from plugins.salesforce.domain.activity.mapped import Place, day, mapped_value
from plugins.salesforce.domain.activity.marked import Room
from plugins.salesforce.domain.activity.settings import ActivitySettings, Moment
from plugins.salesforce.domain.activity.source import Source, fits, is_offered
from plugins.salesforce.domain.activity.task_schema import TaskSchema
from plugins.salesforce.domain.activity.template import COMMENT_LIMIT, SUBJECT_LIMIT, comment_of, subject_of
from plugins.salesforce.domain.activity.told import placeholder_values, talk_seconds
from plugins.salesforce.domain.activity.words import call_type, kind_word, outcome_word, rest_line
from plugins.salesforce.wording import N_

CREATE_ONLY = frozenset({"TaskSubtype"})
"""Salesforce takes these when a Task is made and never afterwards."""

SWITCHED_OFF = N_("The activity history is switched off.")
NOT_OVER = N_("The call is written as an activity when it is over.")
FORWARDED = N_("No telephone of the site took part: the telephone system forwarded a call by itself.")
KIND_NOT_LOGGED = N_("Calls of this kind are not written as activities.")
KIND_NOT_CERTAIN = N_("It still rings: whether this call is written as an activity depends on how it ends.")


def why_not_logged(settings: ActivitySettings, call: Call) -> str:
    """The sentence why a call has no Task, "" if it has one."""
    if not settings.enabled:
        return SWITCHED_OFF
    if is_forwarding(call):
        return FORWARDED
    kinds = possible_kinds(call)
    if not kinds & settings.call_types:
        return KIND_NOT_LOGGED
    if settings.moment is Moment.AFTER_END and call.ended_at is None:
        return NOT_OVER
    return "" if kinds <= settings.call_types else KIND_NOT_CERTAIN


def is_logged(settings: ActivitySettings, call: Call) -> bool:
    """Whether a call is written as a Task. Whether it needs a record for that, `unmatched` says."""
    return not why_not_logged(settings, call)


def is_forwarding(call: Call) -> bool:
    """Whether a call is the leg by which the telephone system forwarded another: outbound, and nobody here made it (R28)."""
    return call.direction is Direction.OUTBOUND and not call.agents and call.clicked_record is None


def desired_task(
    settings: ActivitySettings, facts: ActivityFacts, owner_id: str, schema: TaskSchema, zone: ZoneInfo, language: str
) -> Mapping[str, Any]:
    """The fields of the Task with their JSON values: those we write and the connected user may.

    None is "empty". `CREATE_ONLY` fields are among them. A mapping to a field that has gone or changed its type is left
    out, so that the rest is still written.
    """
    place = Place(zone=zone, language=language)
    values = {
        **_mapped(settings, facts, schema, place),
        **_texts(settings, facts, schema, place),
        **_links(facts.match, owner_id),
        **_call_fields(facts.call, schema, place),
    }
    return {name: value for name, value in values.items() if schema.writable(name, creating_only=name in CREATE_ONLY)}


def comment_room(call: Call, schema: TaskSchema, language: str) -> Room:
    """What the comment of a call's Task holds, and the line that leads to the rest of it."""
    return Room(limit=schema.limit("Description", COMMENT_LIMIT), more=rest_line(call.url, language))


def _texts(settings: ActivitySettings, facts: ActivityFacts, schema: TaskSchema, place: Place) -> dict[str, Any]:
    values = placeholder_values(facts, place.zone, place.language)
    kind = kind_word(kind_of(facts.call), place.language)
    comment = comment_of(settings.comment, values, comment_room(facts.call, schema, place.language))
    subject = subject_of(settings.subject, values, schema.limit("Subject", SUBJECT_LIMIT))
    return {"Subject": subject or kind, "Description": comment or None, **_status(settings, schema)}


def _status(settings: ActivitySettings, schema: TaskSchema) -> dict[str, str]:
    """A status the org has: the one that was set, else the one for what is done, else none, and the org's default stands."""
    chosen = settings.status in [known.value for known in schema.statuses]
    status = settings.status if chosen else schema.done_status
    return {"Status": status} if status else {}


def _links(match: TaskTarget | None, owner_id: str) -> dict[str, str | None]:
    target = match or TaskTarget()
    return {"WhoId": target.who_id, "WhatId": target.what_id, "OwnerId": owner_id}


def _call_fields(call: Call, schema: TaskSchema, place: Place) -> dict[str, Any]:
    outcome = outcome_word(call.outcome, place.language) if call.outcome else None
    return {
        "CallObject": call.id,
        "CallType": call_type(kind_of(call)),
        "CallDurationInSeconds": talk_seconds(call),
        "CallDisposition": cut(outcome, schema.limit("CallDisposition", SUBJECT_LIMIT)) if outcome else None,
        "ActivityDate": day(call.started_at, place.zone),
        "TaskSubtype": "Call",
    }


def _mapped(settings: ActivitySettings, facts: ActivityFacts, schema: TaskSchema, place: Place) -> dict[str, Any]:
    there = ((schema.fields[name], Source(source)) for name, source in settings.mapping.items() if name in schema.fields)
    usable = ((field, source) for field, source in there if is_offered(field) and fits(source, field))
    return {field.name: mapped_value(source, field, facts, place) for field, source in usable}
