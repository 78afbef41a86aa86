"""Person accounts: an Account and its twin Contact hold the same person."""

from __future__ import annotations

from typing import Any

from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.records.draft import Draft
from salesforce_sandbox.schema.catalog import Catalog

_SAME = ("FirstName", "LastName", "Salutation", "Phone", "Fax", "OwnerId")
_PREFIXED = (
    "MobilePhone", "HomePhone", "OtherPhone", "AssistantPhone", "Email", "Title", "Department", "AssistantName",
    "LeadSource", "Birthdate", "MailingStreet", "MailingCity", "MailingState", "MailingPostalCode", "MailingCountry",
    "OtherStreet", "OtherCity", "OtherState", "OtherPostalCode", "OtherCountry",
)  # fmt: skip


def is_person(draft: Draft) -> bool:
    """Tell whether the account is, or by its LastName becomes, a person account."""
    if draft.before:
        return bool(draft.before.get("IsPersonAccount"))
    return draft.changes.get("LastName") is not None


def check_person_fields(draft: Draft) -> None:
    """A person account takes no Name, a business account no person field."""
    person = is_person(draft)
    wrong = [name for name in draft.changes if _belongs_to_other_kind(draft, name, person)]
    if wrong and draft.view.user is not None:
        message = f"Account: bad field names on insert/update call: {', '.join(wrong)}"
        raise SalesforceError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, wrong)


def _belongs_to_other_kind(draft: Draft, name: str, person: bool) -> bool:
    if person:
        return name == "Name"
    field = draft.sobject.field(name)
    return field is not None and field.person


def twin_changes(catalog: Catalog, account: dict[str, Any]) -> dict[str, Any]:
    """Return the Contact's values that follow from the Account's."""
    pairs = [(name, name) for name in _SAME] + [(name, f"Person{name}") for name in _PREFIXED]
    pairs += _custom_pairs(catalog)
    return {contact: account[person] for contact, person in pairs if person in account}


def account_changes(catalog: Catalog, contact: dict[str, Any]) -> dict[str, Any]:
    """Return the Account's values that follow from its twin's."""
    pairs = [(name, name) for name in _SAME] + [(name, f"Person{name}") for name in _PREFIXED]
    pairs += _custom_pairs(catalog)
    return {person: contact[name] for name, person in pairs if name in contact}


def _custom_pairs(catalog: Catalog) -> list[tuple[str, str]]:
    contact = catalog["Contact"]
    return [
        (twin.name, f.name)
        for f in catalog["Account"].fields.values()
        if f.name.endswith("__pc") and (twin := contact.field(f.name[:-3] + "_c")) is not None
    ]
