"""R6: the contact book over REST; bad input is answered with a sentence and writes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from app_fixture import Site

TOKYO = {"number": "03-1234-5678", "company": "青空商事", "person": "山田 花子"}


def add(site: Site, **changes: Any) -> dict[str, Any]:
    answer = site.api("POST", "/contacts", json=TOKYO | changes)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def contacts(site: Site, query: str = "") -> list[dict[str, Any]]:
    return list(site.api("GET", f"/contacts{query}").json["contacts"])


def test_a_contact_is_added_read_changed_and_deleted(site_anywhere: Site) -> None:
    site = site_anywhere
    made = add(site)
    assert (made["number"], made["company"], made["source"], made["record"]) == ("+81312345678", "青空商事", "manual", None)
    assert "admin" in made["updated_by"]
    path = f"/contacts/{made['id']}"
    changed = site.api("PATCH", path, role="agent", json={"person": "佐藤"})
    assert (changed.status_code, changed.json["company"], changed.json["person"]) == (200, "青空商事", "佐藤")
    assert site.api("GET", path).json == changed.json
    assert site.api("DELETE", path).status_code == 204
    assert site.api("GET", path).status_code == 404
    assert contacts(site) == []


def test_a_contact_is_found_by_its_number_in_any_writing(site: Site) -> None:
    made = add(site)
    for number in ("０３ー１２３４ー５６７８", "%2B81%203-1234-5678", "0312345678", "03(1234)5678"):
        assert contacts(site, f"?number={number}") == [made], number
    assert contacts(site, "?number=090-0000-0000") == []


def test_the_list_is_paged_by_a_cursor(site: Site) -> None:
    ids = {add(site, number=f"090-1234-567{n}", company=f"社{n}")["id"] for n in range(5)}
    first = site.api("GET", "/contacts?limit=3").json
    second = site.api("GET", f"/contacts?limit=3&cursor={first['next_cursor']}").json
    assert {contact["id"] for contact in first["contacts"] + second["contacts"]} == ids
    assert (len(first["contacts"]), len(second["contacts"]), second["next_cursor"]) == (3, 2, None)
    assert [contact["company"] for contact in contacts(site, "?search=社2")] == ["社2"]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"number": "110"}, "number"),
    ({"number": "内線12"}, "number"),
    ({"number": "03-1234-5678, 090-1234-5678"}, "number"),
    ({"number": ""}, "number"),
    ({"number": None}, "number"),
    ({"number": 312345678}, "number"),
    ({"number": "1" * 101}, "number"),
    ({"company": "", "person": ""}, "company"),
    ({"company": "あ" * 256}, "company"),
    ({"person": ["x"]}, "person"),
    ({"source": "salesforce"}, "source"),
]


def test_a_contact_that_cannot_be_is_refused(site: Site) -> None:
    for body, field in REFUSED:
        answer = site.api("POST", "/contacts", json=TOKYO | body)
        assert answer.status_code == 422, body
        assert answer.json["message"]
        assert field in answer.json["errors"]["json"]
    assert contacts(site) == []


def test_a_question_that_cannot_be_is_refused(site: Site) -> None:
    for query in ("number=110", "number=", "cursor=zzz", "limit=0", "limit=201", "limit=x"):
        answer = site.api("GET", f"/contacts?{query}")
        assert (answer.status_code, answer.json["code"]) == (422, 422), query
        assert answer.json["errors"]["query"]


@pytest.mark.parametrize(("method", "more"), [("GET", {}), ("PATCH", {"json": {"person": "x"}}), ("DELETE", {})])
def test_an_unknown_contact_is_not_found(site: Site, method: str, more: dict[str, Any]) -> None:
    beyond = "There is nothing here."  # no column holds such a number, so there is no such address either
    unknown = "There is no contact with this id."
    for contact_id, said in {"0": unknown, "7": unknown, "2147483648": beyond, "99999999999999999999": beyond}.items():
        answer = site.api(method, f"/contacts/{contact_id}", **more)
        assert (answer.status_code, answer.json["message"]) == (404, said)


def test_a_number_that_is_taken_is_a_conflict(site: Site) -> None:
    first, second = add(site), add(site, number="090-1234-5678")
    for answer in (
        site.api("POST", "/contacts", json=TOKYO | {"company": "他"}),
        site.api("PATCH", f"/contacts/{second['id']}", json={"number": "+81 3 1234 5678"}),
    ):
        assert answer.status_code == 409
        assert str(first["id"]) in answer.json["message"]
    assert {contact["company"] for contact in contacts(site)} == {"青空商事"}


def test_both_names_cannot_be_taken_away(site: Site) -> None:
    made = add(site)
    assert site.api("PATCH", f"/contacts/{made['id']}", json={"company": "", "person": " "}).status_code == 422
    assert contacts(site) == [made]


def test_only_admins_delete(site: Site) -> None:
    made = add(site)
    assert site.api("DELETE", f"/contacts/{made['id']}", role="agent").status_code == 403
    assert contacts(site) == [made]


def test_nobody_else_sees_contacts(site: Site) -> None:
    assert site.anonymous.get("/api/v1/contacts").status_code == 401
    assert site.anonymous.get("/plugins/contacts").status_code in {302, 401}


def test_characters_no_database_takes_are_left_out(site_anywhere: Site) -> None:
    answer = site_anywhere.api(
        "POST", "/contacts", data='{"number": "0312345678", "company": "a\\u0000b\\ud800c"}', content_type="application/json"
    )
    assert (answer.status_code, answer.json["company"]) == (201, "abc")
