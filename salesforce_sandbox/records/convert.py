"""Lead conversion: a Lead becomes a Contact of an Account and is from then on history."""

from __future__ import annotations

from typing import Any

from salesforce_sandbox.errors import ControlInputError
from salesforce_sandbox.org import Org
from salesforce_sandbox.records.write import create_record, stored_record, update_record

_CONVERTED = "Closed - Converted"
_SAME_IN_CONTACT = ("LastName", "FirstName", "Salutation", "Title", "Phone", "MobilePhone", "Fax", "Email", "OwnerId")
_ADDRESS = ("Street", "City", "State", "PostalCode", "Country")


def convert_lead(org: Org, lead_id: str, account_id: str | None, contact_id: str | None) -> dict[str, str]:
    """Convert a Lead into the Account and Contact given, or into new ones; its activities move along.

    Returns ``account_id`` and ``contact_id``. Raises ControlInputError for a Lead that cannot be converted.
    """
    lead = stored_record(org, "Lead", lead_id)
    if lead is None or lead["IsDeleted"] or lead["IsConverted"]:
        raise ControlInputError(f"There is no unconverted Lead {lead_id!r}")
    with org.database.transaction():
        account = _existing(org, "Account", account_id) or _create(org, "Account", _account(lead))
        contact = _existing(org, "Contact", contact_id) or _create(org, "Contact", _contact(lead, account))
        changes = {
            "IsConverted": True, "Status": _CONVERTED, "ConvertedDate": org.clock.stamp()[:10],
            "ConvertedAccountId": account, "ConvertedContactId": contact,
        }  # fmt: skip
        system = org.view(None)
        update_record(org, system, org.catalog["Lead"], lead_id, changes)
        for activity in ("Task", "Event"):
            _move_activities(org, activity, lead_id, contact)
    return {"account_id": account, "contact_id": contact}


def _existing(org: Org, sobject: str, record_id: str | None) -> str | None:
    if record_id is None:
        return None
    record = stored_record(org, sobject, record_id)
    if record is None or record["IsDeleted"]:
        raise ControlInputError(f"There is no {sobject} {record_id!r}")
    return str(record["Id"])


def _create(org: Org, sobject: str, fields: dict[str, Any]) -> str:
    given = {name: value for name, value in fields.items() if value is not None}
    return create_record(org, org.view(None), org.catalog[sobject], given)


def _account(lead: dict[str, Any]) -> dict[str, Any]:
    address = {f"Billing{part}": lead.get(part) for part in _ADDRESS}
    return {"Name": lead["Company"], "Phone": lead["Phone"], "Fax": lead["Fax"], "OwnerId": lead["OwnerId"]} | address


def _contact(lead: dict[str, Any], account_id: str) -> dict[str, Any]:
    address = {f"Mailing{part}": lead.get(part) for part in _ADDRESS}
    return {name: lead.get(name) for name in _SAME_IN_CONTACT} | address | {"AccountId": account_id}


def _move_activities(org: Org, sobject: str, lead_id: str, contact_id: str) -> None:
    rows = org.database.rows(f'SELECT Id FROM "{sobject}" WHERE WhoId = ? AND NOT IsDeleted', (lead_id,))  # noqa: S608 - fixed names
    for (record_id,) in rows:
        update_record(org, org.view(None), org.catalog[sobject], record_id, {"WhoId": contact_id})
