"""The page of one call: who, when, the memo, what plugins did, why this record, looking up again."""

from __future__ import annotations

import re

import pytest
from office_fixture import ADMIN, AGENT, Office, change_call
from sqlalchemy import func, select, update

from host.memos import save_memo
from host.plugin_api import Match, Sentence
from host.plugin_api.events import MemoOrigin
from host.storage import tables
from host.storage.call_notes import versioned_memo_of
from host.storage.matches import store_match
from host.storage.texts import storable

HTMX = {"HX-Request": "true"}


def memo_in(office: Office, name: str) -> tuple[str, tuple[str, ...], int]:
    with office.services.database.reading() as connection:
        kept = versioned_memo_of(connection, office.calls[name])
    return (kept.memo.text, kept.memo.items, kept.version) if kept else ("", (), 0)


def facts_of(office: Office, name: str, hook: str) -> list[dict[str, object]]:
    query = select(tables.facts.c.detail).where(tables.facts.c.call_id == office.calls[name], tables.facts.c.hook == hook)
    with office.services.database.reading() as connection:
        return [dict(detail) for detail in connection.execute(query.order_by(tables.facts.c.id)).scalars()]


def page(office: Office, name: str, email: str = ADMIN) -> str:
    return office.browser(email).text(f"/calls/{office.calls[name]}")


def test_r6_the_page_shows_company_person_and_a_link_to_the_record(office: Office) -> None:
    text = page(office, "matched")
    assert "<h1>山田 太郎, 株式会社山田製作所</h1>" in text
    assert 'href="https://example.my.salesforce.com/003IR00000abc00YAB"' in text
    assert "company not registered" in page(office, "unknown")


def test_the_course_of_a_transferred_call_is_told_in_order(office: Office) -> None:
    text = page(office, "transferred")
    told = [
        "Call came in on 03-1234-0000",
        "高橋 由美子 picked up",
        "鈴木 健太 picked up",
        "高橋 由美子 handed the call",
        "Ended",
    ]
    places = [text.index(moment) for moment in told]
    assert places == sorted(places)


def test_b1_why_this_record_shows_forms_steps_candidates_rule_and_cost(office: Office) -> None:
    text = page(office, "matched")
    for part in (
        "Why this record?",
        "Two contacts hold this number: the one changed last wins.",
        "+81 90-1234-5678",
        "One search over Contact, Account and Lead.",
        "Contacts come before leads.",
        "MobilePhone",
    ):
        assert part in text
    assert re.search(r"<dt>API calls</dt><dd>1</dd>", text)


def test_what_each_plugin_did_is_shown_with_state_attempts_and_next_try(office: Office) -> None:
    matched = page(office, "matched")
    assert "2 attempts · 1 API call" in matched
    assert "Salesforce did not answer in time." in matched
    assert "Next try" in page(office, "missed")
    assert "On hold: connect again" in page(office, "transferred")


def test_a_withheld_number_is_not_looked_up_and_cannot_be_called(office: Office) -> None:
    text = page(office, "withheld")
    assert "are not looked up" in text
    assert 'form="dial"' not in text


def test_an_internal_call_is_headed_by_both_colleagues(office: Office) -> None:
    text = page(office, "internal")
    assert "<h1>高橋 由美子 → ext. 104</h1>" in text
    assert "A call between colleagues" in text
    assert "withheld" not in text.lower()


def test_the_chosen_record_s_verdict_is_said_once(office: Office) -> None:
    candidates = page(office, "matched").partition("Records with this number")[2].partition("</table>")[0]
    assert candidates.count("Chosen") == 1


def test_sentences_with_values_are_in_the_viewer_s_language(office: Office) -> None:
    call_id = office.calls["matched"]
    late = Sentence(
        "The plugin did not finish within %(seconds)s seconds. It is tried again; if that happens often, "
        "tell whoever made the plugin.",
        seconds="60",
    )
    names = [Sentence("Contact"), Sentence("Lead")]
    step = Sentence("Search (SOSL): %(objects)s → %(count)s", objects=names, count=1)
    with office.services.database.writing() as connection:
        store_match(connection, call_id, "salesforce", Match(record=None, steps=(step, "山田 %")), office.services.clock())
        connection.execute(update(tables.deliveries).values(message=storable(late)))
    assert "The plugin did not finish within 60 seconds." in page(office, "matched")
    assert "Search (SOSL): Contact, Lead → 1" in page(office, "matched")
    browser = office.browser(AGENT)
    browser.post("/preferences/language", language="ja")
    japanese = browser.text(f"/calls/{call_id}")
    assert "プラグインの処理が 60 秒以内に終わりませんでした。" in japanese
    assert "検索 (SOSL): 取引先責任者、リード → 1 件" in japanese
    assert "山田 %" in japanese


def test_a_memo_is_saved_with_its_items_and_tells_the_plugins(office: Office) -> None:
    url = f"/calls/{office.calls['unknown']}"
    answer = office.browser(AGENT).post(f"{url}/memo", text="一行目\r\n二行目", items=["見積依頼", "クレーム"], version="0")
    assert answer.location == url
    assert memo_in(office, "unknown") == ("一行目\n二行目", ("見積依頼", "クレーム"), 1)
    assert facts_of(office, "unknown", "on_memo_saved") == [{"origin": "history"}]


def test_saving_by_htmx_gives_back_the_memo_alone(office: Office) -> None:
    url = f"/calls/{office.calls['unknown']}/memo"
    answer = office.browser(AGENT).post(url, HTMX, text="短い", version="0")
    assert answer.status_code == 200
    assert "Saved." in answer.text
    assert "data-just-saved" in answer.text
    assert "<html" not in answer.text


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_conflict_shows_both_texts_and_loses_neither(office: Office, headers: dict[str, str]) -> None:
    browser, call_id = office.browser(ADMIN), office.calls["matched"]
    save_memo(
        office.services, call_id, text="鈴木の新しい内容", items=[], origin=MemoOrigin.HISTORY, by=AGENT, expected_version=1
    )
    mine = browser.post(f"/calls/{call_id}/memo", headers, text="佐藤の内容", version="1")
    assert mine.status_code == 409
    assert "鈴木の新しい内容" in mine.text
    assert re.search(r"<textarea[^>]*>\s*佐藤の内容</textarea>", mine.text)
    assert memo_in(office, "matched")[0] == "鈴木の新しい内容"
    version = re.search(r'name="version" value="(\d+)"', mine.text)
    assert version
    assert browser.post(f"/calls/{call_id}/memo", headers, text="二人の内容", version=version[1]).status_code in (200, 302)
    assert memo_in(office, "matched")[0] == "二人の内容"


def test_a_memo_that_is_too_long_comes_back_whole(office: Office) -> None:
    long = "長" * 20_001
    answer = office.browser().post(f"/calls/{office.calls['unknown']}/memo", text=long, version="0")
    assert answer.status_code == 422
    assert "up to 20,000 characters" in answer.text
    assert long in answer.text
    assert memo_in(office, "unknown")[2] == 0


def test_r23_looking_up_again_publishes_the_call_s_end_anew(office: Office) -> None:
    url = f"/calls/{office.calls['unknown']}"
    answer = office.browser(AGENT).post(f"{url}/refetch")
    assert answer.location == url
    assert facts_of(office, "unknown", "on_call_end")[-1] == {"refetch": True, "by": AGENT}


def test_r23_a_call_that_goes_on_cannot_be_looked_up_again(office: Office) -> None:
    assert "Look up again" not in page(office, "ringing")
    browser = office.browser()
    browser.post(f"/calls/{office.calls['ringing']}/refetch")
    assert "This call has not ended yet" in browser.text(f"/calls/{office.calls['ringing']}")
    assert not facts_of(office, "ringing", "on_call_end")


def test_an_admin_tries_failed_work_again_and_an_agent_may_not(office: Office) -> None:
    with office.services.database.reading() as connection:
        query = select(tables.deliveries.c.id).where(tables.deliveries.c.state == "failed")
        delivery = connection.execute(query).scalar_one()
    url = f"/calls/{office.calls['failed']}"
    assert "Try again now" in page(office, "failed")
    assert "Try again now" not in page(office, "failed", AGENT)
    assert office.browser(AGENT).post(f"{url}/deliveries/{delivery}/retry").status_code == 403
    assert office.browser().post(f"/calls/{office.calls['busy']}/deliveries/{delivery}/retry").status_code == 404
    assert office.browser().post(f"{url}/deliveries/{delivery}/retry").location == url
    with office.services.database.reading() as connection:
        state = select(tables.deliveries.c.state).where(tables.deliveries.c.id == delivery)
        assert connection.execute(state).scalar_one() == "waiting"


def test_the_page_follows_a_call_while_it_rings(office: Office) -> None:
    browser, url = office.browser(), f"/calls/{office.calls['ringing']}"
    text = browser.text(url)
    assert 'hx-trigger="every 2s"' in text
    seen = re.search(r'data-seen="(\w+)"', text)
    assert seen
    assert browser.get(f"{url}/live?seen={seen[1]}").status_code == 204
    change_call(office.services, office.calls["ringing"], state="ended", outcome="answered", ended_at=office.clock())
    after = browser.get(f"{url}/live?seen={seen[1]}")
    assert "Answered" in after.text
    assert 'hx-trigger="every 10s"' in after.text
    assert 'id="memo"' not in after.text, "a memo being written is never replaced"


@pytest.mark.parametrize("call_id", ["nope", "01a202b8-e8d9-78a8-99ad-5b67f6354681", "%00"])
def test_an_unknown_call_is_not_found_everywhere(office: Office, call_id: str) -> None:
    browser = office.browser()
    assert browser.get(f"/calls/{call_id}").status_code == 404
    assert browser.get(f"/calls/{call_id}/live").status_code == 404
    assert browser.post(f"/calls/{call_id}/memo", text="x", version="0").status_code == 404
    assert browser.post(f"/calls/{call_id}/refetch").status_code == 404


def test_nothing_is_written_without_the_form_s_token(office: Office) -> None:
    client = office.browser().client
    for action in ("memo", "refetch"):
        assert client.post(f"/calls/{office.calls['unknown']}/{action}", data={"text": "x"}).status_code == 400
    with office.services.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(tables.memos)).scalar_one() == 3
