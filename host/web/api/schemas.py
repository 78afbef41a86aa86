"""The shapes the API takes and gives."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from host.calls import LONGEST_ANALYSIS
from host.domain.call_report import CallState
from host.memos import LONGEST_MEMO
from host.plugin_api.calls import CallOutcome, Direction
from host.plugin_api.events import MemoOrigin
from host.storage.history import MAX_LIMIT
from host.telephony.fields import YesNo, is_storable


def storable(text: str) -> None:
    if not is_storable(text):
        raise ValidationError("Holds a NUL character or half of a surrogate pair.")


def words(longest: int, *, shortest: int = 0, **kwargs: Any) -> fields.String:
    return fields.String(validate=[validate.Length(shortest or None, longest), storable], **kwargs)


def moment(**kwargs: Any) -> fields.AwareDateTime:
    return fields.AwareDateTime(format="iso", allow_none=True, **kwargs)


class RecordSchema(Schema):
    object = words(100, shortest=1, required=True)
    id = words(100, shortest=1, required=True)


class AgentSchema(Schema):
    extension = fields.String()
    name = fields.String()
    user_id = fields.Integer(allow_none=True)
    answered_at = moment()
    left_at = moment()


class TransferSchema(Schema):
    kind = fields.String()
    from_ = fields.String(attribute="from_extension", data_key="from")
    to = fields.String(attribute="to_extension")
    at = moment()


class ContactSchema(Schema):
    id = fields.Integer(allow_none=True)
    number = fields.String()
    company = fields.String()
    person = fields.String()
    source = fields.String()
    record = fields.Nested(RecordSchema, allow_none=True)
    record_url = fields.String()
    updated_at = moment()


class MemoSchema(Schema):
    text = fields.String()
    items = fields.List(fields.String())
    version = fields.Integer()
    saved_at = moment()
    saved_by = fields.String()


class AnalysisSchema(Schema):
    summary = fields.String()
    transcript = fields.String()
    done_at = moment()


class CandidateSchema(Schema):
    record = fields.Nested(RecordSchema)
    name = fields.String()
    company = fields.String()
    field = fields.String()
    modified_at = moment()
    chosen = fields.Boolean()
    verdict = fields.String()
    url = fields.String()


class MatchSchema(Schema):
    plugin = fields.String()
    matched_at = moment()
    record = fields.Nested(RecordSchema, allow_none=True)
    company = fields.String()
    person = fields.String()
    url = fields.String()
    rule = fields.String()
    tried = fields.List(fields.String())
    steps = fields.List(fields.String())
    candidates = fields.List(fields.Nested(CandidateSchema))
    api_calls = fields.Integer()


class AttemptSchema(Schema):
    number = fields.Integer()
    started_at = moment()
    finished_at = moment()
    result = fields.String(allow_none=True)
    message = fields.String()
    api_calls = fields.Integer()


class DeliverySchema(Schema):
    plugin = fields.String()
    hook = fields.String()
    state = fields.String()
    parked_for = fields.String(allow_none=True)
    message = fields.String()
    api_calls = fields.Integer()
    due_at = moment()
    occurred_at = moment()
    attempts = fields.List(fields.Nested(AttemptSchema))


class CallSchema(Schema):
    id = fields.String()
    url = fields.String()
    state = fields.Enum(CallState, by_value=True)
    source = fields.String()
    direction = fields.Enum(Direction, by_value=True)
    number = fields.String(allow_none=True, metadata={"description": "The outside party in E.164, if it may be looked up."})
    raw_number = fields.String()
    external_name = fields.String()
    withheld = fields.Boolean()
    line = fields.String()
    agents = fields.List(fields.Nested(AgentSchema))
    user_id = fields.Integer(allow_none=True)
    user_name = fields.String()
    outcome = fields.Enum(CallOutcome, by_value=True, allow_none=True)
    started_at = moment()
    answered_at = moment()
    ended_at = moment()
    ring_seconds = fields.Float(allow_none=True)
    talk_seconds = fields.Float(allow_none=True)
    queue_name = fields.String()
    wait_seconds = fields.Float(allow_none=True)
    hangup_by = fields.String()
    hangup_text = fields.String()
    transfers = fields.List(fields.Nested(TransferSchema))
    recording_url = fields.String()
    clicked_record = fields.Nested(RecordSchema, allow_none=True)
    updated_at = moment()
    contact = fields.Nested(ContactSchema, allow_none=True)


class CallDetailSchema(CallSchema):
    memo = fields.Nested(MemoSchema, allow_none=True)
    analysis = fields.Nested(AnalysisSchema, allow_none=True)
    match = fields.Nested(MatchSchema, allow_none=True, metadata={"description": "The newest match of any plugin."})
    matches = fields.List(fields.Nested(MatchSchema))
    deliveries = fields.List(fields.Nested(DeliverySchema))


class CallListSchema(Schema):
    calls = fields.List(fields.Nested(CallSchema))
    next_cursor = fields.String(allow_none=True)


class CallQuerySchema(Schema):
    number = words(100, metadata={"description": "A whole number in any writing, or a part of one."})
    name = words(100, metadata={"description": "A part of a company or person name of the contact book."})
    user = fields.Integer(validate=validate.Range(0, 2**31 - 1), metadata={"description": "A user's id."})
    outcome = fields.Enum(CallOutcome, by_value=True)
    direction = fields.Enum(Direction, by_value=True)
    since = fields.Date(metadata={"description": "First day, in the site's time zone."})
    until = fields.Date(metadata={"description": "Last day, in the site's time zone."})
    cursor = words(500)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MAX_LIMIT))


class MemoWriteSchema(Schema):
    text = words(LONGEST_MEMO, required=True)
    items = fields.List(words(100), load_default=list, validate=validate.Length(max=100))
    origin = fields.Enum(MemoOrigin, by_value=True, load_default=MemoOrigin.HISTORY)
    version = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(0, 2**31 - 1),
        metadata={"description": "The version you saw, 0 for none: another one is refused with 409. Without it yours wins."},
    )


class AnalysisWriteSchema(Schema):
    summary = words(LONGEST_ANALYSIS, load_default="")
    transcript = words(LONGEST_ANALYSIS, load_default="")


class ClickSchema(Schema):
    agent = words(32, shortest=1, required=True, metadata={"description": "The extension that is rung first."})
    number = words(100, shortest=1, required=True)
    record = fields.Nested(RecordSchema, load_default=None, allow_none=True)


class CallMadeSchema(Schema):
    id = fields.String()
    url = fields.String()


class PluginSchema(Schema):
    name = fields.String()
    title = fields.String()
    description = fields.String()
    version = fields.String()
    distribution = fields.String()
    state = fields.String(metadata={"enum": ["enabled", "disabled", "quarantined", "held_back"]})
    enabled = fields.Function(lambda plugin: plugin.state == "enabled", metadata={"type": "boolean"})
    hooks = fields.List(fields.String())
    reason = fields.String()
    changed_at = moment()
    changed_by = fields.String()
    waiting = fields.Integer()
    parked = fields.Integer()
    failed = fields.Integer()
    switched_off = fields.Integer(metadata={"description": "Of what is parked, how much because the plugin is off."})
    own_process = fields.Boolean(metadata={"description": "Whether its hooks and jobs run in a process of its own."})
    well = fields.Boolean(
        allow_none=True,
        metadata={"description": "Whether its health checks were well when last run; null without any."},
    )


class PluginSwitchSchema(Schema):
    enabled = YesNo()
    parked = fields.String(
        load_default="send",
        validate=validate.OneOf(["send", "drop"]),
        metadata={"description": "When it is switched on: what becomes of what was parked because it was off."},
    )
    own_process = YesNo(metadata={"description": "Run its hooks and jobs in a process of its own, or in the worker's."})

    @validates_schema
    def something_to_change(self, data: dict[str, Any], **_more: Any) -> None:
        if not {"enabled", "own_process"} & data.keys():
            raise ValidationError("Say what is to change: enabled, own_process or both.", "enabled")


class PluginListSchema(Schema):
    plugins = fields.List(fields.Nested(PluginSchema))
