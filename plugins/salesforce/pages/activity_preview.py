"""What a call would look like as a Task with the settings as typed: the live preview (R24, R25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from host.plugin_api import Call, PluginContext
from plugins.salesforce.activity.known import facts_of
from plugins.salesforce.assignees import assignees_from, assignments, inactive_users
from plugins.salesforce.connection import connection_from
from plugins.salesforce.domain.activity.assignee import owner_of
from plugins.salesforce.domain.activity.facts import ActivityFacts
from plugins.salesforce.domain.activity.length import clean, length, one_line
from plugins.salesforce.domain.activity.mapped import Place, mapped_value
from plugins.salesforce.domain.activity.settings import ActivitySettings, Moment
from plugins.salesforce.domain.activity.source import TEXT_TYPES, TITLES, Source
from plugins.salesforce.domain.activity.task import desired_task, why_not_logged
from plugins.salesforce.domain.activity.task_schema import TaskField, TaskSchema
from plugins.salesforce.domain.activity.template import COMMENT_LIMIT, SUBJECT_LIMIT, filled
from plugins.salesforce.domain.activity.told import placeholder_values
from plugins.salesforce.domain.activity.words import moment_text

MOST_CALLS = 30
LONGEST_ID = 36
UNLIMITED = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text of the Task: how long it is, what the field takes, and whether it was cut."""

    value: str
    count: int
    limit: int
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedLine:
    """A mapped field with the value it gets; `value` is "" where it gets none."""

    label: str
    name: str
    title: str
    value: str
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One call as a Task. `unlogged`: why this call would not be written, "" if it would."""

    call: Call
    subject: Text
    comment: Text
    status: str
    owner: str
    unlogged: str
    mapped: Sequence[MappedLine]


def recent_calls(context: PluginContext) -> list[Call]:
    """The calls that may be chosen."""
    return list(context.calls.recent(MOST_CALLS))


def preview(context: PluginContext, settings: ActivitySettings, schema: TaskSchema | None, call_id: str) -> Preview | None:
    """The chosen call, else the newest that is over; None if there has been no call yet."""
    is_id = 0 < len(call_id) <= LONGEST_ID and call_id.isprintable()
    call = (context.calls.get(call_id) if is_id else None) or _newest(recent_calls(context))
    return _preview(context, settings, schema or _nothing_known(), call) if call else None


def _newest(calls: Sequence[Call]) -> Call | None:
    over = (call for call in calls if call.ended_at)
    return next(over, next(iter(calls), None))


def _preview(context: PluginContext, settings: ActivitySettings, schema: TaskSchema, call: Call) -> Preview:
    facts = _named_facts(context, call)
    zone, language = context.site.timezone, context.site.language
    stored = context.settings.read()
    connection = connection_from(stored)
    owner = owner_of(call, assignments(stored), inactive_users(stored), connection.user_id if connection else "")
    task = desired_task(settings, facts, owner, schema, zone, language)
    values = placeholder_values(facts, zone, language)
    comment, subject = clean(filled(settings.comment, values)), one_line(filled(settings.subject, values))
    names = {one.id: one.name for one in assignees_from(stored).values()}
    return Preview(
        call=call,
        subject=_text(task.get("Subject"), subject, schema.limit("Subject", SUBJECT_LIMIT)),
        comment=_text(task.get("Description"), comment, schema.limit("Description", COMMENT_LIMIT)),
        status=_status(schema, task.get("Status")),
        owner=names.get(owner) or (connection.username if connection else ""),
        unlogged=why_not_logged(replace(settings, enabled=True, moment=Moment.AFTER_START), call),
        mapped=[
            _line(schema.fields[name], Source(source), task[name], facts, Place(zone=zone, language=language))
            for name, source in settings.mapping.items()
            if name in task
        ],
    )


def _named_facts(context: PluginContext, call: Call) -> ActivityFacts:
    """Named as the call's page names it; the record that a Task hangs on is not in the preview."""
    entry = context.contact_book.entries([call.number]).get(call.number) if call.number else None
    return facts_of(context, call, company=entry.company if entry else "", person=entry.person if entry else "")


def _nothing_known() -> TaskSchema:
    """Without the org's fields: the texts as they would be by Salesforce's own limits."""
    texts = {"Subject": SUBJECT_LIMIT, "Description": COMMENT_LIMIT}
    return TaskSchema(
        fields={name: TaskField(name=name, label=name, type="string", length=most) for name, most in texts.items()}
    )


def _text(value: object, whole: str, limit: int) -> Text:
    shown = str(value or "")
    return Text(value=shown, count=length(shown), limit=limit, cut=length(whole) > limit)


def _status(schema: TaskSchema, value: object) -> str:
    return next((known.label for known in schema.statuses if known.value == value), "")


def _line(field: TaskField, source: Source, value: Any, facts: ActivityFacts, place: Place) -> MappedLine:
    is_text = field.type in TEXT_TYPES and field.length > 0
    whole = mapped_value(source, replace(field, length=UNLIMITED), facts, place) if is_text else value
    shown = _shown(value, field, place)
    return MappedLine(label=field.label, name=field.name, title=TITLES[source], value=shown, cut=whole != value)


def _shown(value: Any, field: TaskField, place: Place) -> str:
    if value is None:
        return ""
    if field.type == "datetime":
        return moment_text(datetime.fromisoformat(value), place.zone, place.language)
    labels = {known.value: known.label for known in field.values}
    return ", ".join(labels.get(part, part) for part in value.split(";")) if labels else str(value)
