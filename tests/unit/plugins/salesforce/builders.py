"""Rows and schemas as Salesforce gives them, short to write."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from plugins.salesforce.domain.schema import ObjectSchema, OrgSchema, PhoneField

NUMBER = "+81312345678"
REGION = "JP"
CONTACT_PHONES = ("Phone", "Fax", "MobilePhone", "HomePhone", "OtherPhone", "AssistantPhone")
ACCOUNT_PHONES = ("Phone", "Fax")
PERSON_PHONES = (*ACCOUNT_PHONES, "PersonMobilePhone", "PersonHomePhone", "PersonOtherPhone", "PersonAssistantPhone")
LEAD_PHONES = ("Phone", "MobilePhone", "Fax")


def schema(name: str, fields: tuple[str, ...], phones: tuple[str, ...], *, searchable: bool = True) -> ObjectSchema:
    return ObjectSchema(
        name=name,
        fields=frozenset({"Id", "Name", "LastModifiedDate", *fields}),
        phones=tuple(PhoneField(name=phone, label=phone) for phone in phones),
        searchable=searchable,
    )


CONTACT = schema("Contact", ("AccountId", "IsPersonAccount"), CONTACT_PHONES)
ACCOUNT = schema("Account", ("IsPersonAccount", "PersonContactId"), PERSON_PHONES)
LEAD = schema("Lead", ("Company", "IsConverted"), LEAD_PHONES)
ALL = (CONTACT, ACCOUNT, LEAD)
ORG = OrgSchema(objects=ALL, read_at=datetime(2026, 11, 22, tzinfo=UTC))
PLAIN_CONTACT = schema("Contact", ("AccountId",), CONTACT_PHONES)
PLAIN_ACCOUNT = schema("Account", (), ACCOUNT_PHONES)


def row(kind: str, record_id: str, *, changed: str = "2026-01-15T12:34:56.000+0000", **values: Any) -> dict[str, Any]:
    attributes = {"type": kind, "url": f"/services/data/v51.0/sobjects/{kind}/{record_id}"}
    return {"attributes": attributes, "Id": record_id, "LastModifiedDate": changed, **values}
