"""The control API: counting, faults, rights and its own bad input."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from salesforce_sandbox.server import RunningSandbox
from tests.integration.sandbox.conftest import Api


def tasks(api: Api) -> int:
    count: int = api.query("SELECT COUNT() FROM Task").json()["totalSize"]
    return count


def test_usage_and_requests_tell_who_asked_what(api: Api, control: Callable[..., Any]) -> None:
    api.get("limits")
    api.query("SELECT Id FROM Lead")
    usage = control("usage")
    username = control("credentials")["username"]
    assert (usage["used"], usage["limit"]) == (2, 15000)
    assert usage["by_resource"] == {"limits": 1, "query": 1}
    assert usage["by_user"] == {username: 2}
    last = control("requests")["requests"][-1]
    assert (last["method"], last["status"], last["counted"], last["user"]) == ("GET", 200, 1, username)
    assert last["path"].startswith("/services/data/v51.0/query?q=SELECT")


def test_a_fault_answers_in_place_of_the_org(api: Api, control: Callable[..., Any]) -> None:
    lock = [{"message": "unable to obtain exclusive access to this record or 1 records: 0035cFAKEIDAQBGAA4",
             "errorCode": "UNABLE_TO_LOCK_ROW", "fields": []}]  # fmt: skip
    rules = [{"match": {"method": "POST", "path": "/sobjects/Task"}, "kind": "reply", "status": 400, "body": lock}]
    control("faults", rules)
    reply = api.post("sobjects/Task", {})
    assert (reply.status_code, reply.json()) == (400, lock)
    assert tasks(api) == 0
    assert api.post("sobjects/Task", {}).status_code == 201
    assert control("faults")["faults"][0]["hits"] == 1


def test_a_fault_may_be_html_and_may_wait_for_its_turn(api: Api, control: Callable[..., Any]) -> None:
    control("faults", [{"kind": "reply", "status": 502, "body": "<h1>Bad gateway</h1>", "after": 1, "times": 2}])
    assert [api.get("limits").status_code for _ in range(4)] == [200, 502, 502, 200]


@pytest.mark.parametrize(("kind", "left"), [("drop-before", 0), ("drop-after", 1)])
@pytest.mark.parametrize("tls", [False, True])
def test_a_connection_is_cut_before_or_after_the_write(
    sandbox: RunningSandbox, api: Api, control: Callable[..., Any], kind: str, left: int, tls: bool
) -> None:
    control("faults", [{"match": {"path": "/sobjects/Task"}, "kind": kind}])
    through = Api(sandbox.https_url if tls else sandbox.http_url, api.token)
    with pytest.raises(requests.ConnectionError), requests.Session() as session:
        session.trust_env = False
        headers = {"Authorization": f"Bearer {through.token}"}
        url = f"{through.url}/services/data/v51.0/sobjects/Task"
        session.post(url, json={}, headers=headers, verify=str(sandbox.ca_file), timeout=20)
    assert tasks(api) == left


def test_long_requests_at_once_are_limited(api: Api, control: Callable[..., Any]) -> None:
    control("settings", concurrency_limit=1, long_request_seconds=0.1)
    control("faults", [{"match": {"path": "/limits"}, "kind": "delay", "seconds": 30}])
    slow_reply: list[int] = []
    slow = threading.Thread(target=lambda: slow_reply.append(api.get("limits").status_code))
    slow.start()
    deadline = time.monotonic() + 10
    while (reply := api.query("SELECT Id FROM Lead")).status_code == 200 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (reply.status_code, reply.json()) == (
        403,
        [
            {
                "message": "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
                "errorCode": "REQUEST_LIMIT_EXCEEDED",
            }
        ],
    )
    control("faults", body=[])
    slow.join()
    assert slow_reply == [200], "what was let in is not refused for being slow itself"
    assert api.query("SELECT Id FROM Lead").status_code == 200


def test_custom_fields_at_run_time(api: Api, control: Callable[..., Any]) -> None:
    control("fields", object="Lead", name="Night_Phone__c", type="phone", label="夜間")
    body = {"LastName": "x", "Company": "y", "Night_Phone__c": "03-9999-1234"}
    assert api.post("sobjects/Lead", body).status_code == 201
    field = next(f for f in api.get("sobjects/Lead/describe").json()["fields"] if f["name"] == "Night_Phone__c")
    assert (field["type"], field["custom"], field["label"], field["length"]) == ("phone", True, "夜間", 40)
    search = {"q": "FIND {0399991234} IN PHONE FIELDS RETURNING Lead(Night_Phone__c)"}
    assert len(api.get("search", params=search).json()["searchRecords"]) == 1
    assert api.query("SELECT COUNT() FROM Lead WHERE Night_Phone__c = '03-9999-1234'").json()["totalSize"] == 1


def test_all_tokens_of_a_user_can_be_revoked(api: Api, control: Callable[..., Any]) -> None:
    control("revoke", username=control("credentials")["username"])
    assert api.get("limits").status_code == 401


def test_reset_gives_the_same_org_again(api: Api, control: Callable[..., Any]) -> None:
    before = api.query("SELECT Id, Name FROM Contact").json()
    key = control("credentials")["client_id"]
    control("fields", object="Lead", name="Gone__c", type="string")
    api.post("sobjects/Contact", {"LastName": "gone"})
    control("reset", seed="demo")
    assert api.get("limits").status_code == 401
    assert control("credentials")["client_id"] == key
    assert control("usage")["used"] == 0
    made = control("records", object="Contact", fields={"LastName": "next"})["ids"][0]
    assert made > max(r["Id"] for r in before["records"])
    control("reset", seed="empty")
    assert control("credentials")["username"]


def test_reset_can_make_it_another_org(control: Callable[..., Any]) -> None:
    before = control("credentials")
    control("reset", organization=2)
    after = control("credentials")
    assert after["organization_id"] not in ("", before["organization_id"])
    assert after["user_id"] == before["user_id"]
    control("reset", seed="demo")
    assert control("credentials")["organization_id"] == before["organization_id"]


def test_records_are_loaded_all_or_none(api: Api, sandbox: RunningSandbox, control: Callable[..., Any]) -> None:
    entries = [{"object": "Lead", "fields": {"LastName": "a", "Company": "b"}}, {"object": "Lead", "fields": {}}]
    reply = requests.post(f"{sandbox.http_url}/__sandbox__/records", json={"records": entries}, timeout=20)
    assert (reply.status_code, reply.json()["code"]) == (400, "REQUIRED_FIELD_MISSING")
    assert api.query("SELECT COUNT() FROM Lead WHERE LastName = 'a'").json()["totalSize"] == 0
    assert len(control("records", records=entries[:1] * 3)["ids"]) == 3


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("settings", {"nope": 1}),
        ("settings", {"daily_limit": "many"}),
        ("settings", {"search_mode": "guess"}),
        ("settings", {"rotation": 1}),
        ("settings", []),
        ("reset", {"seed": "huge"}),
        ("reset", {"organization": 0}),
        ("reset", {"organization": "2"}),
        ("records", {"object": "Nope", "fields": {}}),
        ("records", {"records": [1]}),
        ("records", {"object": "Contact"}),
        ("users/nobody@example.com", {}),
        ("users/alice@tsunagu-demo.example", {"nope": True}),
        ("users/alice@tsunagu-demo.example", {"objects": [1]}),
        ("users/alice@tsunagu-demo.example", {"objects": {"Nope": {"read": False}}}),
        ("users/alice@tsunagu-demo.example", {"fields": {"Contact.Nope": {"read": False}}}),
        ("users/alice@tsunagu-demo.example", {"fields": {"Contact.LastName": {"read": False}}}),
        ("fields", {"object": "Lead", "name": "NoSuffix", "type": "phone"}),
        ("fields", {"object": "Lead", "name": "A__c", "type": "rocket"}),
        ("fields", {"object": "Lead", "name": "A__c", "type": "string", "length": "x"}),
        ("faults", [{"kind": "explode"}]),
        ("faults", [{"kind": "reply", "match": {"path": "("}}]),
        ("faults", [{"kind": "reply", "times": "x"}]),
        ("faults", [1]),
        ("revoke", {"username": "nobody"}),
        ("clock", {"advance_seconds": "x"}),
        ("clock", {"advance_seconds": 10**30}),
    ],
)
def test_bad_input_is_told_and_changes_nothing(sandbox: RunningSandbox, path: str, body: Any) -> None:
    before = requests.get(f"{sandbox.http_url}/__sandbox__/settings", timeout=20).json()
    reply = requests.post(f"{sandbox.http_url}/__sandbox__/{path}", json=body, timeout=20)
    assert reply.status_code == 400
    assert reply.json()["error"]
    assert requests.get(f"{sandbox.http_url}/__sandbox__/settings", timeout=20).json() == before
