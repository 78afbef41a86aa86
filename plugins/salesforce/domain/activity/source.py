"""What of a call may be put into a field of Task, and into which types of fields (R24)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from plugins.salesforce.domain.activity.task_schema import TaskField, TaskSchema
from plugins.salesforce.wording import N_


class Source(StrEnum):
    """Facts of a call that an admin may map."""

    DIAL_STARTED_AT = "dial_started_at"
    TALK_STARTED_AT = "talk_started_at"
    ENDED_AT = "ended_at"
    MEMO = "memo"
    MEMO_ITEMS = "memo_items"
    CALL_TYPE = "call_type"
    TALK_SECONDS = "talk_seconds"
    CALL_URL = "call_url"
    TRANSCRIPT = "transcript"
    SUMMARY = "summary"


TITLES: Mapping[Source, str] = {
    Source.DIAL_STARTED_AT: N_("Start of dialling"),
    Source.TALK_STARTED_AT: N_("Start of the talk"),
    Source.ENDED_AT: N_("End of the call"),
    Source.MEMO: N_("Memo"),
    Source.MEMO_ITEMS: N_("Memo items"),
    Source.CALL_TYPE: N_("Call type"),
    Source.TALK_SECONDS: N_("Talk time in seconds"),
    Source.CALL_URL: N_("Link to the call’s page"),
    Source.TRANSCRIPT: N_("Transcript of the speech analysis"),
    Source.SUMMARY: N_("Summary of the speech analysis"),
}

TEXT_TYPES = frozenset({"string", "textarea", "combobox"})
TIMES = frozenset({Source.DIAL_STARTED_AT, Source.TALK_STARTED_AT, Source.ENDED_AT})
_MORE_TYPES: Mapping[Source, frozenset[str]] = {
    **dict.fromkeys(TIMES, frozenset({"datetime", "date"})),
    Source.MEMO_ITEMS: frozenset({"picklist", "multipicklist"}),
    Source.CALL_TYPE: frozenset({"picklist", "multipicklist"}),
    Source.TALK_SECONDS: frozenset({"int", "double"}),
    Source.CALL_URL: frozenset({"url"}),
}
OURS = frozenset(
    {
        "Subject",
        "Status",
        "Description",
        "WhoId",
        "WhatId",
        "OwnerId",
        "CallObject",
        "ActivityDate",
        "CallType",
        "CallDurationInSeconds",
        "CallDisposition",
        "TaskSubtype",
    }
)
"""The fields of Task that are written anyway."""
NOT_FOR_CALLS = frozenset({"Priority", "ReminderDateTime", "IsReminderSet"})
"""A reminder or a priority is a person's; recurrence has its own rules, see `is_offered`."""


def types_for(source: Source) -> frozenset[str]:
    """The describe types of the fields that can take a source: every text, and the types made for it."""
    return TEXT_TYPES | _MORE_TYPES.get(source, frozenset())


def fits(source: Source, field: TaskField) -> bool:
    """Whether a field can take a source. HTML fields cannot: Salesforce would rewrite what is put there."""
    return field.type in types_for(source) and not field.rich


def is_offered(field: TaskField) -> bool:
    """Whether a field may be mapped at all: the user may write it, and it is not one of ours or of a task's planning."""
    standard = field.name in OURS | NOT_FOR_CALLS or field.name.startswith("Recurrence")
    return field.writable and not standard


def offered_fields(schema: TaskSchema, source: Source) -> tuple[TaskField, ...]:
    """The fields an admin may choose for a source, by label."""
    found = (field for field in schema.fields.values() if is_offered(field) and fits(source, field))
    return tuple(sorted(found, key=lambda field: (field.label.casefold(), field.name)))
