"""Rules, locks, conversion, sharing and switches, set by the control API and met through REST."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from salesforce_sandbox.server import RunningSandbox
from tests.integration.sandbox.conftest import Api


def first(api: Api, query: str) -> str:
    found: str = api.query(query).json()["records"][0]["Id"]
    return found


def refusal(reply: requests.Response) -> tuple[int, str]:
    assert not reply.ok, reply.text
    return reply.status_code, reply.json()[0]["errorCode"]


def test_rules_and_locks_by_control(api: Api, control: Any) -> None:
    rule = {"object": "Task", "condition": "ISBLANK(CallDisposition)", "message": "Say how it went"}
    control("automation", validation_rules=[rule])
    reply = api.post("sobjects/Task", {"Subject": "Call"})
    assert (reply.status_code, reply.json()) == (400, [
        {"message": "Say how it went", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": []},
    ])  # fmt: skip
    contact = first(api, "SELECT Id FROM Contact LIMIT 1")
    control("locks", record_id=contact[:15], requests=1)
    assert control("locks")["locks"] == [{"record_id": contact, "requests": 1, "milliseconds": None}]
    assert refusal(api.call("PATCH", f"sobjects/Contact/{contact}", json={"Title": "x"})) == (400, "UNABLE_TO_LOCK_ROW")
    assert api.call("PATCH", f"sobjects/Contact/{contact}", json={"Title": "x"}).status_code == 204
    control("automation", validation_rules=[])
    assert api.post("sobjects/Task", {"Subject": "Call"}).status_code == 201


def test_a_duplicate_is_saved_where_the_header_says_so(api: Api, control: Any) -> None:
    control("automation", duplicate_rules=[{"object": "Lead", "fields": ["Company"], "allow_save": True}])
    lead = {"LastName": "x", "Company": "伊藤工務店"}
    reply = api.post("sobjects/Lead", lead)
    assert reply.status_code == 400
    record = reply.json()[0]["duplicateResut"]["matchResults"][0]["matchRecords"][0]["record"]
    assert record["attributes"]["url"] == f"/services/data/v51.0/sobjects/Lead/{record['Id']}"
    assert api.post("sobjects/Lead", lead, headers={"Sforce-Duplicate-Rule-Header": "allowSave=true"}).status_code == 201


def test_a_converted_lead_is_still_found(api: Api, control: Any) -> None:
    lead = first(api, "SELECT Id FROM Lead WHERE IsConverted = false LIMIT 1")
    made = control("convert", lead_id=lead)
    query = f"SELECT Id, ConvertedContactId FROM Lead WHERE IsConverted = true AND Id = '{lead}'"
    assert api.query(query).json()["records"][0]["ConvertedContactId"] == made["contact_id"]
    reply = api.call("PATCH", f"sobjects/Lead/{lead}", json={"Phone": "1"})
    assert refusal(reply) == (400, "CANNOT_UPDATE_CONVERTED_LEAD")


def test_an_inactive_owner_and_a_contact_that_is_not_shared(api: Api, control: Any) -> None:
    contact = first(api, "SELECT Id FROM Contact LIMIT 1")
    users = {user["username"].partition("@")[0]: user for user in control("credentials")["users"]}
    control(f"users/{users['alice']['username']}", active=False)
    task = {"Subject": "Call", "OwnerId": users["alice"]["user_id"]}
    assert refusal(api.post("sobjects/Task", task)) == (400, "INACTIVE_OWNER_OR_USER")
    control(f"users/{users['integration']['username']}", hidden_records=[contact])
    assert refusal(api.post("sobjects/Task", {"Subject": "Call", "WhoId": contact})) == (
        400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
    )  # fmt: skip
    assert api.query(f"SELECT Id FROM Contact WHERE Id = '{contact}'").json()["totalSize"] == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("automation", {"rules": []}), ("automation", []), ("locks", {}), ("locks", {"record_id": "x", "requests": 1}),
        ("locks", {"record_id": "003TS0000000001", "requests": -1}), ("locks", {"record_id": "003TS0000000001"}),
        ("convert", {}), ("convert", {"lead_id": 3}), ("convert", {"lead_id": "00QTS0000099999"}),
        ("users/alice@tsunagu-demo.example", {"active": 1.5}), ("users/nobody", {"active": True}),
        ("users/alice@tsunagu-demo.example", {"login_refusal": "MOOD"}), ("settings", {"login_refusal": "MOOD"}),
        ("settings", {"failed_logins_allowed": -1}),
    ],
)  # fmt: skip
def test_bad_control_input_is_told(sandbox: RunningSandbox, path: str, body: Any) -> None:
    reply = requests.post(f"{sandbox.http_url}/__sandbox__/{path}", json=body, timeout=20)
    assert reply.status_code == 400
    assert reply.json()["error"]
