"""REST over HTTP beyond single records: conditions, replication, collections, bulk queries, versions side by side."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.sandbox.conftest import Api

NOT_FOUND = [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
OLD, FUTURE = "Mon, 01 Jan 2001 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"


def at(api: Api, version: str) -> Api:
    return Api(api.url, api.token, version)


def first_id(api: Api, name: str) -> str:
    return str(api.query(f"SELECT Id FROM {name} LIMIT 1").json()["records"][0]["Id"])


def test_accounts_carry_an_entity_tag_and_others_do_not(api: Api) -> None:
    path = "sobjects/Account/" + first_id(api, "Account")
    tag = api.get(path).headers["ETag"]
    assert api.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert api.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert api.get(path, headers={"If-Match": '"other"'}).status_code == 412
    assert api.get(path, headers={"If-Match": "nonsense"}).status_code == 400
    change = {"json": {"Site": "x"}}
    assert api.call("PATCH", path, headers={"If-Match": '"other"'}, **change).status_code == 412
    assert api.call("PATCH", path, headers={"If-Match": tag}, **change).status_code == 204
    assert api.call("PATCH", path, headers={"If-Match": tag}, **change).status_code == 412
    assert api.call("DELETE", path, headers={"If-Match": tag}).status_code == 412
    contact = "sobjects/Contact/" + first_id(api, "Contact")
    assert "ETag" not in api.get(contact).headers
    assert api.call("PATCH", contact, headers={"If-Match": '"other"'}, json={"Title": "x"}).status_code == 204


def test_describes_are_not_sent_again_until_something_changes(api: Api, control: Callable[..., Any]) -> None:
    for path in ("sobjects", "sobjects/Contact/describe"):
        assert api.get(path, headers={"If-Modified-Since": FUTURE}).status_code == 304
        assert api.get(path, headers={"If-Modified-Since": OLD}).status_code == 200
    seen = api.get("sobjects/Contact/describe").headers["Last-Modified"]
    assert api.get("sobjects/Contact/describe", headers={"If-Modified-Since": seen}).status_code == 304
    control("clock", advance_seconds=5)
    control("fields", object="Contact", name="New__c", type="phone")
    assert api.get("sobjects/Contact/describe", headers={"If-Modified-Since": seen}).status_code == 200


def test_describe_names_the_child_relationships_that_can_be_queried(api: Api) -> None:
    children = api.get("sobjects/Account/describe").json()["childRelationships"]
    named = {c["relationshipName"]: (c["childSObject"], c["field"]) for c in children if c["relationshipName"]}
    assert named["Contacts"] == ("Contact", "AccountId")
    assert named["Tasks"] == ("Task", "WhatId")
    for name in named:
        assert api.query(f"SELECT (SELECT Id FROM {name}) FROM Account LIMIT 1").status_code == 200


def test_composite_parts_carry_their_validators(api: Api) -> None:
    url = "/services/data/v51.0/sobjects/Account/" + first_id(api, "Account")
    parts = [{"method": "GET", "url": url, "referenceId": "a"}]
    part = api.post("composite", {"compositeRequest": parts}).json()["compositeResponse"][0]
    assert set(part["httpHeaders"]) == {"ETag", "Last-Modified"}


def wire(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def span(**days_ago: float) -> dict[str, str]:
    now = datetime.now(UTC)
    return {name: wire(now - timedelta(days=days)) for name, days in days_ago.items()}


def test_updated_and_deleted(api: Api) -> None:
    made = [api.post("sobjects/Contact", {"LastName": name}).json()["id"] for name in ("a", "b")]
    assert api.call("DELETE", f"sobjects/Contact/{made[1]}").status_code == 204
    params = span(start=1, end=-1)
    updated = api.get("sobjects/Contact/updated/", params=params).json()
    assert made[0] in updated["ids"]
    assert made[1] not in updated["ids"]
    assert updated["latestDateCovered"].endswith(":00.000+0000")
    deleted = api.get("sobjects/Contact/deleted", params=params).json()
    assert [r["id"] for r in deleted["deletedRecords"]] == [made[1]]
    assert set(deleted) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}
    again = {"start": updated["latestDateCovered"], "end": params["end"]}
    assert made[0] in api.get("sobjects/Contact/updated", params=again).json()["ids"]
    gone = api.get("queryAll", params={"q": f"SELECT IsDeleted FROM Contact WHERE Id = '{made[1]}'"}).json()
    assert gone["records"][0]["IsDeleted"] is True


@pytest.mark.parametrize(
    ("what", "params", "code"),
    [
        ("updated", {}, "MISSING_ARGUMENT"),
        ("updated", {"start": "yesterday", "end": "today"}, "INVALID_REPLICATION_DATE"),
        ("updated", span(start=1, end=2), "INVALID_REPLICATION_DATE"),
        ("updated", span(start=31, end=0), "INVALID_REPLICATION_DATE"),
        ("deleted", span(start=16, end=0), "INVALID_REPLICATION_DATE"),
        ("updated", span(start=-1, end=-2), "INVALID_REPLICATION_DATE"),
    ],
)
def test_spans_that_are_refused(api: Api, what: str, params: dict[str, str], code: str) -> None:
    reply = api.get(f"sobjects/Contact/{what}", params=params)
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, code)
    assert api.get(f"sobjects/Nope/{what}", params=params).json() == NOT_FOUND


def test_records_are_retrieved_by_their_ids(api: Api) -> None:
    known = first_id(api, "Contact")
    missing = known[:14] + "z"
    body = {"ids": [known, missing], "fields": ["Id", "LastName"]}
    found = api.post("composite/sobjects/Contact", body).json()
    assert (found[0]["Id"], found[0]["attributes"]["type"], found[1]) == (known, "Contact", None)
    listed = api.get("composite/sobjects/Contact", params={"ids": known, "fields": "Id"}).json()
    assert [r["Id"] for r in listed] == [known]
    assert api.post("composite/sobjects/Contact", {**body, "fields": ["Nope"]}).json()[0]["errorCode"] == "INVALID_FIELD"
    assert api.post("composite/sobjects/Contact", {"ids": [known]}).status_code == 400
    assert api.post("composite/sobjects/Contact", {**body, "ids": [known] * 2001}).status_code == 400
    assert api.post("composite/sobjects/Nope", body).json() == NOT_FOUND


def test_collections_are_upserted_by_external_id(api: Api) -> None:
    kind = {"attributes": {"type": "Task"}}
    body = {"records": [{**kind, "Call_Id__c": "u-1", "Subject": "a"}, {**kind, "Subject": "no key"}]}
    first = api.call("PATCH", "composite/sobjects/Task/Call_Id__c", json=body).json()
    assert (first[0]["success"], first[0]["created"]) == (True, True)
    assert first[1]["errors"][0]["statusCode"] == "MISSING_ARGUMENT"
    again = api.call("PATCH", "composite/sobjects/Task/Call_Id__c", json=body).json()
    assert (again[0]["created"], again[0]["id"]) == (False, first[0]["id"])
    changed = [{**kind, "Call_Id__c": "u-1", "Subject": "rolled back"}, {**kind, "Subject": "no key"}]
    strict = {"records": changed, "allOrNone": True}
    assert not any(r["success"] for r in api.call("PATCH", "composite/sobjects/Task/Call_Id__c", json=strict).json())
    assert api.query("SELECT Subject FROM Task WHERE Call_Id__c = 'u-1'").json()["records"][0]["Subject"] == "a"


def test_a_collection_has_at_most_ten_chunks(api: Api) -> None:
    kinds = [{"attributes": {"type": name}, "LastName": "x", "Company": "y"} for name in ("Contact", "Lead")] * 6
    reply = api.post("composite/sobjects", {"records": kinds[:11]})
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "LIMIT_EXCEEDED")
    assert api.post("composite/sobjects", {"records": kinds[:10]}).status_code == 200


def test_only_json_is_read(api: Api) -> None:
    for kind in ("application/xml", "application/x-www-form-urlencoded", "text/plain"):
        reply = api.call("POST", "sobjects/Contact", data=b"LastName=x", headers={"Content-Type": kind})
        assert (reply.status_code, reply.json()[0]["errorCode"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    sent = {"Content-Type": "application/json; charset=utf-8"}
    assert api.call("POST", "sobjects/Contact", data=b'{"LastName": "x"}', headers=sent).status_code == 201


def test_head_tells_what_get_would(api: Api) -> None:
    reply = api.call("HEAD", "sobjects/Account/" + first_id(api, "Account"))
    assert (reply.status_code, reply.content) == (200, b"")
    assert "ETag" in reply.headers


def test_a_parameterized_search_by_get_takes_several_objects(api: Api) -> None:
    params = [
        ("q", "09012345678"), ("in", "PHONE"), ("sobject", "Account"), ("sobject", "Contact"),
        ("Contact.fields", "Name,MobilePhone"), ("Contact.limit", "1"), ("Account.fields", "Name"),
    ]  # fmt: skip
    found = api.get("parameterizedSearch", params=params).json()["searchRecords"]
    assert [r["attributes"]["type"] for r in found] == ["Account", "Contact"]
    assert "MobilePhone" in found[1]
    for wrong in ({"q": "ab", "snippet": "x"}, {"q": "ab", "sobject": "Contact", "fields": "COUNT()"}, {"in": "ALL"}):
        assert api.get("parameterizedSearch", params=wrong).status_code == 400


def test_a_post_may_stand_for_a_patch(api: Api) -> None:
    path = "sobjects/Contact/" + first_id(api, "Contact")
    assert api.call("POST", path, params={"_HttpMethod": "PATCH"}, json={"Title": "t"}).status_code == 204
    assert api.get(path).json()["Title"] == "t"


SEARCH = {"q": "FIND {kate} RETURNING Contact(Name)"}
PARAMETERIZED = {"q": "kate", "sobject": "Contact"}
BULK = {"operation": "query", "query": "SELECT Id FROM Lead"}


@pytest.mark.parametrize(
    ("path", "method", "options", "since"),
    [
        ("composite", "POST", {"json": {"compositeRequest": []}}, "38.0"),
        ("composite/batch", "POST", {"json": {"batchRequests": []}}, "34.0"),
        ("composite/sobjects", "POST", {"json": {"records": []}}, "42.0"),
        ("composite/sobjects/Contact", "POST", {"json": {}}, "42.0"),
        ("composite/sobjects/Task/Call_Id__c", "PATCH", {"json": {}}, "46.0"),
        ("parameterizedSearch", "GET", {"params": PARAMETERIZED}, "36.0"),
        ("jobs/query", "POST", {"json": BULK}, "47.0"),
    ],
)
def test_resources_came_with_their_version(api: Api, path: str, method: str, options: dict[str, Any], since: str) -> None:
    before = f"{int(float(since)) - 1}.0"
    assert at(api, before).call(method, path, **options).json() == NOT_FOUND
    assert at(api, since).call(method, path, **options).status_code != 404


def test_versions_side_by_side(api: Api) -> None:
    assert isinstance(at(api, "36.0").get("search", params=SEARCH).json(), list)
    assert isinstance(at(api, "37.0").get("search", params=SEARCH).json(), dict)
    path = "sobjects/Task/Call_Id__c/side"
    assert at(api, "45.0").call("PATCH", path, json={"Subject": "a"}).json().keys() == {"id", "success", "errors"}
    assert at(api, "45.0").call("PATCH", path, json={"Subject": "a"}).status_code == 204
    assert at(api, "46.0").call("PATCH", path, json={"Subject": "a"}).json()["created"] is False
    url = at(api, "58.0").query("SELECT Id FROM Lead LIMIT 1").json()["records"][0]["attributes"]["url"]
    assert url.startswith("/services/data/v58.0/sobjects/Lead/00Q")
    for retired in ("20.0", "29.0", "30.0"):
        reply = at(api, retired).get("limits")
        assert (reply.status_code, reply.json()[0]["errorCode"]) == (410, "UNSUPPORTED_API_VERSION")
    assert at(api, "99.0").get("limits").json() == NOT_FOUND


def test_a_bulk_query_from_beginning_to_end(api: Api, control: Callable[..., Any]) -> None:
    control("settings", bulk_seconds=30)
    query = "SELECT Name, Account.Name, IsDeleted, LastModifiedDate FROM Contact WHERE LastName = '山田' ORDER BY FirstName"
    made = api.post("jobs/query", {"operation": "query", "query": query})
    job = made.json()
    assert (made.status_code, job["state"], job["object"], job["operation"]) == (200, "UploadComplete", "Contact", "query")
    assert job["id"].startswith("750")
    path = f"jobs/query/{job['id']}"
    assert api.get(path).json()["state"] == "InProgress"
    assert api.get(path + "/results").json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert api.call("DELETE", path).json()[0]["errorCode"] == "INVALIDJOBSTATE"
    control("clock", advance_seconds=31)
    done = api.get(path).json()
    assert (done["state"], done["numberRecordsProcessed"], done["apiVersion"]) == ("JobComplete", 2, 51.0)
    first = api.get(path + "/results", params={"maxRecords": 1})
    assert first.headers["Content-Type"] == "text/csv"
    assert first.headers["Sforce-NumberOfRecords"] == "1"
    rest = api.get(path + "/results", params={"maxRecords": 1, "locator": first.headers["Sforce-Locator"]})
    assert rest.headers["Sforce-Locator"] == "null"
    rows = [row for page in (first, rest) for row in csv.DictReader(io.StringIO(page.content.decode()))]
    assert [row["Name"] for row in rows] == ["山田 太郎", "山田 花子"]
    assert rows[0]["Account.Name"] == "株式会社青空商事"
    assert (rows[0]["IsDeleted"], rows[0]["LastModifiedDate"]) == ("false", "2026-09-01T03:00:00.000Z")
    assert job["id"] in [j["id"] for j in api.get("jobs/query").json()["records"]]
    assert api.call("DELETE", path).status_code == 204
    assert api.get(path).json() == NOT_FOUND
    assert control("usage")["by_resource"]["jobs/query"] == 10


def test_a_bulk_query_is_aborted(api: Api, control: Callable[..., Any]) -> None:
    control("settings", bulk_seconds=30)
    path = "jobs/query/" + api.post("jobs/query", BULK).json()["id"]
    assert api.call("PATCH", path, json={"state": "Done"}).status_code == 400
    assert api.call("PATCH", path, json={"state": "Aborted"}).json()["state"] == "Aborted"
    assert api.get(path + "/results").status_code == 400
    assert api.call("PATCH", path, json={"state": "Aborted"}).status_code == 400


def test_bulk_query_all_takes_delimiters_and_deleted_records(api: Api) -> None:
    made = api.post("sobjects/Lead", {"LastName": 'a"b', "Company": "c;d"}).json()["id"]
    api.call("DELETE", f"sobjects/Lead/{made}")
    query = f"SELECT Id, LastName, Company, Phone FROM Lead WHERE Id = '{made}'"
    body = {"operation": "queryAll", "query": query, "columnDelimiter": "SEMICOLON", "lineEnding": "CRLF"}
    path = "jobs/query/" + api.post("jobs/query", body).json()["id"]
    assert api.get(path + "/results").text == (f'"Id";"LastName";"Company";"Phone"\r\n"{made}";"a""b";"c;d";""\r\n')


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"operation": "insert", "query": "SELECT Id FROM Lead"}, "JSON_PARSER_ERROR"),
        ({"operation": "query"}, "JSON_PARSER_ERROR"),
        ({**BULK, "contentType": "JSON"}, "INVALIDJOB"),
        ({**BULK, "columnDelimiter": "SPACE"}, "JSON_PARSER_ERROR"),
        ({**BULK, "query": "SELECT COUNT() FROM Lead"}, "API_ERROR"),
        ({**BULK, "query": "SELECT LastName FROM Lead GROUP BY LastName"}, "API_ERROR"),
        ({**BULK, "query": "SELECT Id FROM Lead OFFSET 5"}, "API_ERROR"),
        ({**BULK, "query": "SELECT Id, (SELECT Id FROM Contacts) FROM Account"}, "API_ERROR"),
        ({**BULK, "query": "SELECT Id FROM Nope"}, "INVALID_TYPE"),
        ({**BULK, "query": "SELECT Id"}, "MALFORMED_QUERY"),
    ],
)
def test_bulk_queries_that_are_refused(api: Api, body: dict[str, str], code: str) -> None:
    reply = api.post("jobs/query", body)
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, code)


def test_what_bulk_does_not_take_in_its_parameters(api: Api) -> None:
    path = "jobs/query/" + api.post("jobs/query", BULK).json()["id"] + "/results"
    for params in ({"maxRecords": "0"}, {"maxRecords": "x"}, {"locator": "#"}, {"locator": "eHg="}):
        assert api.get(path, params=params).status_code == 400
    assert api.get("jobs/ingest").json() == NOT_FOUND


def test_a_crowd_is_found_by_both_indexes(api: Api, control: Callable[..., Any]) -> None:
    control("crowd", contacts=1000)
    assert api.query("SELECT COUNT() FROM Contact").json()["totalSize"] == 1008
    stored = api.query("SELECT MobilePhone FROM Contact WHERE Email = 'contact700@crowd.example'").json()["records"]
    number = stored[0]["MobilePhone"]
    pieces = number.replace("-", " ").split()
    for mode, term in (("digits", "".join(pieces)), ("tokens", f'"{" ".join(pieces)}"')):
        control("settings", search_mode=mode)
        text = f"FIND {{{term}}} IN PHONE FIELDS RETURNING Contact(MobilePhone)"
        assert number in [r["MobilePhone"] for r in api.get("search", params={"q": text}).json()["searchRecords"]]
    made = api.post("sobjects/Contact", {"LastName": "after"}).json()
    assert made["success"] is True


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("sobjects/Contact", b'{"LastName": "' + b"x" * 8_000_000 + b'"}'),
        ("composite", b'{"compositeRequest": [' + b"{}," * 100_000 + b"{}]}"),
        ("composite/sobjects", b'{"records": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
        ("composite/sobjects/Contact", b'{"ids": {"a": ' * 5_000 + b"1" + b"}" * 10_000),
        ("parameterizedSearch", b'{"q": "' + b"a " * 1_000_000 + b'", "sobjects": [{"name": "Contact"}]}'),
        ("jobs/query", b'{"operation": "query", "query": "SELECT Id FROM Contact WHERE ' + b"(" * 90_000 + b'"}'),
    ],
    ids=["long text", "many parts", "deep list", "deep object", "long search", "deep query"],
)
def test_huge_bodies_meet_an_answer_of_salesforce(api: Api, path: str, data: bytes) -> None:
    reply = api.call("POST", path, data=data)
    assert reply.status_code in {200, 400}
    if reply.status_code == 400:
        assert {"errorCode", "message"} <= reply.json()[0].keys()


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\u2028", "\ufeff", "\U0001f4de"])
def test_control_characters_anywhere(api: Api, character: str) -> None:
    asked = [
        api.query(f"SELECT Id FROM Contact WHERE LastName = 'a{character}b'"),
        api.query(f"SELECT Id{character} FROM Contact"),
        api.get("search", params={"q": f"FIND {{ab{character}cd}} RETURNING Contact(Id)"}),
        api.get(f"sobjects/Contact/a{character}"),
        api.post("sobjects/Contact", {"LastName": f"x{character}y", f"Na{character}me": "z"}),
        api.post("sobjects/Contact", {"LastName": f"x{character}y"}),
    ]
    assert {reply.status_code for reply in asked} <= {200, 201, 400, 404}
