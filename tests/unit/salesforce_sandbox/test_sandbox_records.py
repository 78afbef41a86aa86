"""What a record write accepts, fills in and refuses."""

from __future__ import annotations

from typing import Any

import pytest

from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.org import Org
from salesforce_sandbox.records.write import create_record, delete_record, stored_record, update_record
from salesforce_sandbox.users import LoginUser


def user_of(org: Org) -> LoginUser:
    return next(iter(org.users))


def create(org: Org, sobject: str, **fields: Any) -> str:
    view = org.view(user_of(org))
    found = view.find(sobject)
    assert found is not None
    return create_record(org, view, found, fields)


def change(org: Org, sobject: str, record_id: str, **fields: Any) -> None:
    view = org.view(user_of(org))
    found = view.find(sobject)
    assert found is not None
    update_record(org, view, found, record_id, fields)


def the(org: Org, sobject: str, where: str) -> str:
    row = org.database.row(f'SELECT Id FROM "{sobject}" WHERE {where}')
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize(
    ("sobject", "fields", "code", "message", "named"),
    [
        ("Contact", {}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", ["LastName"]),
        ("Account", {"Phone": "1"}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", ["Name"]),
        ("Lead", {"LastName": "x"}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Company]", ["Company"]),
        ("Contact", {"Nope": 1}, "INVALID_FIELD", "No such column 'Nope' on sobject of type Contact", None),
        *(
            ("Contact", {"LastName": "x", "Birthdate": day}, "NUMBER_OUTSIDE_VALID_RANGE",
             f"Birthdate: invalid date: {day}", ["Birthdate"])
            for day in ("1699-12-31", "4001-01-01")
        ),
        (
            "Contact",
            {"LastName": "x", "Phone": "1" * 41},
            "STRING_TOO_LONG",
            f"Business Phone: data value too large: {'1' * 41} (max length=40)",
            ["Phone"],
        ),
        (
            "Task",
            {"CallType": "Sideways"},
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Call Type: bad value for restricted picklist field: Sideways",
            ["CallType"],
        ),
        (
            "Account",
            {"Name": "x", "AnnualRevenue": "banana"},
            "JSON_PARSER_ERROR",
            ("Cannot deserialize instance of currency from VALUE_STRING value banana or request may be missing a "
            "required field at [line:1, column:2]"),
            None,
        ),
        (
            "Contact",
            {"LastName": "x", "Name": "y"},
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            ("Unable to create/update fields: Name. Please check the security settings of this field and verify that "
            "it is read/write for your profile or permission set."),
            ["Name"],
        ),
        ("Task", {"WhoId": "001TS0000000001YAA"}, "FIELD_INTEGRITY_EXCEPTION",
         "Name ID: id value of incorrect type: 001TS0000000001YAA", ["WhoId"]),
        ("Task", {"WhoId": "003TS0000000ZZZ"}, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", []),
        ("Task", {"WhoId": "nonsense"}, "MALFORMED_ID", "Name ID: id value of incorrect type: nonsense", ["WhoId"]),
        ("Contact", {"LastName": "x", "Email": "y"}, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: y", ["Email"]),
        ("Account", {"Name": "x", "LastName": "y"}, "INVALID_FIELD_FOR_INSERT_UPDATE",
         "Account: bad field names on insert/update call: Name", ["Name"]),
        ("User", {"LastName": "x"}, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "entity type cannot be inserted: User", []),
    ],
)  # fmt: skip
def test_what_is_refused(org: Org, sobject: str, fields: dict[str, Any], code: str, message: str, named: Any) -> None:
    with pytest.raises(SalesforceError) as caught:
        create(org, sobject, **fields)
    assert (caught.value.code, caught.value.message, caught.value.fields) == (code, message, named)


def test_an_inactive_owner_is_refused(org: Org) -> None:
    carol = the(org, "User", "IsActive = 0")
    with pytest.raises(SalesforceError, match="INACTIVE_OWNER_OR_USER: operation performed with inactive user"):
        create(org, "Task", OwnerId=carol)


def test_a_lead_as_who_leaves_what_empty(org: Org) -> None:
    lead, account = the(org, "Lead", "IsConverted = 0"), the(org, "Account", "NOT IsPersonAccount")
    assert create(org, "Task", WhoId=lead)
    with pytest.raises(SalesforceError, match="FIELD_INTEGRITY_EXCEPTION"):
        create(org, "Task", WhoId=lead, WhatId=account)


def test_a_converted_lead_takes_no_activity_and_no_change(org: Org) -> None:
    lead = the(org, "Lead", "IsConverted = 1")
    with pytest.raises(SalesforceError, match="cannot reference converted lead"):
        create(org, "Task", WhoId=lead)
    with pytest.raises(SalesforceError, match="cannot update converted lead"):
        change(org, "Lead", lead, Title="x")


def test_a_task_gets_defaults_and_knows_its_account(org: Org) -> None:
    contact = the(org, "Contact", "LastName = '田中'")
    task = stored_record(org, "Task", create(org, "Task", WhoId=contact, Status="Completed", Subject="  Call "))
    assert task is not None
    assert (task["Priority"], task["IsClosed"], task["Subject"]) == ("Normal", 1, "Call")
    assert task["AccountId"] == the(org, "Account", "Name = 'みどり電機株式会社'")
    assert task["OwnerId"] == user_of(org).user_id


def test_a_record_not_shared_cannot_be_referenced(org: Org) -> None:
    contact = the(org, "Contact", "LastName = '田中'")
    user_of(org).hidden_records = [contact]
    with pytest.raises(SalesforceError) as caught:
        create(org, "Task", WhoId=contact)
    assert caught.value.message == f"insufficient access rights on cross-reference id: {contact[:15]}"


def test_rights_taken_away_are_missed(org: Org) -> None:
    user_of(org).objects = {"Task": {"create": False}, "Contact": {"edit": False, "delete": False}}
    user_of(org).fields = {"Lead.Title": {"edit": False}, "Lead.Fax": {"read": False}}
    contact, lead = the(org, "Contact", "LastName = '田中'"), the(org, "Lead", "IsConverted = 0")
    with pytest.raises(SalesforceError, match="entity type cannot be inserted: Task"):
        create(org, "Task")
    with pytest.raises(SalesforceError, match="INSUFFICIENT_ACCESS_OR_READONLY"):
        change(org, "Contact", contact, Title="x")
    with pytest.raises(SalesforceError, match="Unable to create/update fields: Title"):
        change(org, "Lead", lead, Title="x")
    with pytest.raises(SalesforceError, match="No such column 'Fax' on sobject of type Lead"):
        change(org, "Lead", lead, Fax="x")


def test_a_person_account_and_its_contact_are_one_person(org: Org) -> None:
    made = create(org, "Account", LastName="森", FirstName="葵", PersonMobilePhone="070-1")
    account = stored_record(org, "Account", made)
    assert account is not None
    contact = stored_record(org, "Contact", account["PersonContactId"])
    assert contact is not None
    assert (account["Name"], contact["Name"], contact["MobilePhone"]) == ("森 葵", "森 葵", "070-1")
    assert (contact["IsPersonAccount"], contact["AccountId"]) == (1, made)
    change(org, "Contact", contact["Id"], MobilePhone="070-2", LastName="林")
    account = stored_record(org, "Account", made)
    assert account is not None
    assert (account["Name"], account["PersonMobilePhone"]) == ("林 葵", "070-2")
    change(org, "Account", made, PersonMobilePhone="070-3")
    contact = stored_record(org, "Contact", contact["Id"])
    assert contact is not None
    assert contact["MobilePhone"] == "070-3"
    view = org.view(user_of(org))
    delete_record(org, view, org.catalog["Account"], made)
    contact = stored_record(org, "Contact", contact["Id"])
    assert contact is not None
    assert contact["IsDeleted"] == 1


def test_changing_a_business_account_keeps_its_name(org: Org) -> None:
    account = the(org, "Account", "Name = 'みどり電機株式会社'")
    change(org, "Account", account, Phone="1")
    stored = stored_record(org, "Account", account)
    assert stored is not None
    assert (stored["Name"], stored["Phone"]) == ("みどり電機株式会社", "1")


def test_a_deleted_record_is_gone(org: Org) -> None:
    contact = the(org, "Contact", "LastName = '田中'")
    view = org.view(user_of(org))
    delete_record(org, view, org.catalog["Contact"], contact)
    with pytest.raises(SalesforceError, match="ENTITY_IS_DELETED"):
        delete_record(org, view, org.catalog["Contact"], contact)
    with pytest.raises(SalesforceError, match="ENTITY_IS_DELETED"):
        create(org, "Task", WhoId=contact)
    with pytest.raises(SalesforceError, match="INVALID_CROSS_REFERENCE_KEY"):
        change(org, "Contact", "003TS0000000ZZZAAA", Title="x")


def test_a_unique_value_is_taken_once(org: Org) -> None:
    first = create(org, "Task", Call_Id__c="c1")
    with pytest.raises(SalesforceError) as caught:
        create(org, "Task", Call_Id__c="c1")
    assert caught.value.code == "DUPLICATE_VALUE"
    assert caught.value.message == f"duplicate value found: Call_Id__c duplicates value on record with id: {first[:15]}"


def test_a_required_field_cannot_be_emptied(org: Org) -> None:
    task = create(org, "Task")
    for field in ("Status", "OwnerId"):
        with pytest.raises(SalesforceError, match=f"Required fields are missing: \\[{field}\\]"):
            change(org, "Task", task, **{field: None})


def test_a_failed_write_leaves_nothing(org: Org) -> None:
    before = org.database.row('SELECT COUNT(*) FROM "Task"')
    with pytest.raises(SalesforceError):
        create(org, "Task", Subject="x", WhoId="003TS0000000ZZZ")
    assert org.database.row('SELECT COUNT(*) FROM "Task"') == before
