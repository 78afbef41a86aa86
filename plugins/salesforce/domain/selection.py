"""Which fields of an object are asked for, so that one reply holds all a decision needs."""

from __future__ import annotations

from collections.abc import Sequence

from plugins.salesforce.domain.schema import PLAIN_FIELDS, ObjectSchema


def selected_fields(schema: ObjectSchema, readable: Sequence[ObjectSchema]) -> tuple[str, ...]:
    """The field list for SELECT or RETURNING.

    A Contact also tells its Account's name and date, if the Account may be read: its name is the company, and the date is
    that of a person account whose twin the Contact may be.
    """
    plain = tuple(name for name in PLAIN_FIELDS[schema.name] if name in schema.fields)
    phones = tuple(phone.name for phone in schema.phones)
    return plain + _through_account(schema, readable) + phones


def _through_account(schema: ObjectSchema, readable: Sequence[ObjectSchema]) -> tuple[str, ...]:
    account = next((found for found in readable if found.name == "Account"), None)
    if schema.name != "Contact" or "AccountId" not in schema.fields or account is None:
        return ()
    return tuple(f"Account.{name}" for name in ("Name", "LastModifiedDate") if name in account.fields)


def only_open_leads(schema: ObjectSchema) -> str:
    """The condition that leaves converted leads out, or "" for other objects."""
    return "IsConverted = false" if schema.name == "Lead" and "IsConverted" in schema.fields else ""
