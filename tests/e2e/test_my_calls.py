"""B15: an agent's page while a call runs, in a real browser in front of a real server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from desk_fixture import ADMIN, ALICE, BOB, Desk, desk, started
from playwright.sync_api import Locator, Page, Route, expect
from running_demo import wait_for
from sqlalchemy import select
from test_pages_look import look

from devtools.demo.start import RECORDINGS
from devtools.installation.parts import start_bridge, start_telephone_system
from host.memos import save_memo
from host.plugin_api.events import MemoOrigin
from host.storage.call_notes import memo_of
from host.storage.tables import calls

__all__ = ["desk", "started"]

pytestmark = pytest.mark.browser

SEEN_AT = """() => {
    window.seenAt = {};
    new MutationObserver(() => document.querySelectorAll('.desk-head').forEach((head) => {
        window.seenAt[head.dataset.who] ??= Date.now();
    })).observe(document.getElementById('desk'), {childList: true});
}"""

COUNT_QUESTIONS = """() => {
    window.asked = 0;
    Notification.requestPermission = async () => { window.asked += 1; return 'granted'; };
}"""
NOTE_STATES = """() => {
    window.states = new Set();
    const note = () => document.querySelectorAll('.desk-head').forEach((head) => window.states.add(head.dataset.part));
    new MutationObserver(note).observe(document.getElementById('desk'), {childList: true, subtree: true});
}"""


def card(page: Page, who: str) -> Locator:
    return page.locator(".desk-card").filter(has_text=who)


def memo_text(desk: Desk) -> str | None:
    """The memo of the newest call."""
    with desk.services.database.reading() as connection:
        newest = connection.execute(select(calls.c.id).order_by(calls.c.created_at.desc())).scalars().first()
        memo = memo_of(connection, newest) if newest else None
    return memo.text if memo else None


def saved(desk: Desk, text: str) -> None:
    wait_for(lambda: memo_text(desk) == text, 8, lambda: f"kept: {memo_text(desk)!r}")


def test_b15_a_call_shows_who_it_is_at_once_and_is_followed_to_its_end(desk: Desk) -> None:
    desk.register()
    page = desk.page()
    expect(page.get_by_role("heading", name="No call for you just now")).to_be_visible()
    call = desk.call()
    here = card(page, "山田 太郎, 株式会社青空商事")
    expect(here).to_contain_text("Ringing")
    expect(page.locator("#announcer")).to_have_text("Ringing: 山田 太郎, 株式会社青空商事")
    expect(page).to_have_title("Ringing: 山田 太郎, 株式会社青空商事")
    call.tell("call.answered")
    expect(here).to_contain_text("In a call")
    expect(here.locator("[data-timer]")).to_have_text("0:02")
    call.tell("call.ended")
    expect(here).to_contain_text("1:05")
    expect(page.get_by_role("heading", name="No call for you just now")).to_be_hidden()
    page.reload()
    expect(here).to_contain_text("1:05")
    here.get_by_role("button", name="Close").click()
    expect(page.locator(".desk-card")).to_have_count(0)
    page.reload()
    expect(page.locator("#desk-live")).to_have_text("Live")
    expect(page.locator(".desk-card")).to_have_count(0)


def test_b15_the_name_stands_there_within_300_ms_of_the_event(desk: Desk) -> None:
    """On a busy machine single ones take longer; `bench agents` measures them all."""
    page = desk.page()
    page.evaluate(SEEN_AT)
    begun = {}
    for index in range(6):
        number = f"+8190123456{index:02}"
        desk.register(number, "", f"Person {index}")
        begun[f"Person {index}"] = datetime.now(UTC).timestamp() * 1000
        desk.call(number)
        expect(card(page, f"Person {index}")).to_be_visible()
    seen: dict[str, float] = page.evaluate("window.seenAt")
    assert min(seen[name] - at for name, at in begun.items()) < 300


def test_b15_a_name_found_while_it_rings_appears_by_itself(desk: Desk) -> None:
    page = desk.page()
    desk.call()
    expect(card(page, "090-1234-5678")).to_contain_text("not in the contact book yet")
    desk.register(person="山田 花子")
    expect(card(page, "山田 花子")).to_be_visible()


def test_b15_a_memo_is_saved_by_itself_and_a_lost_network_loses_nothing(desk: Desk) -> None:
    page = desk.page()
    call = desk.call()
    text = page.get_by_placeholder("What was it about?")
    text.fill("Wants the offer")
    page.get_by_label("Call back").check()
    expect(page.get_by_text("Saved by itself.")).to_be_visible()
    saved(desk, "Wants the offer")
    page.context.set_offline(True)
    text.fill("Wants the offer on Monday")
    expect(page.locator("[data-status]")).to_contain_text("The connection is lost. Your text is kept in this browser")
    page.context.set_offline(False)
    saved(desk, "Wants the offer on Monday")
    expect(page.get_by_text("The connection to the server is lost.")).to_be_hidden()
    text.press_sequentially(" at 9", delay=30)
    call.tell("call.answered")
    text.press_sequentially(" sharp", delay=30)
    expect(page.locator(".desk-head")).to_contain_text("In a call")
    expect(text).to_be_focused()
    saved(desk, "Wants the offer on Monday at 9 sharp")
    text.fill("長" * 20_000)
    saved(desk, "長" * 20_000)


def test_b15_a_save_whose_answer_was_lost_is_no_conflict_with_oneself(desk: Desk) -> None:
    page = desk.page()
    desk.call()
    text = page.get_by_placeholder("What was it about?")
    seen: list[str] = []

    def trouble(route: Route) -> None:
        """The first arrives and its answer does not; the second does not arrive."""
        seen.append(route.request.post_data or "")
        if len(seen) == 1:
            route.fetch()
        if len(seen) < 3:
            route.abort()
        else:
            route.continue_()

    page.route("**/memo", trouble)
    text.fill("first")
    expect(page.locator("[data-status]")).to_contain_text("The connection is lost.")
    saved(desk, "first")
    text.fill("first, second")
    expect(page.get_by_text("Saved by itself.")).to_be_visible(timeout=20_000)
    saved(desk, "first, second")
    assert len(seen) == 4


def test_b15_a_page_whose_token_is_over_loads_itself_again_and_saves(desk: Desk) -> None:
    page = desk.page()
    desk.call()
    page.get_by_placeholder("What was it about?").wait_for()
    page.locator("form[data-typed] [name=csrf_token]").evaluate("field => { field.value = 'of the login before' }")
    page.get_by_placeholder("What was it about?").fill("kept")
    saved(desk, "kept")
    expect(page.get_by_placeholder("What was it about?")).to_have_value("kept")


def test_b15_text_that_never_reached_the_server_is_there_after_the_browser_was_closed(desk: Desk) -> None:
    page = desk.page()
    desk.call()
    page.get_by_placeholder("What was it about?").wait_for()
    page.context.set_offline(True)
    page.get_by_placeholder("What was it about?").fill("kept")
    again = page.context.new_page()
    page.close()
    again.context.set_offline(False)
    again.goto("/agent")
    expect(again.get_by_placeholder("What was it about?")).to_have_value("kept")
    saved(desk, "kept")


def test_b15_two_who_write_into_one_memo_lose_nothing(desk: Desk) -> None:
    page = desk.page()
    desk.call()
    page.get_by_placeholder("What was it about?").fill("mine")
    saved(desk, "mine")
    with desk.services.database.reading() as connection:
        call_id = connection.execute(select(calls.c.id)).scalar_one()
    theirs: dict[str, Any] = {"text": "theirs", "items": (), "origin": MemoOrigin.HISTORY, "by": BOB}
    page.context.set_offline(True)
    page.get_by_placeholder("What was it about?").fill("mine, more")
    save_memo(desk.services, call_id, **theirs)
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Saved by Bob Suzuki meanwhile")).to_be_visible()
    expect(page.get_by_text("theirs", exact=True)).to_be_visible()
    expect(page.get_by_placeholder("What was it about?")).to_have_value("mine, more")
    assert memo_text(desk) == "theirs"
    page.get_by_role("button", name="Save mine instead").click()
    saved(desk, "mine, more")
    save_memo(desk.services, call_id, **{**theirs, "text": "once more"})
    expect(page.get_by_placeholder("What was it about?")).to_have_value("once more")


def test_b15_what_is_saved_elsewhere_during_a_save_is_shown_after_it(desk: Desk) -> None:
    """The page is told of their memo while its own save is under way, and must not take it for seen."""
    page = desk.page()
    desk.call()
    page.get_by_placeholder("What was it about?").wait_for()

    def answered_late(route: Route) -> None:
        answer = route.fetch()
        call_id = route.request.url.split("/")[-2]
        with page.expect_response(lambda response: "/agent/cards" in response.url and response.status == 200):
            save_memo(desk.services, call_id, text="theirs", items=(), origin=MemoOrigin.HISTORY, by=BOB)
        page.wait_for_timeout(200)
        route.fulfill(response=answer)

    page.route("**/memo", answered_late, times=1)
    page.get_by_placeholder("What was it about?").fill("mine")
    expect(page.get_by_placeholder("What was it about?")).to_have_value("theirs")


def test_b15_a_colleague_who_picks_up_takes_the_card_away(desk: Desk) -> None:
    alice, bob = desk.page(ALICE), desk.page(BOB)
    rung = [{"extension": one, "name": "", "answered_at": None} for one in ("101", "102")]
    call = desk.call(agents=rung)
    expect(alice.locator(".desk-card")).to_have_count(1)
    expect(bob.locator(".desk-card")).to_have_count(1)
    del call.more["agents"]
    call.tell("call.answered", extension="102")
    expect(bob.locator(".desk-head")).to_contain_text("In a call")
    expect(alice.locator(".desk-card")).to_have_count(0)


def test_b15_two_tabs_share_one_connection_and_both_are_told(desk: Desk) -> None:
    page = desk.page()
    asked: list[str] = []
    other = page.context.new_page()
    other.on("request", lambda request: asked.append(request.url))
    other.goto("/agent")
    desk.call()
    expect(page.locator(".desk-card")).to_have_count(1)
    expect(other.locator(".desk-card")).to_have_count(1)
    assert not [url for url in asked if "/events/" in url]
    with other.expect_request("**/events/calls"):
        page.close()
    desk.call("+81366667777")
    expect(other.locator(".desk-card")).to_have_count(2)


def test_b15_logging_out_elsewhere_leads_to_the_login(desk: Desk) -> None:
    page = desk.page(ADMIN.email)
    other = page.context.new_page()
    other.goto("/profile")
    other.locator("#person-menu summary").click()
    other.get_by_role("button", name="Log out").click()
    other.wait_for_url("**/login**")
    page.wait_for_url("**/login**")
    del desk.signed_in[ADMIN.email]


def test_b15_notifications_are_asked_for_by_a_button_only(desk: Desk) -> None:
    page = desk.page()
    page.context.grant_permissions(["notifications"], origin=desk.installation.url)
    page.evaluate(COUNT_QUESTIONS)
    desk.call()
    expect(page.locator(".desk-card")).to_have_count(1)
    assert page.evaluate("window.asked") == 0
    bell = page.get_by_role("button", name="Notify me of calls")
    expect(bell).to_have_attribute("aria-pressed", "false")
    bell.click()
    expect(page.get_by_role("button", name="Notifications are on")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("window.asked") == 1


def test_b15_the_replayed_pbx_rings_talks_and_hangs_up(desk: Desk) -> None:
    """The whole way: AMI stream, bridge, signed events, page."""
    desk.register()
    page = desk.page()
    page.evaluate(NOTE_STATES)
    start_telephone_system(desk.processes, desk.installation, RECORDINGS, "--only", "inbound_answered")
    start_bridge(desk.processes, desk.installation)
    expect(card(page, "山田 太郎")).to_contain_text("Answered", timeout=30_000)
    assert page.evaluate("[...window.states]") == ["ringing", "talking", "ended"]
    expect(page.locator(".desk-card")).to_have_count(1)


@pytest.mark.parametrize(
    ("locale", "colours", "width"),
    [("en-US", "light", 1280), ("ja-JP", "dark", 390), ("ja-JP", "light", 1280)],
    ids=["en-light-1280", "ja-dark-390", "ja-light-1280"],
)
def test_b15_it_looks_right(desk: Desk, locale: str, colours: str, width: int) -> None:
    kind = f"{locale}-{colours}-{width}"
    page = desk.page(locale=locale, color_scheme=colours, viewport={"width": width, "height": 860})
    look(page, f"my-calls-empty-{kind}")
    desk.register()
    earlier = desk.call()
    earlier.tell("call.ended")
    with desk.services.database.reading() as connection:
        call_id = connection.execute(select(calls.c.id)).scalar_one()
    text = "新型プレス機の見積書を 2 部。来週水曜 14:00 に訪問。"
    save_memo(desk.services, call_id, text=text, items=("Quote wanted",), origin=MemoOrigin.PHONE, by=BOB)
    desk.call("+81344445555").tell("call.answered")
    desk.call(queue={"name": "support", "wait_seconds": 3})
    expect(page.locator(".desk-card")).to_have_count(3)
    expect(page.locator(".desk-past")).to_have_count(3)
    look(page, f"my-calls-{kind}")
