"""REST: the call history and what belongs to a call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from app_fixture import Site, new_database, scratch_config
from database_fixture import BOTH
from sqlalchemy import func, insert, select

from host.storage.tables import calls, facts, memo_items, memos

UNKNOWN = "01a202bd-3c63-7946-ad5f-d489ec7f66af"


def listed(site: Site, query: str = "") -> list[str]:
    answer = site.api("GET", f"/calls?{query}")
    assert answer.status_code == 200, answer.text
    return [call["line"] for call in answer.json["calls"]]


@pytest.fixture(scope="module", params=BOTH)
def history(request: pytest.FixtureRequest) -> Iterator[Site]:
    """Four calls, named by their line, the newest last."""
    request.getfixturevalue("quick_passwords")
    made = Site(scratch_config(new_database(request)))
    numbers = ["09011112222", "0312345678", "+14155550123", None]
    for index, number in enumerate(numbers):
        made.send_event(
            id=f"c{index}",
            line={"number": f"L{index}"},
            started_at=f"2026-11-2{index}T14:59:59Z",
            external={"raw": number} if number else {"withheld": True, "raw": "anonymous"},
            direction="outbound" if index == 2 else "inbound",
            outcome="busy" if index == 1 else "answered",
            agents=[] if index == 0 else None,
        )
    yield made
    made.services.database.engine.dispose()


def test_the_history_lists_the_newest_first(history: Site) -> None:
    assert listed(history) == ["L3", "L2", "L1", "L0"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("number=090-1111-2222", ["L0"]),
        ("number=%2B819011112222", ["L0"]),
        ("number=%EF%BC%90%EF%BC%99%EF%BC%90-1111-2222", ["L0"]),
        ("number=0901111", ["L0"]),
        ("number=345", ["L1"]),
        ("number=555", ["L2"]),
        ("number=0", ["L2", "L1", "L0"]),
        ("number=%25", []),
        ("number=abc", []),
        ("name=Nobody", []),
        ("outcome=busy", ["L1"]),
        ("direction=outbound", ["L2"]),
        ("direction=inbound&outcome=answered", ["L3", "L0"]),
        ("user=2147483647", []),
        ("since=2026-11-22", ["L3", "L2"]),
        ("until=2026-11-21", ["L1", "L0"]),
        ("since=2026-11-21&until=2026-11-21", ["L1"]),
        ("until=9999-12-31&since=0001-01-01", ["L3", "L2", "L1", "L0"]),
    ],
)
def test_filters_find_what_they_say_with_days_in_the_sites_zone(history: Site, query: str, expected: list[str]) -> None:
    assert listed(history, query) == expected


def test_a_name_is_found_through_the_contact_book(history: Site) -> None:
    from datetime import UTC, datetime

    from host.plugin_api import ContactEntry

    book = history.services.registry.contact_book()
    book.register(ContactEntry(number="+81312345678", company="株式会社山田", source="manual", updated_at=datetime.now(UTC)))
    assert listed(history, "name=山田") == ["L1"]
    (found,) = history.api("GET", "/calls?name=山田").json["calls"]
    assert found["contact"]["company"] == "株式会社山田"


def test_the_cursor_walks_through_all_pages_without_gap_or_repeat(history: Site) -> None:
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = history.api("GET", f"/calls?limit=1&cursor={cursor}").json
        seen += [call["line"] for call in page["calls"]]
        cursor = page["next_cursor"]
    assert seen == ["L3", "L2", "L1", "L0"]


def test_calls_of_one_moment_are_all_listed_once(site: Site) -> None:
    for index in range(5):
        site.send_event(id=f"same{index}", line={"number": f"L{index}"})
    first = site.api("GET", "/calls?limit=3").json
    second = site.api("GET", f"/calls?limit=3&cursor={first['next_cursor']}").json
    assert sorted(call["line"] for call in first["calls"] + second["calls"]) == ["L0", "L1", "L2", "L3", "L4"]


@pytest.mark.parametrize(
    "query",
    [
        "cursor=x",
        "cursor=%00",
        "cursor=WzEsMl0",
        "cursor=" + "W" * 600,
        "limit=0",
        "limit=201",
        "limit=x",
        "outcome=fine",
        "since=yesterday",
        "user=-1",
        "user=99999999999999999999",
        "number=" + "1" * 101,
        "name=%00",
    ],
)
def test_a_filter_that_means_nothing_is_refused(shared_site: Site, query: str) -> None:
    answer = shared_site.api("GET", f"/calls?{query}")
    assert answer.status_code == 422
    assert answer.json["errors"]["query"]


@pytest.mark.parametrize("call_id", [UNKNOWN, "1", "%00", "nonsense", "..", "x" * 300, "%ff"])
@pytest.mark.parametrize(
    ("method", "suffix", "body"),
    [
        ("GET", "", None),
        ("PUT", "/memo", {"text": "x"}),
        ("PUT", "/analysis", {"summary": "x"}),
        ("POST", "/refetch", None),
    ],
)
def test_unknown_calls_are_not_found(shared_site: Site, call_id: str, method: str, suffix: str, body: Any) -> None:
    answer = shared_site.api(method, f"/calls/{call_id}{suffix}", json=body)
    assert answer.status_code == 404
    assert answer.json["message"]


def test_a_memo_is_saved_with_its_version_and_told_to_the_plugins(site_anywhere: Site) -> None:
    site = site_anywhere
    site.send_event()
    (call_id,) = site.call_ids()
    with site.services.database.writing() as connection:
        connection.execute(insert(memo_items).values(label="Call back", position=1, active=True))
    path = f"/calls/{call_id}/memo"
    first = site.api("PUT", path, role="agent", json={"text": "お客様より\n電話", "items": ["Call back"], "version": 0})
    assert first.status_code == 200
    assert (first.json["version"], first.json["items"], first.json["saved_by"]) == (1, ["Call back"], "token agent")
    assert site.api("PUT", path, json={"text": "later", "version": 1, "origin": "phone"}).json["version"] == 2
    assert site.api("GET", f"/calls/{call_id}").json["memo"]["text"] == "later"
    with site.services.database.reading() as connection:
        told = connection.execute(select(facts.c.detail).where(facts.c.hook == "on_memo_saved")).scalars().all()
    assert told == [{"origin": "history"}, {"origin": "phone"}]


def test_no_memo_is_lost_when_two_people_write(site_anywhere: Site) -> None:
    site = site_anywhere
    site.send_event()
    (call_id,) = site.call_ids()
    path = f"/calls/{call_id}/memo"
    assert site.api("PUT", path, json={"text": "mine", "version": 0}).status_code == 200
    late = site.api("PUT", path, json={"text": "theirs", "version": 0})
    assert late.status_code == 409
    assert "Somebody else saved this memo" in late.json["message"]
    assert site.api("GET", f"/calls/{call_id}").json["memo"]["text"] == "mine"


@pytest.mark.parametrize(
    "memo",
    [
        {},
        {"text": None},
        {"text": 5},
        {"text": "x" * 20_001},
        {"text": "a\0b"},
        {"text": "\ud800"},
        {"text": "x", "items": ["unknown"]},
        {"text": "x", "items": "Call back"},
        {"text": "x", "items": [None]},
        {"text": "x", "version": -1},
        {"text": "x", "version": 2**31},
        {"text": "x", "version": "1"},
        {"text": "x", "origin": "nowhere"},
        {"text": "x", "unknown": 1},
    ],
    ids=lambda memo: str(memo)[:40],
)
def test_a_memo_that_cannot_be_taken_is_refused_and_nothing_written(history: Site, memo: Any) -> None:
    call_id = history.call_ids()[0]
    answer = history.api("PUT", f"/calls/{call_id}/memo", json=memo)
    assert answer.status_code == 422
    with history.services.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(memos)).scalar() == 0


def test_a_memo_may_have_20000_characters(site: Site) -> None:
    site.send_event()
    (call_id,) = site.call_ids()
    assert site.api("PUT", f"/calls/{call_id}/memo", json={"text": "長" * 20_000}).status_code == 200


def test_a_memo_item_that_was_taken_from_the_list_stays_where_it_was_ticked(site: Site) -> None:
    site.send_event()
    (call_id,) = site.call_ids()
    with site.services.database.writing() as connection:
        connection.execute(insert(memo_items).values(label="Old", position=1, active=True))
    site.api("PUT", f"/calls/{call_id}/memo", json={"text": "x", "items": ["Old"]})
    with site.services.database.writing() as connection:
        connection.execute(memo_items.update().values(active=False))
    answer = site.api("PUT", f"/calls/{call_id}/memo", json={"text": "y", "items": ["Old"]})
    assert answer.json["items"] == ["Old"]


def test_an_analysis_is_kept_and_told_by_admins_only(site_anywhere: Site) -> None:
    site = site_anywhere
    site.send_event()
    (call_id,) = site.call_ids()
    body = {"summary": "要約", "transcript": "もしもし"}
    assert site.api("PUT", f"/calls/{call_id}/analysis", role="agent", json=body).status_code == 403
    assert site.api("PUT", f"/calls/{call_id}/analysis", json=body).status_code == 200
    assert site.api("PUT", f"/calls/{call_id}/analysis", json={"summary": "newer"}).status_code == 200
    assert site.api("GET", f"/calls/{call_id}").json["analysis"]["summary"] == "newer"
    with site.services.database.reading() as connection:
        hooks = connection.execute(select(facts.c.hook).order_by(facts.c.id)).scalars().all()
    assert hooks == ["on_call_end", "on_analysis_done", "on_analysis_done"]


def test_a_click_makes_a_dialling_call_with_its_record_and_tells_the_plugins_r22(site_anywhere: Site) -> None:
    wanted = {"agent": "101", "number": "（03）1234−5678", "record": {"object": "Contact", "id": "0035g00000AbCdE"}}
    answer = site_anywhere.api("POST", "/calls", role="agent", json=wanted)
    assert answer.status_code == 202
    call = site_anywhere.api("GET", f"/calls/{answer.json['id']}").json
    assert (call["state"], call["direction"], call["number"]) == ("dialling", "outbound", "+81312345678")
    assert call["clicked_record"] == wanted["record"]
    assert (call["source"], call["user_id"]) == ("tsunagu", site_anywhere.agent_id)
    with site_anywhere.services.database.reading() as connection:
        hook, detail = connection.execute(select(facts.c.hook, facts.c.detail)).one()
    assert hook == "on_click_to_call"
    assert detail["number"]
    assert (detail["extension"], detail["record"]) == ("101", wanted["record"])


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "0312345678\r\nAction: Originate"},
        {"number": "0312345678\n"},
        {"number": ""},
        {"number": "hello"},
        {"number": "1" * 101},
        {"number": "03\0"},
        {"number": 312345678},
        {"agent": "999"},
        {"agent": ""},
        {"agent": "101\r\n"},
        {"agent": "\ud800"},
        {"record": {"object": "Contact"}},
        {"record": {"object": "", "id": ""}},
        {"record": "003"},
        {"record": {"object": "x" * 101, "id": "1"}},
    ],
    ids=lambda changes: str(changes)[:40],
)
def test_what_cannot_be_dialled_is_refused_and_no_call_is_made(shared_site: Site, changes: dict[str, Any]) -> None:
    answer = shared_site.api("POST", "/calls", json={"agent": "101", "number": "0312345678"} | changes)
    assert answer.status_code == 422
    assert answer.json["message"]
    with shared_site.services.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(calls)).scalar() == 0


def test_a_call_can_be_fetched_anew_when_it_has_ended_r23(site: Site) -> None:
    dialling = site.api("POST", "/calls", json={"agent": "101", "number": "0312345678"}).json["id"]
    assert site.api("POST", f"/calls/{dialling}/refetch").status_code == 409
    site.send_event(client_ref=dialling)
    assert site.api("POST", f"/calls/{dialling}/refetch", role="agent").status_code == 202
    with site.services.database.reading() as connection:
        details = connection.execute(select(facts.c.detail).where(facts.c.hook == "on_call_end")).scalars().all()
    assert details == [{}, {"refetch": True, "by": "token agent"}]
