"""Small things in Salesforce's answers that a client written against the real one leans on."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest
import requests

from salesforce_sandbox.server import RunningSandbox
from tests.integration.sandbox.conftest import Api


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("sobjects/Contact", "HEAD,GET,POST"),
        ("sobjects/Contact/003000000000000AAA", "HEAD,GET,PATCH,DELETE"),
        ("composite", "POST"),
    ],
)
def test_a_wrong_method_tells_the_right_ones_head_first(api: Api, path: str, allowed: str) -> None:
    reply = api.call("PUT", path, json={})
    message = f"HTTP Method 'PUT' not allowed. Allowed are {allowed}"
    assert (reply.status_code, reply.json()) == (405, [{"message": message, "errorCode": "METHOD_NOT_ALLOWED"}])
    assert reply.headers["Allow"] == allowed


def test_a_new_record_cannot_be_given_an_id(api: Api) -> None:
    reply = api.post("sobjects/Contact", {"LastName": "x", "Id": "003000000000000AAA"})
    expected = {"errorCode": "INVALID_FIELD_FOR_INSERT_UPDATE", "message": "cannot specify Id in an insert call"}
    assert (reply.status_code, reply.json()) == (400, [{**expected, "fields": ["Id"]}])


def test_a_locator_reaches_no_further_than_its_result(api: Api, control: Callable[..., Any]) -> None:
    lead = {"object": "Lead", "fields": {"LastName": "many", "Company": "x"}}
    control("records", records=[lead] * 2001)
    page = api.query("SELECT Id FROM Lead WHERE LastName = 'many'").json()
    locator = page["nextRecordsUrl"].rpartition("/")[2].partition("-")[0]
    assert len(api.get(f"query/{locator}-2000").json()["records"]) == 1
    for beyond in ("2001", "9999"):
        reply = api.get(f"query/{locator}-{beyond}")
        assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_an_external_id_that_is_not_unique_may_name_several_records(api: Api, control: Callable[..., Any]) -> None:
    """Documented: 300 with the addresses of the records; nothing is written."""
    control("fields", object="Contact", name="Badge__c", type="string", external_id=True)
    entry = {"object": "Contact", "fields": {"LastName": "twin", "Badge__c": "b-1"}}
    twins = control("records", records=[entry, entry])["ids"]
    addresses = [f"/services/data/v51.0/sobjects/Contact/{twin}" for twin in twins]
    path = "sobjects/Contact/Badge__c/b-1"
    for reply in (api.get(path), api.call("PATCH", path, json={"Title": "x"})):
        assert (reply.status_code, reply.json()) == (300, addresses)
    body = {"records": [{"attributes": {"type": "Contact"}, "Badge__c": "b-1", "Title": "x"}]}
    refused = api.call("PATCH", "composite/sobjects/Contact/Badge__c", json=body).json()[0]
    assert (refused["success"], refused["errors"][0]["statusCode"]) == (False, "DUPLICATE_EXTERNAL_ID")
    assert api.query("SELECT COUNT() FROM Contact WHERE Title = 'x'").json()["totalSize"] == 0


@pytest.mark.parametrize("length", ["abc", "-5"])
def test_a_length_that_is_none_is_a_bad_request(sandbox: RunningSandbox, length: str) -> None:
    host, port = sandbox.http_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as client:
        client.sendall(f"POST /services/data/ HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
        answer = client.makefile("rb").read().decode()
    assert answer.startswith("HTTP/1.1 400 ")
    assert answer.count("Connection: close") == 1


@pytest.mark.parametrize("path", ["reset", "revoke"])
@pytest.mark.parametrize("body", [{"sede": "empty"}, {"user": "alice@tsunagu-demo.example"}])
def test_a_misspelt_key_changes_nothing(sandbox: RunningSandbox, api: Api, path: str, body: dict[str, str]) -> None:
    reply = requests.post(f"{sandbox.http_url}/__sandbox__/{path}", json=body, timeout=20)
    assert reply.status_code == 400
    assert next(iter(body)) in reply.json()["error"]
    assert api.get("limits").status_code == 200
