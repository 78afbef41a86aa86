"""The shapes of the contact book's REST API."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from plugins.contacts.domain.entry import LONGEST_NAME
from plugins.contacts.queries import LONGEST_SEARCH

LONGEST_NUMBER = 100
MOST_PER_PAGE = 200


class RecordLinkSchema(Schema):
    object = fields.String()
    id = fields.String()


class ContactEntrySchema(Schema):
    id = fields.Integer()
    number = fields.String(attribute="entry.number", metadata={"description": "E.164"})
    company = fields.String(attribute="entry.company")
    person = fields.String(attribute="entry.person")
    source = fields.String(attribute="entry.source", metadata={"description": "The plugin that wrote it, or “manual”."})
    record = fields.Nested(RecordLinkSchema, attribute="entry.record", allow_none=True)
    record_url = fields.String(attribute="entry.record_url")
    created_at = fields.AwareDateTime(format="iso")
    updated_at = fields.AwareDateTime(format="iso", attribute="entry.updated_at")
    updated_by = fields.String()


class ContactListSchema(Schema):
    contacts = fields.List(fields.Nested(ContactEntrySchema))
    next_cursor = fields.String(allow_none=True)


class ContactQuerySchema(Schema):
    number = fields.String(
        validate=validate.Length(1, LONGEST_NUMBER), metadata={"description": "A telephone number in any writing."}
    )
    search = fields.String(
        validate=validate.Length(1, LONGEST_SEARCH), metadata={"description": "A part of a name, or of a number."}
    )
    cursor = fields.String(validate=validate.Length(1, 500))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST_PER_PAGE))


class NewContactSchema(Schema):
    number = fields.String(
        required=True,
        validate=validate.Length(1, LONGEST_NUMBER),
        metadata={"description": "In any writing; kept as E.164.", "example": "03-1234-5678"},
    )
    company = fields.String(load_default="", validate=validate.Length(max=LONGEST_NAME))
    person = fields.String(load_default="", validate=validate.Length(max=LONGEST_NAME))


class ContactPatchSchema(Schema):
    number = fields.String(validate=validate.Length(1, LONGEST_NUMBER))
    company = fields.String(validate=validate.Length(max=LONGEST_NAME))
    person = fields.String(validate=validate.Length(max=LONGEST_NAME))
