"""R24, R25, R28: the activity history set up in a real browser, with the keyboard."""

from __future__ import annotations

import re
from typing import Any

import pytest
from connecting_fixture import Site, press, reads, tab_to
from playwright.sync_api import Page, expect
from test_pages_look import look

from devtools.installation.people import ADMIN

pytestmark = pytest.mark.browser

TAB = "/plugins/salesforce/activity"
PEOPLE = "/plugins/salesforce/assignees"
YAMADA = "090-1234-5678"
WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}}
PHONE: dict[str, Any] = {"locale": "ja-JP", "color_scheme": "dark", "viewport": {"width": 390, "height": 860}}


def inserted(page: Page, field: str, placeholder: str) -> str:
    """Press a placeholder's button; gives back what stands in the field then."""
    page.get_by_role("button", name=re.compile(re.escape(placeholder))).click()
    expect(page.locator(f"#{field}")).to_be_focused()
    return page.input_value(f"#{field}")


def test_r24_r25_set_up_with_the_keyboard_and_previewed_live(site: Site):
    site.control("fields", {"object": "Task", "name": "Seconds__c", "type": "double", "label": "通話秒数"})
    site.connect()
    site.call(YAMADA)
    page = site.admin(**WIDE)
    page.goto(TAB)
    look(page, "activity-off-en")
    preview = page.locator("#activity-preview")
    tab_to(page, page.locator("[name=enabled]"))
    page.keyboard.press("Space")
    page.locator("#subject").fill("電話: ")
    assert inserted(page, "subject", "{PERSON}") == "電話: {PERSON}"
    page.keyboard.type(" 様")
    expect(preview).to_contain_text("電話: ")
    expect(preview).to_contain_text("様")
    page.locator("#comment").fill("AB")
    page.keyboard.press("ArrowLeft")
    assert inserted(page, "comment", "{TALK_SECONDS}") == "A{TALK_SECONDS}B"
    expect(preview).to_contain_text(re.compile(r"A\d+B"))
    page.locator("#comment").fill("{TALK_SECOND}")
    expect(preview).to_contain_text("Line 1, column 1: there is no placeholder {TALK_SECOND}.")
    press(page, "Save")
    reads(page, "Nothing was saved")
    expect(page.locator("#comment")).to_have_attribute("aria-invalid", "true")
    look(page, "activity-refused-en")
    page.locator("#comment").fill("{CALL_URL}")
    page.locator("#map_talk_seconds").select_option("Seconds__c")
    expect(preview).to_contain_text("通話秒数")
    press(page, "Save")
    reads(page, "Saved.")
    look(page, "activity-saved-en")
    phone = site.admin(**PHONE)
    phone.goto(TAB)
    look(phone, "activity-saved-ja-phone")


def test_r28_people_assigned_by_search_and_by_e_mail(site: Site):
    site.connect()
    page, phone = site.admin(**WIDE), site.admin(**PHONE)
    page.goto(PEOPLE)
    page.get_by_role("link", name=f"Assign {ADMIN.name}").click()
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("次郎", delay=30)
    reads(page, "鈴木 次郎")
    look(page, "assignee-found-en")
    press(page, "Choose 鈴木 次郎")
    reads(page, f"{ADMIN.name}’s calls belong to 鈴木 次郎.")
    page.goto(PEOPLE)
    page.get_by_role("button", name="Match all by e-mail address").click()
    reads(page, "Nothing is changed yet.")
    look(page, "assignee-match-en")
    page.get_by_role("button", name="Assign what is ticked").click()
    reads(page, "Nothing was ticked, so nothing was changed.")
    phone.goto(PEOPLE)
    look(phone, "assignees-ja-phone")
