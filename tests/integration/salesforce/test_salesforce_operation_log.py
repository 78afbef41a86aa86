"""R18: the tab Operation log and its file: only where the auth method declares it, without secrets, in both languages."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime

import pytest

from plugins.salesforce.auth.methods import auth_methods
from plugins.salesforce.auth_api import Feature
from tests.integration.salesforce.conftest import ADMIN, AGENT, Browser, Pages

TAB = "/plugins/salesforce/log"
FILE = f"{TAB}/file"


@pytest.fixture
def browser(pages: Pages) -> Browser:
    pages.host.connect("oauth")
    return pages.browser()


def shown(browser: Browser, url: str = TAB) -> str:
    answer = browser.get(url)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def rows(browser: Browser, query: str = "") -> list[list[str]]:
    text = browser.get(FILE + query).get_data(as_text=True)
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_r18_who_when_what_and_what_was_there_before(pages: Pages, browser: Browser):
    browser.post("/plugins/salesforce/fetch", no_fetch="on")
    page = shown(browser)
    assert (
        f"{ADMIN} fetch setting changed fetching contacts: before: after each call → after: contacts are not fetched" in page
    )
    assert "method: Authenticate with Salesforce ID" in page
    assert 'href="/plugins/salesforce/log" aria-current="page"' in browser.get(TAB).text


def test_r18_the_log_is_japanese_for_a_japanese_admin(pages: Pages, browser: Browser):
    browser.post("/plugins/salesforce/fetch", no_fetch="on")
    page = shown(pages.browser(language="ja"))
    assert "連絡先の取得設定を変更" in page
    assert "変更前： 通話終了後に取得 → 変更後： 取得しない" in page


def test_r18_accepted_rights_and_restored_settings_are_told_in_japanese(pages: Pages, browser: Browser):
    pages.host.org.user(objects={"Lead": {"read": False}})
    browser.post("/plugins/salesforce/test")
    browser.post("/plugins/salesforce/rights")
    browser.post("/plugins/salesforce/usage/reserve", reserve="33")
    browser.post("/plugins/salesforce/disconnect")
    pages.host.connect("oauth")
    page = shown(pages.browser(language="ja"))
    assert "権限：Lead.:read" in page
    assert re.search("API コールの予備枠： ?変更前： – → 変更後： 33%", page)


@pytest.mark.parametrize("url", [TAB, FILE])
@pytest.mark.parametrize("method", [method.name for method in auth_methods() if not method.declares(Feature.OPERATION_LOG)])
def test_r18_without_the_declaration_there_is_no_log(pages: Pages, method: str, url: str):
    pages.host.connect(method)
    browser = pages.browser()
    answer = browser.get(url)
    assert answer.status_code == 404
    assert "does not offer this: Operation log." in answer.text
    assert "では利用できません: 操作ログ" in pages.browser(language="ja").get(url).text
    assert f'href="{TAB}"' not in browser.get("/plugins/salesforce/").text
    assert "connected" in shown(browser, "/settings/log?area=salesforce"), "the site's own log shows every line"


@pytest.mark.parametrize("url", [TAB, FILE])
def test_r18_without_a_connection_there_is_no_log(pages: Pages, url: str):
    answer = pages.browser().get(url)
    assert (answer.status_code, "Salesforce is not connected." in answer.text) == (404, True)


@pytest.mark.parametrize("url", [TAB, FILE])
def test_r18_only_admins_see_it(pages: Pages, browser: Browser, url: str):
    assert pages.browser(AGENT).get(url).status_code == 403


def test_r18_filtered_by_who_what_and_when(pages: Pages):
    pages.host.connect("oauth")
    context, clock = pages.host.context, pages.host.clock
    clock.now = datetime(2026, 11, 30, 14, 59, tzinfo=UTC)  # one minute before midnight in Tokyo
    context.audit("Early Bird", "old work", {})
    clock.advance(minutes=2)
    context.audit("Late Owl", "new work", {})
    browser = pages.browser()
    assert "old work" not in shown(browser, f"{TAB}?from=2026-12-01").split("Export CSV")[1]
    assert "new work" not in shown(browser, f"{TAB}?to=2026-11-30").split("Export CSV")[1]
    assert [row[3] for row in rows(browser, "?actor=owl")[1:]] == ["new work"]
    assert [row[3] for row in rows(browser, "?action=old+work")[1:]] == ["old work"]
    assert rows(browser, "?action=old+work")[1][1] == "2026-11-30 23:59:00"
    assert "No entry of the log fits these conditions." in shown(browser, f"{TAB}?actor=nobody")


def test_r18_paged(pages: Pages, browser: Browser):
    for number in range(105):
        pages.host.context.audit("someone", f"work {number}.", {})
    first = browser.get(TAB).text
    older = re.search(r'href="([^"]+)" rel="next"', first)
    assert older
    second = shown(browser, older[1].replace("&amp;", "&"))
    assert ("work 5." in shown(browser).split("Export CSV")[1], "work 4." in second) == (True, True)
    assert len(rows(browser)) > 105


def test_r18_the_file_runs_no_formula(pages: Pages, browser: Browser):
    pages.host.context.audit("=cmd()", "+1", {"@x": "-2"})
    assert rows(browser)[1][2:] == ["'=cmd()", "'+1", "'@x", "", "'-2"]


def test_r18_no_secret_is_told(pages: Pages, browser: Browser, monkeypatch: pytest.MonkeyPatch):
    for name in ("CLIENT_ID", "CLIENT_SECRET", "LOGIN_URL"):
        monkeypatch.delenv(f"TSUNAGU_SALESFORCE_{name}")
    app = {"login": "production", "client_id": "the.key", "client_secret": "TheVerySecret", "api_version": "51.0"}
    browser.post("/plugins/salesforce/app", **app)
    page = shown(browser)
    assert "app settings changed" in page
    assert "consumer secret: changed" in page
    assert "consumer key: before: – → after: the.key" in page
    assert "TheVerySecret" not in page + str(rows(browser))


def test_r18_a_test_by_hand_is_in_it(pages: Pages, browser: Browser):
    browser.post("/plugins/salesforce/test")
    assert "connection tested" in shown(browser)
