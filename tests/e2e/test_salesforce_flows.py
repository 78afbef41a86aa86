"""R15–R18, R20, R30, R31, B4, B8, B11, B16: an admin's days with the connection, in a real browser, by keyboard too."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from connecting_fixture import PAGE, SERVICE_USER, Site, named, press, reads, tab_to
from playwright.sync_api import Page, expect
from running_demo import wait_for

from tests.integration.mail.conftest import SmtpServer, smtp, smtp_servers

__all__ = ["smtp", "smtp_servers"]

pytestmark = pytest.mark.browser

YAMADA, TANAKA, ITO, KATO = "090-1234-5678", "090-8765-4325", "090-8765-4321", "03-1234-5601"
OAUTH = "Authenticate with Salesforce ID"
CONNECTED = f"Connected to Salesforce as {SERVICE_USER}."


def connect_in_bulk(site: Site, page: Page) -> None:
    page.goto(f"{PAGE}?method=password")
    page.get_by_label("On: every day at about 23:00").check()
    site.type_credentials(page)
    reads(page, CONNECTED, "Nightly bulk fetch")


def confirm(page: Page, name: str) -> None:
    """Press this button in the question that has come up; the keyboard is in it already."""
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    tab_to(page, dialog.get_by_role("button", name=name, exact=True))
    page.keyboard.press("Enter")


def test_r15_b8_changing_the_method_by_keyboard_is_compared_tried_kept_and_switched(site: Site):
    page = site.admin()
    connect_in_bulk(site, page)
    before = site.connection()
    press(page, "Connect again or change the method", "link")
    for decision, signs_in in (("Keep the present connection", True), (f"Switch to “{OAUTH}”", False)):
        page.goto(f"{PAGE}?again=1")
        tab_to(page, page.get_by_role("navigation", name="Auth method").get_by_role("link").filter(has_text=OAUTH).first)
        page.keyboard.press("Enter")
        reads(page, "Fetching contacts: in bulk every night → after each call", "Gained", "Dropped")
        press(page, "Test the new login")
        if signs_in:
            site.sign_in_there(page)
        page.get_by_role("button", name="Allow").click()
        reads(page, "The new login works", "Not used yet", "Until you switch, the present connection goes on.")
        assert site.connection() == before
        press(page, decision)
        reads(page, "Connection test")
    assert (now := site.connection()) is not None
    assert now.method == "oauth"
    expect(page.get_by_text("Nightly bulk fetch", exact=True)).to_have_count(0)
    site.call(TANAKA)
    named(page, TANAKA, "田中 美咲")


def test_r16_the_fetch_setting_asks_for_password_and_token_again(site: Site):
    page = site.admin()
    page.goto(f"{PAGE}?method=password")
    site.type_credentials(page)
    reads(page, CONNECTED)
    known, form = site.credentials, page.locator("#fetch")
    tab_to(page, form.get_by_label("Do not fetch contacts"))
    page.keyboard.press("Space")
    for password, answer in (("wrong", "Not saved: the connection and the setting stay as they are."), ("", "Saved.")):
        form.get_by_label("Password").fill(password or known["password"])
        form.get_by_label("Salesforce security token").fill(known["security_token"])
        press(page, "Test connection and save")
        reads(page, answer)
        expect(form.get_by_label("Password")).to_have_value("")
        expect(form.get_by_label("Do not fetch contacts")).to_be_checked()
    site.call(TANAKA)
    named(page, TANAKA, "person not registered")


def test_r20_run_now_shows_progress_and_ends_in_names(site: Site):
    page = site.admin()
    connect_in_bulk(site, page)
    for number in (YAMADA, TANAKA, ITO, "03-9999-0000"):
        site.call(number)
    named(page, YAMADA, "person not registered")
    site.control("faults", [{"kind": "delay", "seconds": 2, "match": {"path": "/search"}, "times": 1}])
    page.goto(PAGE)
    press(page, "Run now")
    reads(page, "The bulk fetch begins in a moment.")
    expect(page.get_by_role("progressbar", name="Progress")).to_be_visible()
    reads(page, "4 of 4")
    expect(page.get_by_role("button", name="Run now")).to_be_visible()
    for number, name in ((YAMADA, "山田 太郎"), (TANAKA, "田中 美咲"), (ITO, "伊藤 健"), ("03-9999-0000", "not registered")):
        named(page, number, name)


def test_r17_b16_disconnecting_keeps_the_settings_and_connecting_again_brings_them_back(site: Site):
    site.connect()
    page = site.admin()
    page.goto(PAGE)
    page.get_by_text("Choose the fields that count").click()
    fax = page.get_by_label("Fax").first
    fax.uncheck()
    fax.locator("xpath=ancestor::form").get_by_role("button").click()
    reads(page, "Saved.")
    press(page, "Disconnect")
    confirm(page, "Disconnect")
    reads(page, "Disconnected. The access was revoked at Salesforce and the tokens are deleted here.")
    reads(page, "Kept from earlier connections", "Tsunagu Demo K.K.", "Settings")
    assert site.connection() is None
    press(page, "Connect to Salesforce")
    site.at_salesforce(page, "Allow")
    reads(page, "The settings that were kept when this org was disconnected hold again.")
    expect(page.get_by_label("Fax").first).not_to_be_checked()


def test_r17_the_waiting_work_of_another_org_is_offered_for_dropping(site: Site):
    site.connect()
    page = site.admin()
    site.control("revoke", {"username": SERVICE_USER})
    site.call(YAMADA)
    page.goto("/calls")
    page.locator("#calls tr").filter(has_text=YAMADA).first.get_by_role("link").first.click()
    expect(page.locator("#call-deliveries")).to_contain_text("On hold")
    page.goto(PAGE)
    press(page, "Disconnect")
    confirm(page, "Disconnect")
    reads(page, "Waiting work: 1")
    site.control("reset", {"organization": 2})
    press(page, "Connect to Salesforce")
    site.at_salesforce(page, "Allow")
    reads(page, "Work of another org keeps waiting. Decide below what becomes of it.")
    assert site.entry("+819012345678") is None
    work = page.get_by_role("button", name="Drop the work of Tsunagu Demo K.K.")
    tab_to(page, work)
    page.keyboard.press("Enter")
    confirm(page, "Drop work")
    reads(page, "Dropped: 1.")
    expect(page.get_by_text("Waiting work: 1")).to_have_count(0)
    named(page, YAMADA, "person not registered")
    page.locator("#calls tr").filter(has_text=YAMADA).first.get_by_role("link").first.click()
    expect(page.locator("#call-deliveries")).to_contain_text("Dropped")


def test_b4_the_api_usage_tab_tells_what_the_org_has_left(site: Site):
    site.connect()
    page = site.admin()
    page.goto(PAGE)
    press(page, "API usage", "link")
    reads(page, "API calls of the org in 24 hours", "Enough", "of 15,000 used")
    page.get_by_label("Reserve in percent of the daily limit").fill("41")
    press(page, "Save")
    reads(page, "Enter a whole number from 0 to 40.")
    page.get_by_label("Reserve in percent of the daily limit").fill("20")
    press(page, "Save")
    reads(page, "Saved.", "Now: 3,000 calls.", "Now: 6,000 calls.")


def test_r31_b5_the_errors_tab_says_what_to_do_and_tries_again(site: Site):
    site.connect()
    body = [{"errorCode": "MALFORMED_SEARCH", "message": "No."}]
    site.control("faults", [{"kind": "reply", "status": 400, "body": body, "match": {"path": "/search"}}])
    page = site.admin()
    site.call(YAMADA)
    page.goto("/calls")
    page.locator("#calls tr").filter(has_text=YAMADA).first.get_by_role("link").first.click()
    expect(page.locator("#call-deliveries")).to_contain_text("Failed")
    page.goto(PAGE)
    press(page, "Errors", "link")
    reads(page, "1 piece of work is stopped")
    card = page.locator("#errors section.card").filter(has=page.get_by_role("button", name="Drop", exact=True))
    expect(card).to_contain_text("Salesforce refuses this request as wrong. Run the connection test and try again")
    press(page, "Show the calls", "link")
    expect(card.locator("tbody tr")).to_contain_text(YAMADA)
    press(page, "Try again now")
    reads(page, "No errors")
    named(page, YAMADA, "山田 太郎")


def test_b11_a_number_on_the_list_is_never_sent(site: Site):
    site.connect()
    page = site.admin()
    page.goto(PAGE)
    press(page, "Make a list", "link")
    page.get_by_label("One per line").fill("０９０－８７６５－４３２５")
    press(page, "Add to the list")
    expect(page.locator("tbody tr")).to_contain_text("090-8765-4325")
    searches = site.requests("/search")
    site.call(TANAKA)
    named(page, TANAKA, "person not registered")
    page.locator("#calls tr").filter(has_text=TANAKA).first.get_by_role("link").first.click()
    expect(page.locator("#call-deliveries")).to_contain_text(
        "This number is on the list of numbers that are not sent to Salesforce."
    )
    assert site.requests("/search") == searches
    page.goto(f"{PAGE}do-not-sync")
    page.get_by_role("button", name="Remove 090-8765-4325").press("Enter")
    reads(page, "The list is empty")
    site.call(ITO)
    named(page, ITO, "伊藤 健")


def test_r30_mails_are_set_tested_and_sent_when_the_connection_is_lost(site: Site, smtp: SmtpServer):
    page = site.admin()
    page.goto("/settings/mail")
    reads(page, "Nobody is told by mail at the moment")
    page.locator("#host").fill("127.0.0.1")
    page.locator("#security").select_option("none")
    page.locator("#port").fill(str(smtp.port))
    page.locator("#sender").fill("tsunagu@example.com")
    page.locator("#recipients").fill("sato@example.com")
    press(page, "Send a test mail")
    reads(page, "The server took the test mail to sato@example.com.")
    press(page, "Save")
    reads(page, "Saved.")
    site.connect()
    site.control("revoke", {"username": SERVICE_USER})
    site.call(YAMADA)
    wait_for(lambda: len(smtp.taken) == 2, 30, lambda: str(smtp.subjects))
    assert "The connection to Salesforce is lost" in smtp.subjects[1]
    site.connect()
    wait_for(lambda: len(smtp.taken) == 3, 30, lambda: str(smtp.subjects))
    assert not any(
        YAMADA in part.get_content() for mail in smtp.taken for part in mail.walk() if part.get_content_maintype() == "text"
    )


def test_r18_the_operation_log_is_filtered_and_taken_along(site: Site, tmp_path: Path):
    site.connect()
    page = site.admin()
    page.goto(PAGE)
    page.get_by_label("Do not fetch contacts").check()
    page.locator("#fetch").get_by_role("button", name="Save").press("Enter")
    reads(page, "Saved.")
    tab_to(page, page.get_by_role("navigation", name="Salesforce settings").get_by_role("link", name="Operation log"))
    page.keyboard.press("Enter")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("admin@example.com")
    tab_to(page, page.get_by_role("link", name="Export CSV"))
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    path = tmp_path / "log.csv"
    download.value.save_as(path)
    lines = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))
    assert len(lines) >= 3
    text = path.read_text("utf-8-sig")
    assert SERVICE_USER in text
    assert site.live.installation.client_secret not in text
    page.get_by_label("Who").fill("nobody")
    page.get_by_label("Who").press("Enter")
    reads(page, "No entry of the log fits these conditions.")
