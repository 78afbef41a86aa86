"""B15: the page My calls over HTTP: whose cards, which calls, and the memo that is saved while it is typed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from app_fixture import PASSWORD, Site, csrf_token
from flask.testing import FlaskClient
from sqlalchemy import select

from host.domain.ids import new_call_id
from host.memos import save_memo
from host.plugin_api import ContactEntry
from host.plugin_api.events import MemoOrigin
from host.security.users import Role, create_user
from host.storage.call_notes import versioned_memo_of
from host.storage.tables import calls

YAMADA = "+819012345678"
BACKGROUND = {"HX-Request": "true"}


def colleague(site: Site) -> FlaskClient:
    now = datetime.now(UTC)
    values = {"email": "bob@example.com", "name": "Bob", "role": Role.AGENT, "password": PASSWORD, "extension": "102"}
    with site.services.database.writing() as connection:
        create_user(connection, now=now, **values)  # type: ignore[arg-type]
    return site.logged_in("bob@example.com")


def told(site: Site, kind: str = "call.ringing", *agents: str, key: str = "testpbx-1", took: str = "", **more: Any) -> str:
    """An event of a call at these telephones, of which `took` answered; gives back the call's id."""
    now = datetime.now(UTC)
    moment = now.isoformat()
    rung = [{"extension": one, "answered_at": moment if one == took else None} for one in agents or ("101",)]
    over = kind == "call.ended"
    times = {"started_at": moment, "answered_at": moment if took else None, "ended_at": moment if over else None}
    fate = {"outcome": ("answered" if took else "no_answer") if over else None, "talk_seconds": None, "hangup": None}
    assert site.send_event(kind, id=key, **{"agents": rung, **times, **fate, **more}).status_code == 200
    with site.services.database.reading() as connection:
        return str(connection.execute(select(calls.c.id).where(calls.c.source_call_id == key)).scalar_one())


def shown(browser: FlaskClient, **asked: str) -> list[str]:
    """The calls of which the page has cards."""
    answer = browser.get("/agent/cards", query_string=asked)
    assert answer.status_code == 200, answer.status
    return re.findall(r'data-call="([^"]+)"', answer.text)


def test_b15_a_card_shows_name_number_line_queue_and_what_was_said_before(site_anywhere: Site) -> None:
    site = site_anywhere
    now = datetime.now(UTC)
    book = site.services.registry.contact_book()
    book.register(ContactEntry(number=YAMADA, company="青空商事", person="山田 太郎", source="manual", updated_at=now))
    earlier = told(site, "call.ended", key="earlier", took="101")
    save_memo(site.services, earlier, text="Wants the offer", items=(), origin=MemoOrigin.PHONE, by="agent@example.com")
    told(site, "call.ringing", line={"number": "0312340000"}, queue={"name": "support", "wait_seconds": 3})
    page = site.agent.get("/agent").text
    for text in ("山田 太郎, 青空商事", "090-1234-5678", "03-1234-0000", "support", "Ringing", "Inbound", "Wants the offer"):
        assert text in page
    assert page.count("data-call=") == 1


def test_b15_an_agent_sees_own_calls_only_and_can_write_into_no_other(site_anywhere: Site) -> None:
    site = site_anywhere
    bob = colleague(site)
    call_id = told(site)
    assert shown(site.agent) == [call_id]
    assert shown(bob) == []
    assert shown(bob, opened=call_id) == []
    assert shown(bob, since="2020-01-01T00:00:00+00:00") == []
    for path in ("/agent/all", "/agent/cards?all=1"):
        assert bob.get(path).status_code == 403
    assert typed(bob, call_id, "mine").status_code == 404
    assert shown(site.admin) == []
    assert shown(site.admin, all="1") == [call_id]
    assert site.anonymous.get("/agent").status_code == 302
    assert site.anonymous.get("/agent/cards", headers=BACKGROUND).status_code == 401


def test_b15_of_a_ring_group_only_who_picked_up_keeps_the_card(site_anywhere: Site) -> None:
    site = site_anywhere
    bob = colleague(site)
    alice = site.agent
    call_id = told(site, "call.ringing", "101", "102")
    assert shown(alice) == shown(bob) == [call_id]
    told(site, "call.answered", "101", "102", took="102")
    assert shown(bob, opened=call_id) == [call_id]
    assert shown(alice, opened=call_id) == []
    told(site, "call.ended", "101", "102", took="102")
    assert shown(bob, opened=call_id) == [call_id]
    assert shown(alice, opened=call_id) == []


def test_b15_a_call_that_is_over_stays_until_it_is_closed(site_anywhere: Site) -> None:
    site = site_anywhere
    alice = site.agent
    call_id = told(site)
    told(site, "call.ended", took="101")
    assert shown(alice) == []
    assert shown(alice, opened=call_id) == [call_id]
    assert shown(alice, opened=call_id, closed=call_id) == []


def test_b15_a_call_that_came_and_went_while_the_page_was_cut_off_is_shown(site_anywhere: Site) -> None:
    site = site_anywhere
    alice = site.agent
    since = alice.get("/agent/cards").headers["X-Calls-Since"]
    call_id = told(site, "call.ended")
    long_ago = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    told(site, "call.ended", key="late", started_at=long_ago, ended_at=long_ago)
    assert shown(alice, since=since) == [call_id]
    assert shown(alice, since=long_ago) == [call_id]
    assert shown(alice, since=datetime.now(UTC).isoformat()) == []


def test_b15_several_calls_are_cards_newest_first_and_nothing_is_sent_twice(site_anywhere: Site) -> None:
    site = site_anywhere
    alice = site.agent
    ids = [told(site, "call.ringing", key=f"testpbx-{index}") for index in range(3)]
    answer = alice.get("/agent/cards")
    assert re.findall(r'data-call="([^"]+)"', answer.text) == ids[::-1]
    again = alice.get("/agent/cards", query_string={"seen": answer.headers["X-Page-Version"]})
    assert again.status_code == 204
    assert again.headers["X-Calls-Since"]
    told(site, "call.answered", key="testpbx-1", took="101")
    assert alice.get("/agent/cards", query_string={"seen": answer.headers["X-Page-Version"]}).status_code == 200


@pytest.mark.parametrize(
    "asked", [{"since": "nonsense"}, {"since": "0001-01-01T00:00:00+23:59"}, {"opened": "x,,1"}, {"seen": "\0"}]
)
def test_b15_what_makes_no_sense_is_passed_over(site: Site, asked: dict[str, str]) -> None:
    call_id = told(site)
    assert shown(site.agent, **asked) == [call_id]


def typed(browser: FlaskClient, call_id: str, text: str, version: int = 0, **more: str) -> Any:
    fields = {"text": text, "version": str(version), "typing": "1", "csrf_token": csrf_token(browser, "/profile"), **more}
    return browser.post(f"/agent/calls/{call_id}/memo", data=fields, headers=BACKGROUND)


def test_b15_a_memo_is_saved_while_it_is_typed_and_its_card_knows(site_anywhere: Site) -> None:
    site = site_anywhere
    alice = site.agent
    call_id = told(site)
    answer = typed(alice, call_id, "Call\r\nback")
    assert answer.status_code == 200
    assert answer.json["version"] == 1
    card = alice.get("/agent/cards").text
    assert f'id="desk-memo-{call_id}" data-version="{answer.json["part"]}"' in card
    with site.services.database.reading() as connection:
        kept = versioned_memo_of(connection, call_id)
    assert kept is not None
    assert (kept.memo.text, kept.memo.saved_by, kept.version) == ("Call\nback", "agent@example.com", 1)
    assert typed(alice, call_id, "Call back soon", 1).json["version"] == 2


def test_b15_two_who_write_see_each_other_s_text(site_anywhere: Site) -> None:
    site = site_anywhere
    alice = site.agent
    call_id = told(site)
    save_memo(site.services, call_id, text="theirs", items=(), origin=MemoOrigin.HISTORY, by="admin@example.com")
    answer = typed(alice, call_id, "mine")
    assert answer.status_code == 409
    assert (answer.json["text"], answer.json["by"], answer.json["version"]) == ("theirs", "Aki Admin", 1)
    assert typed(alice, call_id, "mine", 1).status_code == 200


def test_b15_bad_input_and_foreign_requests_write_nothing(site: Site) -> None:
    alice = site.agent
    call_id = told(site)
    assert typed(alice, call_id, "x" * 20_001).status_code == 422
    assert typed(alice, call_id, "", items="nothing such").status_code == 422
    assert typed(alice, new_call_id(datetime.now(UTC)), "x").status_code == 404
    assert typed(alice, "nope", "x").status_code == 404
    assert typed(alice, call_id, "x", csrf_token="forged").status_code == 400
    with site.services.database.reading() as connection:
        assert versioned_memo_of(connection, call_id) is None


def test_b15_r22_a_number_dialled_here_gets_a_card_here(site: Site) -> None:
    alice = site.agent
    fields = {"number": "03-4444-5555", "csrf_token": csrf_token(alice, "/profile")}
    answer = alice.post("/calls/dial", data=fields, headers={"Referer": "http://localhost/agent"})
    assert answer.location == "/agent"
    page = alice.get("/agent").text
    assert "03-4444-5555" in page
    assert "Dialling" in page


def test_b15_the_empty_page_says_what_it_is_for(site: Site) -> None:
    assert "No call for you just now" in site.agent.get("/agent").text
    without = site.admin.get("/agent").text
    assert "Your user has no extension" in without
    assert "Nobody is in a call" in site.admin.get("/agent/all").text
