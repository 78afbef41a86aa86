"""B2 in a real browser against running processes: search as one types, move the call, see it follow, undo."""

from __future__ import annotations

import re

import pytest
from connecting_fixture import Site, reads
from playwright.sync_api import Page, expect
from test_pages_look import look
from test_salesforce_look import LOOKS, YAMADA

pytestmark = pytest.mark.browser


def open_call(page: Page) -> str:
    """Go to the newest call's page, once its contact is there; gives back its address."""
    page.goto("/calls")
    expect(page.locator("#calls")).to_contain_text("山田 太郎")
    page.locator("#calls a").first.click()
    page.wait_for_url(re.compile(r"/calls/[0-9a-f-]{36}$"))
    return page.url


def test_b2_a_call_is_moved_by_typing_a_name_and_moved_back(site: Site) -> None:
    site.connect()
    site.call(YAMADA)
    page = site.admin()
    call = open_call(page)
    page.get_by_role("link", name="Move to another record").click()
    page.locator("#q").press_sequentially("みどり", delay=20)
    found = page.locator("#found")
    expect(found.get_by_role("listitem").first).to_contain_text("みどり電機株式会社")
    found.get_by_role("button", name="Choose みどり電機株式会社").first.click()
    page.wait_for_url(call)
    reads(page, "Moved to ")
    expect(page.locator("#call-contact")).to_contain_text("みどり電機株式会社")
    expect(page.locator("#call-why")).to_contain_text("Chosen by ")
    page.get_by_role("link", name="Move to another record").click()
    page.get_by_role("button", name="Undo: let the rules choose").click()
    page.wait_for_url(call)
    expect(page.locator("#call-contact")).to_contain_text("山田 太郎")
    expect(page.locator("#call-why")).not_to_contain_text("Chosen by ")


@pytest.mark.parametrize("kind", ["ja-light-1280", "ja-dark-390"])
def test_b2_the_page_looks_right(site: Site, kind: str) -> None:
    site.connect()
    site.call(YAMADA)
    page = site.admin(**LOOKS[kind])
    call = open_call(page)
    look(page, f"move-call-{kind}")
    page.get_by_role("link", name="別のレコードに変更").click()
    look(page, f"move-begin-{kind}")
    page.locator("#q").press_sequentially("090-1234", delay=20)
    expect(page.locator("#found").get_by_role("listitem").first).to_contain_text("この番号を保持")
    look(page, f"move-number-{kind}")
    page.locator("#q").fill("みどり")
    expect(page.locator("#found").get_by_role("listitem").first).to_contain_text("みどり電機株式会社")
    look(page, f"move-found-{kind}")
    page.locator("#found").get_by_role("button").first.click()
    page.wait_for_url(call)
    expect(page.locator("#call-why")).to_contain_text("に選択したレコードです")
    look(page, f"move-moved-{kind}")
    page.get_by_role("link", name="別のレコードに変更").click()
    look(page, f"move-chosen-{kind}")
