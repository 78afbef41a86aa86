"""The pages as people use them, in a real browser."""

from __future__ import annotations

import pytest
from browser_fixture import Served
from office_fixture import AGENT, PASSWORD, add_call, change_call
from playwright.sync_api import expect
from sqlalchemy import update

from host.memos import save_memo
from host.plugin_api import ContactEntry
from host.plugin_api.events import MemoOrigin
from host.storage import tables
from host.storage.call_notes import memo_of

pytestmark = pytest.mark.browser


def memo_text(served: Served, name: str) -> str | None:
    with served.office.services.database.reading() as connection:
        memo = memo_of(connection, served.office.calls[name])
    return memo.text if memo else None


def test_new_calls_appear_by_themselves_are_announced_and_leave_the_focus_alone(served: Served) -> None:
    page = served.logged_in()
    link = page.locator(f"#call-{served.office.calls['missed']} .call-time a")
    link.focus()
    page.evaluate("window.stillHere = document.activeElement")
    fresh = add_call(served.office.services, number="+81344445555")
    expect(page.locator("#calls tr").first).to_have_id(f"call-{fresh}")
    expect(page.locator("#announcer")).to_have_text("One new call.")
    assert page.evaluate("window.stillHere === document.activeElement && window.stillHere.isConnected")
    assert page.locator("#calls tr").count() == 17
    assert not served.faults


def test_r6_a_name_appears_in_an_open_list_as_soon_as_it_is_registered(served: Served) -> None:
    page = served.logged_in()
    row = page.locator(f"#call-{served.office.calls['unknown']}")
    expect(row).to_contain_text("company not registered")
    book, now = served.office.services.registry.contact_book(), served.office.clock()
    book.register(ContactEntry(number="+81344445555", company="北星食品", person="森 大輔", source="manual", updated_at=now))
    expect(row).to_contain_text("北星食品")


def test_an_empty_list_fills(served: Served) -> None:
    page = served.logged_in()
    page.goto("/calls?number=0120444444")
    expect(page.get_by_text("No call fits these filters")).to_be_visible()
    add_call(served.office.services, number="+81120444444")
    expect(page.locator("#calls tr")).to_have_count(1)
    expect(page.get_by_text("No call fits these filters")).to_be_hidden()


def test_the_call_page_follows_the_call_and_never_touches_the_memo_being_written(served: Served) -> None:
    page = served.logged_in()
    page.goto(served.call_url("ringing"))
    page.fill("#memo-text", "書きかけ")
    change_call(served.office.services, served.office.calls["ringing"], state="answered")
    expect(page.locator("#call-head")).to_contain_text("In a call")
    change_call(served.office.services, served.office.calls["ringing"], state="ended", outcome="answered", talk_seconds=65)
    expect(page.locator("#call-head")).to_contain_text("1:05")
    expect(page.locator("#memo-text")).to_have_value("書きかけ")
    assert page.evaluate("document.activeElement.id") == "memo-text"


def test_unsaved_memo_text_survives_a_lost_network_and_a_reload(served: Served) -> None:
    page = served.logged_in(AGENT)
    page.goto(served.call_url("unknown"))
    page.context.set_offline(True)
    page.fill("#memo-text", "大事な内容\n二行目")
    page.get_by_label("クレーム").check()
    page.get_by_role("button", name="Save memo").click()
    expect(page.locator("#memo-status")).to_contain_text("Not saved: the server could not be reached.")
    page.context.set_offline(False)
    page.reload()
    expect(page.locator("#memo-text")).to_have_value("大事な内容\n二行目")
    expect(page.get_by_label("クレーム")).to_be_checked()
    page.get_by_role("button", name="Save memo").click()
    expect(page.locator("#memo-status")).to_have_text("Saved.")
    assert memo_text(served, "unknown") == "大事な内容\n二行目"
    page.reload()
    expect(page.locator("#memo-status")).to_be_empty()
    assert page.evaluate("localStorage.length") == 0


def test_two_people_writing_lose_nothing_even_with_an_old_draft(served: Served) -> None:
    page = served.logged_in(AGENT)
    page.goto(served.call_url("matched"))
    page.fill("#memo-text", "私の下書き")
    theirs = {"text": "別の人の内容", "items": [], "origin": MemoOrigin.HISTORY, "by": "tanaka@example.co.jp"}
    save_memo(served.office.services, served.office.calls["matched"], **theirs)
    page.reload()
    expect(page.locator("#memo-text")).to_have_value("私の下書き")
    page.get_by_role("button", name="Save memo").click()
    expect(page.locator("#memo")).to_contain_text("別の人の内容")
    expect(page.locator("#memo-text")).to_have_value("私の下書き")
    assert memo_text(served, "matched") == "別の人の内容"
    page.get_by_role("button", name="Save memo").click()
    expect(page.locator("#memo-status")).to_have_text("Saved.")
    assert memo_text(served, "matched") == "私の下書き"


def test_r22_a_click_on_a_number_asks_first_and_shows_the_call(served: Served) -> None:
    page = served.logged_in(AGENT)
    button = page.locator(f"#call-{served.office.calls['matched']} .icon-button")
    button.click()
    dialog = page.locator("#confirmation")
    expect(dialog).to_contain_text("Call 090-1234-5678?")
    expect(dialog).to_contain_text("extension 102")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    assert page.url.endswith("/calls")
    button.click()
    page.keyboard.press("Tab")
    dialog.get_by_role("button", name="Call", exact=True).click()
    page.wait_for_url("**/calls/*-*")
    expect(page.locator("#call-head")).to_contain_text("Dialling")


def test_r34_a_plugin_s_switch_works_by_keyboard_and_keeps_the_focus(served: Served) -> None:
    page = served.logged_in()
    page.goto("/settings/plugins")
    switch = page.get_by_role("switch", name="Salesforce")
    switch.focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("switch", name="Salesforce")).to_have_attribute("aria-checked", "false")
    expect(page.get_by_role("switch", name="Salesforce")).to_be_focused()
    assert not served.office.services.registry.is_enabled("salesforce")


def test_the_keyboard_reaches_the_content_at_once_and_escape_closes_the_menu(served: Served) -> None:
    page = served.logged_in()
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("#person-menu summary").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Log out")).to_be_hidden()


def test_a_session_that_ends_leads_an_open_page_to_the_login(served: Served) -> None:
    page = served.logged_in(AGENT)
    page.context.clear_cookies()
    page.wait_for_url("**/login**")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()


def test_a_lost_server_is_told_and_the_list_goes_on_when_it_is_back(served: Served) -> None:
    page = served.logged_in()
    page.context.set_offline(True)
    expect(page.get_by_text("The connection to the server is lost.")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("The connection to the server is lost.")).to_be_hidden()


def test_everything_needed_works_without_script(served: Served) -> None:
    page = served.logged_in(AGENT, java_script_enabled=False, viewport={"width": 390, "height": 844})
    expect(page.get_by_role("link", name="Call history")).to_be_visible()
    page.goto("/calls?direction=outbound")
    assert page.locator("#calls tr").count() == 2
    page.goto(served.call_url("unknown"))
    page.fill("#memo-text", "スクリプトなし")
    page.get_by_role("button", name="Save memo").click()
    expect(page.get_by_text("The memo is saved.")).to_be_visible()
    assert memo_text(served, "unknown") == "スクリプトなし"
    page.locator("#person-menu summary").click()
    page.get_by_role("button", name="日本語").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("03-4444-5555")
    assert page.locator("html").get_attribute("lang") == "ja"
    page.locator("#person-menu summary").click()
    page.get_by_role("button", name="ログアウト").click()
    expect(page.get_by_label("パスワード")).to_be_visible()
    assert PASSWORD not in page.content()


def test_b15_without_a_stream_the_agents_page_asks_every_second(served: Served) -> None:
    """This server here lends nobody its connections, as any other than Tsunagu's own may."""
    page = served.logged_in(AGENT)
    page.goto("/agent")
    expect(page.locator("#desk-live")).to_have_text("Updated every second")
    card = page.locator(".desk-card")
    expect(card).to_contain_text("山田 太郎")
    change_call(served.office.services, served.office.calls["ringing"], state="answered")
    expect(card).to_contain_text("In a call")
    add_call(served.office.services, number="+81344445555", state="ringing", outcome=None)
    expect(card).to_have_count(2)
    assert not served.faults


def test_r31_b5_what_is_tried_again_shows_until_it_is_settled(served: Served) -> None:
    services = served.office.services
    page = served.logged_in()
    page.goto("/settings/errors")
    group = page.locator("section.card").filter(has_text="Salesforce refuses this request.")
    group.get_by_role("link", name="Show the calls").click()
    expect(group.locator("tbody tr")).to_have_count(1)
    group.get_by_role("button", name="Try again now").click()
    expect(page.get_by_text("1 piece of work is being tried again.")).to_be_visible()
    expect(group).to_contain_text("1 is being tried again")
    with services.database.writing() as connection:
        settled = update(tables.deliveries).where(tables.deliveries.c.state == "waiting")
        connection.execute(settled.values(state="done", reason=""))
    expect(group).to_have_count(0)
    page.get_by_role("button", name="Drop everything").click()
    page.get_by_role("dialog").get_by_role("button", name="Drop everything").click()
    expect(page.get_by_role("heading", name="No errors")).to_be_visible()
    assert not served.faults
