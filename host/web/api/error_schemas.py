"""The shapes the API's routes of integration errors take and give."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from host.telephony.fields import YesNo
from host.web.api.schemas import moment
from host.web.storable_integer import LARGEST

MOST_IDS = 500
_PLUGIN = re.compile(r"[a-z0-9_]{1,64}")
_REASON = re.compile(r"[a-z_]{1,20}-[0-9a-f]{16}")
_ONE_OF = "Give either plugin (with or without reason), or delivery_ids, or all: true."


def is_plugin(text: str) -> bool:
    """Whether this can be the name of a plugin."""
    return _PLUGIN.fullmatch(text) is not None


def is_reason(text: str) -> bool:
    """Whether this can be the key of a reason."""
    return _REASON.fullmatch(text) is not None


def _plugin(text: str) -> None:
    if text and not is_plugin(text):
        raise ValidationError("This is no name of a plugin.")


def _reason(text: str) -> None:
    if text and not is_reason(text):
        raise ValidationError("This is no key of a reason: take `reason` of GET /api/v1/errors.")


class ErrorQuerySchema(Schema):
    plugin = fields.String(load_default="", validate=_plugin)


class AffectedQuerySchema(Schema):
    before = fields.Integer(
        load_default=None, validate=validate.Range(1, LARGEST), metadata={"description": "`before` of the page in front."}
    )


class ErrorGroupSchema(Schema):
    plugin = fields.String()
    reason = fields.String(metadata={"description": "The key of the reason."})
    kind = fields.String(
        metadata={"enum": ["failed", "retrying", "reauthorise", "configure", "disabled", "set_aside"]},
    )
    message = fields.String(metadata={"description": "What happened, with … for what differs."})
    example = fields.String(metadata={"description": "The newest one's own words."})
    stopped = fields.Integer()
    going = fields.Integer(metadata={"description": "How many of those that were stopped are being tried again now."})
    since = moment()
    latest = moment()
    due_at = moment()


class ErrorListSchema(Schema):
    errors = fields.List(fields.Nested(ErrorGroupSchema))
    more = fields.Integer(metadata={"description": "How many reasons there are besides."})


class AffectedSchema(Schema):
    id = fields.Integer()
    call_id = fields.String()
    hook = fields.String()
    state = fields.String()
    message = fields.String()
    occurred_at = moment()
    updated_at = moment()


class AffectedListSchema(Schema):
    deliveries = fields.List(fields.Nested(AffectedSchema))
    before = fields.Integer(allow_none=True, metadata={"description": "Asks for the ones behind; null at the end."})


class ChosenSchema(Schema):
    plugin = fields.String(load_default="", validate=_plugin)
    reason = fields.String(load_default="", validate=_reason)
    delivery_ids = fields.List(
        fields.Integer(strict=True, validate=validate.Range(1, LARGEST)),
        load_default=list,
        validate=validate.Length(max=MOST_IDS),
    )
    all = YesNo(load_default=False)

    @validates_schema
    def one_way(self, data: dict[str, Any], **_kwargs: Any) -> None:
        ways = (bool(data.get("plugin")), bool(data.get("delivery_ids")), bool(data.get("all")))
        if sum(ways) != 1 or (data.get("reason") and not data.get("plugin")):
            raise ValidationError(_ONE_OF)


class MendedSchema(Schema):
    count = fields.Integer()
    unfinished = fields.Boolean(metadata={"description": "There is more than was done in one go: ask again."})
