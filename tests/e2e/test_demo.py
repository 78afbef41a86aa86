"""`dev.py run` from the first start to the second, with a real browser, as a person would use it."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright
from running_demo import RunningDemo, demo_in, free_port, wait_for

from devtools.chromium import executable

RECORDED = 12
NAMES = {
    "090-1234-5678": ("株式会社青空商事", "山田 太郎"),
    "090-8765-4325": ("みどり電機株式会社", "田中 美咲"),
    "090-8765-4321": ("伊藤工務店", "伊藤 健"),
}


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=["--no-sandbox"])
        page = browser.new_context(locale="en-US").new_page()
        page.set_default_timeout(15_000)
        yield page
        browser.close()


@pytest.mark.browser
def test_r6_r19_r22_r26_r29_r34_a_person_tries_the_demo(page: Page, tmp_path: Path) -> None:
    folder, port = tmp_path / "demo", free_port()
    with demo_in(folder, port) as demo:
        demo.wait_until_up()
        log_in(page, demo, "alice@example.com")
        the_history_fills_by_itself_with_names(page)
        a_call_says_why_and_keeps_a_memo(page)
        log_in(page, demo, "admin@example.com")
        switch_salesforce(page, demo, on=False)
        log_in(page, demo, "alice@example.com")
        call_by_click(page, demo, "090-8765-4321", expected_state="Done", salesforce=False)
        log_in(page, demo, "admin@example.com")
        switch_salesforce(page, demo, on=True)
        calls_are_to_become_tasks(page, demo)
        log_in(page, demo, "alice@example.com")
        call_by_click(page, demo, "090-8765-4325", expected_state="Done", salesforce=True)
        the_call_is_one_task_with_the_last_memo(page, demo)
        nothing_is_left_after(demo, signal.SIGINT)
    with demo_in(folder, port) as demo:
        assert demo.wait_until_up() < 30
        log_in(page, demo, "alice@example.com")
        expect(page.get_by_text("Please call Mr. Yamada back")).to_be_visible()
        nothing_is_left_after(demo, signal.SIGTERM)


def log_in(page: Page, demo: RunningDemo, email: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{demo.url}/login")
    page.locator("[name=email]").fill(email)
    page.locator("[name=password]").fill(demo.password)
    page.locator("main button[type=submit], form button[type=submit]").first.click()
    page.wait_for_url("**/calls*")


def rows(page: Page) -> Locator:
    return page.locator("#calls tr")


def the_history_fills_by_itself_with_names(page: Page) -> None:
    """Without a reload, within a minute (R6)."""
    for number, (company, person) in NAMES.items():
        row = rows(page).filter(has_text=number).first
        expect(row).to_contain_text(company, timeout=70_000)
        expect(row).to_contain_text(person, timeout=15_000)
    expect(rows(page)).to_have_count(RECORDED, timeout=60_000)
    expect(rows(page).filter(has_text="Person not registered")).to_have_count(0, timeout=15_000)


def a_call_says_why_and_keeps_a_memo(page: Page) -> None:
    rows(page).filter(has_text="山田 太郎").first.get_by_role("link").first.click()
    why = page.locator("#call-why")
    expect(why).to_contain_text("Contact")
    expect(why).to_contain_text("株式会社青空商事")
    page.locator("#memo-text").fill("Please call Mr. Yamada back")
    page.get_by_role("button", name="Save memo").click()
    expect(page.locator("#memo-status")).to_have_text("Saved.")
    page.reload()
    expect(page.locator("#memo-text")).to_have_value("Please call Mr. Yamada back")


def switch_salesforce(page: Page, demo: RunningDemo, *, on: bool) -> None:
    page.goto(f"{demo.url}/settings/plugins")
    page.locator("#switch-salesforce").click()
    expect(page.locator("#switch-salesforce")).to_have_attribute("aria-checked", "true" if on else "false")


def call_by_click(page: Page, demo: RunningDemo, number: str, *, expected_state: str, salesforce: bool) -> None:
    """The replayed telephone system rings Alice, then calls; a plugin that is off is not told (R22, R34)."""
    page.goto(f"{demo.url}/calls")
    page.locator("#dial-number").fill(number)
    page.get_by_role("button", name="Call", exact=True).click()
    page.wait_for_url("**/calls/*-*")
    expect(page.locator("#call-course")).to_contain_text("Ended", timeout=30_000)
    deliveries = page.locator("#call-deliveries")
    expect(deliveries.locator(".delivery").filter(has_text="Asterisk")).to_contain_text(expected_state)
    ended = deliveries.locator(".delivery").filter(has_text="Salesforce").filter(has_text="After the call")
    if salesforce:
        expect(ended).to_contain_text(expected_state)
    else:
        expect(ended).to_have_count(0)


def calls_are_to_become_tasks(page: Page, demo: RunningDemo) -> None:
    page.goto(f"{demo.url}/plugins/salesforce/activity")
    page.get_by_label("Write calls to Salesforce as activities").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def the_call_is_one_task_with_the_last_memo(page: Page, demo: RunningDemo) -> None:
    """In the org itself: linked with the person who was called, and there once however often the memo changes (R27, R29)."""
    org = page.context.new_page()
    tasks = f"{demo.org_url}/?object=Task"
    listed = (
        org.get_by_role("region", name="Table of records").locator("tbody tr").filter(has_text="Outbound call 田中 美咲")
    )
    wait_for(lambda: org.goto(tasks) and listed.count(), 30, lambda: demo.output)
    listed.get_by_role("link").first.click()
    for memo in ("Wants a quotation", "Wants a quotation by Friday"):
        page.locator("#memo-text").fill(memo)
        page.get_by_role("button", name="Save memo").click()
        expect(page.locator("#memo-status")).to_have_text("Saved.")
        written = org.get_by_role("row", name=re.compile(f"^Description {memo}\\s"))
        wait_for(lambda row=written: org.reload() and row.count(), 30, lambda: demo.output)
    org.goto(tasks)
    expect(listed).to_have_count(1)
    org.close()


def nothing_is_left_after(demo: RunningDemo, number: signal.Signals) -> None:
    assert len(demo.processes()) >= 6, demo.processes()
    assert demo.end(number) == 0, demo.output
    wait_for(lambda: not demo.processes(), 5, lambda: str(demo.processes()))


def test_r35_killing_the_worker_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """kill -9 in the middle of the demo ends it with a sentence; the next start finishes what was begun."""
    folder, port = tmp_path / "demo", free_port()
    with demo_in(folder, port) as demo:
        demo.wait_until_up()
        wait_for(lambda: len(ended_calls(folder)) >= 3, 40, lambda: demo.output)
        worker = demo.part("worker")
        os.kill(worker, signal.SIGKILL)
        assert demo.process.wait(30) == 1
        assert "The worker ended" in demo.output
        wait_for(lambda: not demo.processes(), 5, lambda: str(demo.processes()))
    before = ended_calls(folder)
    with demo_in(folder, port) as demo:
        demo.wait_until_up()
        wait_for(lambda: before <= settled_calls(folder), 30, lambda: str(before - settled_calls(folder)))
    numbers = ids(folder, "SELECT number FROM calls WHERE number IS NOT NULL")
    assert numbers == ids(folder, "SELECT number FROM contacts_entries WHERE source = 'salesforce' AND person <> ''")


def ended_calls(folder: Path) -> set[str]:
    return ids(folder, "SELECT id FROM calls WHERE state = 'ended'")


def settled_calls(folder: Path) -> set[str]:
    """Calls whose end was told to Salesforce's plugin exactly once."""
    return ids(
        folder,
        "SELECT call_id FROM deliveries WHERE plugin = 'salesforce' AND hook = 'on_call_end' GROUP BY call_id "
        "HAVING count(*) = 1 AND max(state) IN ('done', 'skipped')",
    )


def ids(folder: Path, query: str) -> set[str]:
    with sqlite3.connect(f"file:{folder / 'tsunagu.db'}?mode=ro", uri=True) as database:
        return {row[0] for row in database.execute(query)}
