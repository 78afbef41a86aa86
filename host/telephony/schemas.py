"""The shape of inbound events (Standard Webhooks envelope, `call.*` types); unknown fields are ignored."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields, validate

from host.plugin_api.calls import CallOutcome, Direction
from host.telephony.fields import Moment, Seconds, Text, WebAddress, YesNo

MANY = validate.Length(max=100)


class Lenient(Schema):
    class Meta:  # noqa: D106 - marshmallow's place for options
        unknown = EXCLUDE


class EventExternalSchema(Lenient):
    number = Text(255, load_default=None, allow_none=True)
    raw = Text(255, load_default=None, allow_none=True)
    name = Text(255, cut=True, load_default=None, allow_none=True)
    withheld = YesNo(load_default=False)


class EventLineSchema(Lenient):
    number = Text(64, load_default=None, allow_none=True)


class EventAgentSchema(Lenient):
    extension = Text(32, required=True)
    name = Text(200, cut=True, load_default=None, allow_none=True)
    answered_at = Moment(load_default=None, allow_none=True)
    left_at = Moment(load_default=None, allow_none=True)


class EventQueueSchema(Lenient):
    name = Text(100, cut=True, load_default=None, allow_none=True)
    wait_seconds = Seconds(load_default=None, allow_none=True)


class EventHangupSchema(Lenient):
    by = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(("external", "agent", "system", "unknown"))
    )
    text = Text(100, cut=True, load_default=None, allow_none=True)


class EventTransferSchema(Lenient):
    kind = fields.String(required=True, validate=validate.OneOf(("blind", "attended")))
    from_ = Text(64, data_key="from", load_default=None, allow_none=True)
    to = Text(64, load_default=None, allow_none=True)
    at = Moment(load_default=None, allow_none=True)


class EventCallSchema(Lenient):
    id = Text(255, as_sent=True, required=True, validate=validate.Length(min=1))
    client_ref = Text(255, as_sent=True, load_default=None, allow_none=True)
    direction = fields.Enum(Direction, by_value=True, load_default=None, allow_none=True)
    external = fields.Nested(EventExternalSchema, load_default=None, allow_none=True)
    line = fields.Nested(EventLineSchema, load_default=None, allow_none=True)
    agents = fields.List(fields.Nested(EventAgentSchema), load_default=None, allow_none=True, validate=MANY)
    queue = fields.Nested(EventQueueSchema, load_default=None, allow_none=True)
    started_at = Moment(load_default=None, allow_none=True)
    answered_at = Moment(load_default=None, allow_none=True)
    ended_at = Moment(load_default=None, allow_none=True)
    ring_seconds = Seconds(load_default=None, allow_none=True)
    talk_seconds = Seconds(load_default=None, allow_none=True)
    outcome = fields.Enum(CallOutcome, by_value=True, load_default=None, allow_none=True)
    hangup = fields.Nested(EventHangupSchema, load_default=None, allow_none=True)
    transfers = fields.List(fields.Nested(EventTransferSchema), load_default=None, allow_none=True, validate=MANY)
    recording_url = WebAddress(2000, as_sent=True, load_default=None, allow_none=True)


class EventDataSchema(Lenient):
    source = Text(100, as_sent=True, load_default=None, allow_none=True)
    call = fields.Nested(EventCallSchema, required=True)


class EventSchema(Lenient):
    type = Text(100, as_sent=True, required=True)
    timestamp = Moment(required=True)
    data = fields.Nested(EventDataSchema, required=True)
