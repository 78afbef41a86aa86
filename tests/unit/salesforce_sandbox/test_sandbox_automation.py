"""Rules of an org's admins, locks and Lead conversion, without any server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesforce_sandbox.errors import ControlInputError, SalesforceError
from salesforce_sandbox.org import Org
from salesforce_sandbox.records.condition import compile_condition
from salesforce_sandbox.records.convert import convert_lead
from salesforce_sandbox.records.draft import Draft
from salesforce_sandbox.records.write import create_record, delete_record, stored_record, update_record
from salesforce_sandbox.schema.catalog import Catalog
from salesforce_sandbox.seed.org import seed
from salesforce_sandbox.users import LoginUser

CATALOG = Catalog()


def user_of(org: Org) -> LoginUser:
    return next(iter(org.users))


def create(org: Org, sobject: str, *, save_duplicates: bool = False, **fields: Any) -> str:
    view = replace(org.view(user_of(org)), save_duplicates=save_duplicates)
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
    ("condition", "expected"),
    [
        ('Status = "Completed"', True),
        ("Status == 'completed'", False),
        ("Status <> 'Completed' || Priority = 'High'", False),
        ("status = 'Completed' && !ISBLANK(Subject)", True),
        ("ISBLANK(Description)", True),
        ("NOT(ISBLANK(Description))", False),
        ("CallDurationInSeconds > 59", True),
        ("CallDurationInSeconds >= 60 && CallDurationInSeconds < 61", True),
        ("CallDurationInSeconds > 'a'", False),
        ("ReminderDateTime < '2026'", False),
        ("IsReminderSet = FALSE", True),
        ("LEN(Subject) = 4", True),
        ("BEGINS(Subject, 'Ca') && CONTAINS(Subject, 'al')", True),
        ("ISPICKVAL(Priority, 'Normal')", True),
        ("AND(TRUE, OR(FALSE, ISNEW()))", True),
        ("OR()", False),
        ("(Subject = 'It\\'s')", False),
        ("-1 < 0", True),
    ],
)
def test_conditions(condition: str, expected: bool) -> None:
    values = {
        "Status": "Completed",
        "Subject": "Call",
        "Priority": "Normal",
        "CallDurationInSeconds": 60,
        "IsReminderSet": 0,
    }
    task = CATALOG["Task"]
    draft = Draft(None, task, None, {}, values)  # type: ignore[arg-type]
    assert bool(compile_condition(task, condition)(draft)) is expected


@pytest.mark.parametrize(
    "condition",
    ["", "Nope = 1", "SHOUT(Subject)", "LEN()", "Status =", "a b", "(", "1 = 1 = 1", "TRUE" * 1000, "!" * 3800 + "TRUE"],
)
def test_what_is_no_condition_is_told(condition: str) -> None:
    with pytest.raises(ControlInputError):
        compile_condition(CATALOG["Task"], condition)


@given(st.text(alphabet="()!&|='\"<>ISBLANK, Subject1.\\", max_size=40))
def test_any_text_is_a_condition_or_is_told(text: str) -> None:
    task = CATALOG["Task"]
    try:
        compiled = compile_condition(task, text)
    except ControlInputError:
        return
    compiled(Draft(None, task, None, {}, {"Subject": "x"}))  # type: ignore[arg-type]


def test_a_validation_rule_refuses_and_names_its_field(org: Org) -> None:
    rule = {
        "object": "Task",
        "condition": "CallDurationInSeconds < 0",
        "message": "No time travel",
        "field": "CallDurationInSeconds",
    }
    org.change_automation({"validation_rules": [rule]})
    with pytest.raises(SalesforceError) as caught:
        create(org, "Task", Subject="x", CallDurationInSeconds=-1)
    assert caught.value.body() == {
        "message": "No time travel", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": ["CallDurationInSeconds"],
    }  # fmt: skip
    task = create(org, "Task", Subject="x", CallDurationInSeconds=1)
    with pytest.raises(SalesforceError):
        change(org, "Task", task, CallDurationInSeconds=-5)
    assert (stored_record(org, "Task", task) or {})["CallDurationInSeconds"] == 1


def test_a_trigger_refuses_on_its_event_only(org: Org) -> None:
    org.change_automation(
        {"triggers": [{"object": "Task", "name": "LogCall", "on": ["insert"], "message": "System.DmlException: no"}]}
    )
    with pytest.raises(SalesforceError) as caught:
        create(org, "Task", Subject="x")
    assert (caught.value.code, caught.value.status) == ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", 400)
    assert caught.value.message == "LogCall: execution of BeforeInsert\n\ncaused by: System.DmlException: no"
    contact = the(org, "Contact", "NOT IsPersonAccount")
    change(org, "Contact", contact, Title="x")


def test_a_duplicate_rule_answers_as_recorded(org: Org) -> None:
    org.change_automation({"duplicate_rules": [{"object": "Contact", "fields": ["Phone"], "allow_save": True}]})
    first = create(org, "Contact", LastName="a", Phone="050-1")
    with pytest.raises(SalesforceError) as caught:
        create(org, "Contact", LastName="b", Phone="050-1")
    body = caught.value.body()
    assert set(body) == {"duplicateResut", "errorCode", "message"}
    assert body["errorCode"] == "DUPLICATES_DETECTED"
    result = body["duplicateResut"]
    assert set(result) == {"allowSave", "duplicateRule", "duplicateRuleEntityType", "errorMessage", "matchResults"}
    assert result["matchResults"][0]["matchRecords"][0]["record"]["Id"] == first
    second = create(org, "Contact", LastName="b", Phone="050-1", save_duplicates=True)
    change(org, "Contact", second, Title="not about the phone")
    org.change_automation({"duplicate_rules": [{"object": "Contact", "fields": ["Phone"]}]})
    with pytest.raises(SalesforceError):
        create(org, "Contact", LastName="c", Phone="050-1", save_duplicates=True)


@pytest.mark.parametrize(
    "changes",
    [
        {"rules": []}, {"triggers": {}}, {"triggers": ["x"]}, {"triggers": [{"object": "Nope"}]},
        {"triggers": [{"object": "Task", "on": ["delete"]}]}, {"duplicate_rules": [{"object": "Task"}]},
        {"duplicate_rules": [{"object": "Task", "fields": ["Nope"]}]},
        {"validation_rules": [{"object": "Task", "condition": "TRUE", "field": "Nope"}]},
        {"validation_rules": [{"object": "Task", "condition": 3}]},
    ],
)  # fmt: skip
def test_wrong_rules_are_told_and_change_nothing(org: Org, changes: Any) -> None:
    with pytest.raises(ControlInputError):
        org.change_automation({"triggers": [], **changes})
    assert org.automation.facts == {"validation_rules": [], "triggers": [], "duplicate_rules": []}


def test_rules_live_through_a_restart_and_end_with_a_reset(tmp_path: Path) -> None:
    org = Org(tmp_path / "org.sqlite3")
    seed(org, "empty")
    org.change_automation({"triggers": [{"object": "Task"}]})
    org.database.close()
    again = Org(tmp_path / "org.sqlite3")
    with pytest.raises(SalesforceError):
        create(again, "Task", Subject="x")
    again.clear()
    seed(again, "empty")
    create(again, "Task", Subject="x")
    again.database.close()


def test_a_locked_record_refuses_a_number_of_writes(org: Org) -> None:
    contact = the(org, "Contact", "NOT IsPersonAccount")
    org.locks.hold(contact, None, 2)
    with pytest.raises(SalesforceError) as caught:
        change(org, "Contact", contact, Title="x")
    assert caught.value.body() == {
        "message": f"unable to obtain exclusive access to this record or 1 records: {contact}",
        "errorCode": "UNABLE_TO_LOCK_ROW", "fields": [],
    }  # fmt: skip
    view = org.view(user_of(org))
    with pytest.raises(SalesforceError):
        delete_record(org, view, org.catalog["Contact"], contact)
    change(org, "Contact", contact, Title="x")


def test_a_lock_ends_with_its_time(org: Org) -> None:
    contact = the(org, "Contact", "NOT IsPersonAccount")
    org.locks.hold(contact, 60_000, None)
    with pytest.raises(SalesforceError):
        change(org, "Contact", contact, Title="x")
    org.locks.hold(contact, 0, None)
    change(org, "Contact", contact, Title="x")


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"Status": "Completed", "ActivityDate": "2026-11-22"}, False),
        ({"Status": "Not Started"}, False),
        ({"Status": "Not Started", "ActivityDate": "2026-11-22"}, True),
    ],
)
def test_an_open_task_with_a_date_locks_whom_it_is_about(org: Org, fields: dict[str, str], refused: bool) -> None:
    contact = the(org, "Contact", "NOT IsPersonAccount")
    org.locks.hold(contact, None, 1)
    try:
        create(org, "Task", WhoId=contact, **fields)
    except SalesforceError as error:
        assert refused
        assert error.code == "UNABLE_TO_LOCK_ROW"
    else:
        assert not refused


def test_a_converted_lead_stays_but_is_history(org: Org) -> None:
    lead = the(org, "Lead", "NOT IsConverted")
    task = create(org, "Task", Subject="Call", WhoId=lead)
    made = convert_lead(org, lead, None, None)
    after = stored_record(org, "Lead", lead) or {}
    assert after["IsConverted"]
    assert (after["ConvertedAccountId"], after["ConvertedContactId"]) == (made["account_id"], made["contact_id"])
    contact = stored_record(org, "Contact", made["contact_id"]) or {}
    assert (contact["AccountId"], contact["Phone"]) == (made["account_id"], after["Phone"])
    assert (stored_record(org, "Task", task) or {})["WhoId"] == made["contact_id"]
    for attempt in (lambda: change(org, "Lead", lead, Phone="1"), lambda: create(org, "Task", WhoId=lead)):
        with pytest.raises(SalesforceError) as caught:
            attempt()
        assert caught.value.code == "CANNOT_UPDATE_CONVERTED_LEAD"
    with pytest.raises(ControlInputError):
        convert_lead(org, lead, None, None)


def test_a_lead_converts_into_records_that_exist(org: Org) -> None:
    lead = the(org, "Lead", "NOT IsConverted")
    account, contact = the(org, "Account", "NOT IsPersonAccount"), the(org, "Contact", "NOT IsPersonAccount")
    assert convert_lead(org, lead, account, contact) == {"account_id": account, "contact_id": contact}
    with pytest.raises(ControlInputError):
        convert_lead(org, account, None, None)
