"""REST over HTTP: transport, recorded error bodies, records, composite and counting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from salesforce_sandbox import ids
from salesforce_sandbox.server import RunningSandbox
from tests.integration.sandbox.conftest import Api

NOT_FOUND = [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
MISSING_ID = ids.make_id("003", 10**6)
EXPIRED = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def one(api: Api, text: str) -> dict[str, Any]:
    record: dict[str, Any] = api.query(text).json()["records"][0]
    return record


def test_versions_are_listed_without_login_and_uncounted(sandbox: RunningSandbox, control: Callable[..., Any]) -> None:
    reply = requests.get(f"{sandbox.http_url}/services/data/", timeout=20)
    listed = reply.json()
    assert (listed[0]["version"], listed[-1]["version"]) == ("31.0", "68.0")
    assert {"label": "Spring '21", "url": "/services/data/v51.0", "version": "51.0"} in listed
    assert "Sforce-Limit-Info" not in reply.headers
    assert requests.get(f"{sandbox.http_url}/services/data", timeout=20).json() == listed
    assert control("usage")["used"] == 0


def test_every_counted_reply_tells_the_usage(api: Api) -> None:
    first, second = api.get("limits"), api.get("sobjects/Nope/describe")
    assert first.headers["Sforce-Limit-Info"] == "api-usage=1/15000"
    assert second.headers["Sforce-Limit-Info"] == "api-usage=2/15000"
    assert first.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert first.json()["DailyApiRequests"] == {"Max": 15000, "Remaining": 14999}


def test_retired_and_unknown_versions(api: Api) -> None:
    assert Api(api.url, api.token, "30.0").get("limits").status_code == 410
    assert Api(api.url, api.token, "69.0").get("limits").status_code == 404
    assert Api(api.url, api.token, "31.0").get("limits").status_code == 200
    assert Api(api.url, api.token, "37.0").post("composite", {}).json() == NOT_FOUND


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (None, EXPIRED),
        ("Bearer nothing", EXPIRED),
        ("Bearer", [{"message": "INVALID_HEADER_TYPE", "errorCode": "INVALID_AUTH_HEADER"}]),
        ("Basic abc", [{"message": "INVALID_HEADER_TYPE", "errorCode": "INVALID_AUTH_HEADER"}]),
    ],
)
def test_who_is_not_logged_in(sandbox: RunningSandbox, header: str | None, body: Any) -> None:
    headers = {"Authorization": header} if header else {}
    reply = requests.get(f"{sandbox.http_url}/services/data/v51.0/limits", headers=headers, timeout=20)
    assert (reply.status_code, reply.json()) == (401, body)


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("query", 400, [{"message": "A query string has to be specified", "errorCode": "MALFORMED_QUERY"}]),
        ("query?q=", 400, [{"message": "SOQL statements cannot be empty or null", "errorCode": "MALFORMED_QUERY"}]),
        ("nothing", 404, NOT_FOUND),
        ("sobjects/XYZZY", 404, NOT_FOUND),
        ("sobjects/XYZZY/describe", 404, NOT_FOUND),
        ("sobjects/Contact/Id/x/y", 404, NOT_FOUND),
        ("search?q=kate", 400,
         [{"message": "No search term found. The search term must be enclosed in braces.",
           "errorCode": "MALFORMED_SEARCH"}]),
    ],
)  # fmt: skip
def test_recorded_error_bodies(api: Api, path: str, status: int, body: Any) -> None:
    reply = api.get(path)
    assert (reply.status_code, reply.json()) == (status, body)


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (
            {"FirstName": "x"},
            [{"message": "Required fields are missing: [LastName]", "errorCode": "REQUIRED_FIELD_MISSING",
              "fields": ["LastName"]}],
        ),
        (
            {"LastName": "x", "Name": "y"},
            [{"message": "Unable to create/update fields: Name. Please check the security settings of this field and "
              "verify that it is read/write for your profile or permission set.",
              "errorCode": "INVALID_FIELD_FOR_INSERT_UPDATE", "fields": ["Name"]}],
        ),
    ],
)  # fmt: skip
def test_recorded_write_errors(api: Api, sent: dict[str, str], body: Any) -> None:
    reply = api.post("sobjects/Contact", sent)
    assert (reply.status_code, reply.json()) == (400, body)


def test_create_read_change_delete(api: Api) -> None:
    made = api.post("sobjects/Contact", {"LastName": "新", "FirstName": "一"})
    record_id = made.json()["id"]
    assert (made.status_code, made.json()) == (201, {"id": record_id, "success": True, "errors": []})
    assert made.headers["Location"] == f"/services/data/v51.0/sobjects/Contact/{record_id}"
    assert record_id.startswith("003")
    path = f"sobjects/Contact/{record_id}"
    assert api.call("PATCH", path, json={"Phone": "03-1"}).status_code == 204
    read = api.get(path[:-3], params={"fields": "Name,Phone"}).json()
    assert read == {
        "attributes": {"type": "Contact", "url": f"/services/data/v51.0/sobjects/Contact/{record_id}"},
        "Name": "新 一", "Phone": "03-1", "Id": record_id,
    }  # fmt: skip
    assert api.call("DELETE", path).status_code == 204
    gone = api.get(path)
    assert (gone.status_code, gone.json()[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")
    missing = api.call("PATCH", f"sobjects/Contact/{MISSING_ID}", json={"Phone": "1"})
    assert (missing.status_code, missing.json()[0]["errorCode"]) == (404, "INVALID_CROSS_REFERENCE_KEY")
    assert api.get(f"sobjects/Contact/{MISSING_ID}").json() == NOT_FOUND
    for wrong in ("nonsense", "001TS0000000001YAA", MISSING_ID[:-1] + "5"):
        for method in ("GET", "PATCH", "DELETE"):
            reply = api.call(method, f"sobjects/Contact/{wrong}", json={})
            assert (reply.status_code, reply.json()[0]["errorCode"]) == (404, "NOT_FOUND")


def test_dates_have_no_colon_in_the_zone(api: Api) -> None:
    row = one(api, "SELECT LastModifiedDate FROM Contact WHERE MobilePhone = '090-1234-5678'")
    assert row["LastModifiedDate"] == "2026-09-01T03:00:00.000+0000"


def test_if_unmodified_since(api: Api, control: Callable[..., Any]) -> None:
    fields = {"LastName": "x", "LastModifiedDate": "2026-05-01T00:00:10.000+0000"}
    path = "sobjects/Contact/" + control("records", object="Contact", fields=fields)["ids"][0]

    def change(header: str) -> int:
        return api.call("PATCH", path, json={"Title": "t"}, headers={"If-Unmodified-Since": header}).status_code

    assert change("Fri, 01 May 2026 00:00:09 GMT") == 412
    assert change("nonsense") == 400
    assert one(api, f"SELECT Title FROM Contact WHERE Id = '{path[-18:]}'")["Title"] is None
    assert change("Fri, 01 May 2026 00:00:10 GMT") == 204
    assert change("Fri, 01 May 2026 00:00:10 GMT") == 412
    assert api.get(path, headers={"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}).status_code == 304


def test_upsert_by_external_id(api: Api) -> None:
    path = "sobjects/Task/Call_Id__c/c-9"
    first, second = (api.call("PATCH", path, json={"Subject": s}) for s in ("a", "b"))
    assert (first.status_code, second.status_code) == (201, 200)
    assert (first.json()["created"], second.json()["created"]) == (True, False)
    assert first.json()["id"] == second.json()["id"]
    assert api.get(path).json()["Subject"] == "b"
    assert api.call("PATCH", "sobjects/Task/Subject/x", json={}).status_code == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff", b'{"LastName": NaN}', b'{"LastName": "\\ud800"}'])
def test_broken_json(api: Api, body: bytes) -> None:
    reply = api.call("POST", "sobjects/Contact", data=body)
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_deeply_nested_json(api: Api) -> None:
    for depth in (400, 100_000):
        reply = api.call("POST", "composite", data=b'{"compositeRequest":' + b"[" * depth + b"]" * depth + b"}")
        assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_a_method_that_is_not_allowed(api: Api) -> None:
    reply = api.call("PUT", "sobjects/Contact", json={})
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (405, "METHOD_NOT_ALLOWED")


def test_uris_and_heads_that_are_too_long(api: Api) -> None:
    assert api.query("SELECT Id FROM Contact WHERE Phone = '" + "1" * 17_000 + "'").status_code == 414
    long = api.get("limits", headers={"X-Long": "x" * 16_300})
    assert long.status_code == 431


def test_describe_shows_what_the_user_may_see(api: Api, control: Callable[..., Any]) -> None:
    fields = {f["name"]: f for f in api.get("sobjects/Contact/describe").json()["fields"]}
    phone = fields["Phone"]
    assert (phone["type"], phone["length"], phone["label"]) == ("phone", 40, "Business Phone")
    assert phone["filterable"] and phone["createable"] and phone["updateable"] and phone["nillable"]
    assert fields["Direct_Line__c"]["custom"] is True
    assert not fields["Name"]["createable"]
    username = control("credentials")["username"]
    control(
        f"users/{username}",
        objects={"Lead": {"read": False}, "Task": {"create": False}},
        fields={"Contact.Fax": {"read": False}, "Contact.Title": {"edit": False}},
    )
    fields = {f["name"]: f for f in api.get("sobjects/Contact/describe").json()["fields"]}
    assert "Fax" not in fields
    assert not fields["Title"]["updateable"]
    assert api.get("sobjects/Lead/describe").json() == NOT_FOUND
    listed = {o["name"]: o for o in api.get("sobjects").json()["sobjects"]}
    assert "Lead" not in listed
    assert listed["Task"]["createable"] is False


def test_search_answers_a_bare_array_up_to_v36(api: Api) -> None:
    params = {"q": "FIND {kate} RETURNING Contact(Name)"}
    found = api.get("search", params=params).json()["searchRecords"]
    assert [r["Name"] for r in found] == ["O'Neil Kate"]
    assert len(Api(api.url, api.token, "36.0").get("search", params=params).json()) == 1


def test_parameterized_search(api: Api) -> None:
    body = {
        "q": "819087654325", "in": "PHONE", "fields": ["Id"], "overallLimit": 5,
        "sobjects": [{"name": "Contact", "fields": ["Name"], "where": "IsPersonAccount = false"}, {"name": "Lead"}],
    }  # fmt: skip
    assert [r["Name"] for r in api.post("parameterizedSearch", body).json()["searchRecords"]] == ["田中 美咲"]
    assert api.post("parameterizedSearch", {"q": "ab", "in": "NOWHERE"}).status_code == 400


def part(name: str, url: str, method: str = "GET", **more: Any) -> dict[str, Any]:
    return {"method": method, "url": f"/services/data/v51.0/{url}", "referenceId": name, **more}


def test_composite_is_one_call_with_a_status_for_each_part(api: Api, control: Callable[..., Any]) -> None:
    parts = [
        part("d", "sobjects/Task/describe"),
        part("a", "sobjects/Account", "POST", body={"Name": "合成"}),
        part("c", "sobjects/Contact", "POST", body={"LastName": "x", "AccountId": "@{a.id}"}),
        part("q", "query?q=SELECT+Account.Name+FROM+Contact+WHERE+Id='@{c.id}'"),
        part("n", "query?q=select+count()+from+XYZZY"),
        part("m", "sobjects/Nope/describe"),
        part("r", "sobjects/Contact/@{n.id}"),
        part("s", "search?q=FIND+{ab}"),
    ]
    reply = api.post("composite", {"compositeRequest": parts})
    answers = {a["referenceId"]: a for a in reply.json()["compositeResponse"]}
    assert reply.status_code == 200
    assert [answers[p["referenceId"]]["httpStatusCode"] for p in parts] == [200, 201, 201, 200, 400, 404, 400, 400]
    assert answers["q"]["body"]["records"][0]["Account"]["Name"] == "合成"
    made = answers["a"]["body"]["id"]
    assert answers["a"]["httpHeaders"] == {"Location": f"/services/data/v51.0/sobjects/Account/{made}"}
    assert answers["n"]["body"][0]["errorCode"] == "INVALID_TYPE"
    assert answers["m"]["body"] == NOT_FOUND
    assert answers["r"]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert control("usage")["by_resource"] == {"composite": 1}


def test_composite_all_or_none_rolls_back(api: Api) -> None:
    parts = [
        part("a", "sobjects/Account", "POST", body={"Name": "zurück"}),
        part("b", "sobjects/Contact", "POST", body={}),
    ]
    answers = api.post("composite", {"allOrNone": True, "compositeRequest": parts}).json()["compositeResponse"]
    assert answers[0]["httpStatusCode"] == 400
    assert answers[0]["body"] == [
        {
            "errorCode": "PROCESSING_HALTED",
            "message": "The transaction was rolled back since another operation in the same transaction failed.",
        }
    ]
    assert answers[1]["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert api.query("SELECT COUNT() FROM Account WHERE Name = 'zurück'").json()["totalSize"] == 0


def test_composite_carries_conditions(api: Api) -> None:
    path = "sobjects/Contact/" + one(api, "SELECT Id FROM Contact LIMIT 1")["Id"]
    headers = {"If-Unmodified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}
    parts = [part("p", path, "PATCH", body={"Title": "x"}, httpHeaders=headers)]
    answers = api.post("composite", {"compositeRequest": parts}).json()["compositeResponse"]
    assert answers[0]["httpStatusCode"] == 412


@pytest.mark.parametrize(
    "parts",
    [
        [],
        "x",
        [1],
        [part(f"p{n}", "limits") for n in range(26)],
        [part(f"q{n}", "query?q=SELECT+Id+FROM+Lead") for n in range(6)],
        [part("same", "sobjects"), part("same", "sobjects")],
        [part("with-hyphen", "sobjects")],
    ],
)
def test_a_composite_that_is_refused_as_a_whole(api: Api, parts: Any) -> None:
    assert api.post("composite", {"compositeRequest": parts}).status_code == 400


def test_25_parts_of_which_5_queries_are_allowed(api: Api) -> None:
    parts = [part(f"q{n}", "query?q=SELECT+Id+FROM+Lead") for n in range(5)]
    parts += [part(f"p{n}", "sobjects/Lead") for n in range(20)]
    assert api.post("composite", {"compositeRequest": parts}).status_code == 200


def test_each_part_of_a_batch_counts_and_search_is_allowed(api: Api, control: Callable[..., Any]) -> None:
    parts = [
        {"method": "GET", "url": "v51.0/limits"},
        {"method": "GET", "url": "v51.0/search?q=FIND+{819087654325}+IN+PHONE+FIELDS+RETURNING+Contact(Name)"},
        {"method": "GET", "url": "v51.0/sobjects/Nope"},
        {"method": "POST", "url": "v51.0/sobjects/Account", "richInput": {"Name": "batch"}},
    ]
    answer = api.post("composite/batch", {"batchRequests": parts}).json()
    assert [r["statusCode"] for r in answer["results"]] == [200, 200, 404, 201]
    assert answer["hasErrors"] is True
    assert answer["results"][1]["result"]["searchRecords"][0]["Name"] == "田中 美咲"
    assert control("usage")["used"] == 4
    halted = api.post("composite/batch", {"batchRequests": parts, "haltOnError": True}).json()
    assert [r["statusCode"] for r in halted["results"]] == [200, 200, 404, 412]
    assert halted["results"][3]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"


def test_collections_answer_200_with_a_result_for_each(api: Api, control: Callable[..., Any]) -> None:
    kind = {"attributes": {"type": "Contact"}}
    body = {"records": [{**kind, "LastName": "a"}, {**kind}]}
    reply = api.post("composite/sobjects", body)
    good, bad = reply.json()
    assert (reply.status_code, good["success"], bad["success"]) == (200, True, False)
    assert bad["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    changed = api.call("PATCH", "composite/sobjects", json={"records": [{**kind, "id": good["id"], "Title": "t"}]})
    assert changed.json() == [{"id": good["id"], "success": True, "errors": []}]
    missing = api.call("PATCH", "composite/sobjects", json={"records": [{**kind, "Id": MISSING_ID}]})
    assert missing.json() == [
        {
            "success": False,
            "errors": [{"statusCode": "INVALID_CROSS_REFERENCE_KEY", "message": "invalid cross reference id", "fields": []}],
        }
    ]
    malformed = api.call("PATCH", "composite/sobjects", json={"records": [{**kind, "Id": "x"}]})
    assert malformed.json()[0]["errors"][0]["statusCode"] == "MALFORMED_ID"
    assert api.call("DELETE", "composite/sobjects", params={"ids": good["id"]}).json()[0]["success"] is True
    strict = api.post("composite/sobjects", {**body, "allOrNone": True}).json()
    assert [r["success"] for r in strict] == [False, False]
    assert strict[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert api.query("SELECT COUNT() FROM Contact WHERE LastName = 'a'").json()["totalSize"] == 0
    assert api.post("composite/sobjects", {"records": [kind] * 201}).status_code == 400
    assert control("usage")["by_resource"]["composite/sobjects"] == 7


def test_the_daily_limit_and_its_message(api: Api, control: Callable[..., Any]) -> None:
    control("settings", daily_limit=2)
    assert [api.get("limits").status_code for _ in range(2)] == [200, 200]
    refused = api.get("limits")
    assert (refused.status_code, refused.json()) == (
        403, [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}],
    )  # fmt: skip
    assert refused.headers["Sforce-Limit-Info"] == "api-usage=2/2"
    control("clock", advance_seconds=24 * 3600 + 1)
    control("settings", session_seconds=10**6)
    assert api.get("limits").status_code == 200


def test_an_org_without_the_api(api: Api, control: Callable[..., Any]) -> None:
    control("settings", api_enabled=False)
    reply = api.get("limits")
    assert (reply.status_code, reply.json()) == (
        403,
        [{"message": "The REST API is not enabled for this Organization.", "errorCode": "API_DISABLED_FOR_ORG"}],
    )
