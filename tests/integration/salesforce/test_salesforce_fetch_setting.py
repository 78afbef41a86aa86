"""R14, R16, R19–R21: the form of the fetch setting, and the secrets that must be typed in again to change it."""

from __future__ import annotations

import re

import pytest

from host.plugin_api import Skipped
from plugins.salesforce.connection import read_connection, read_tokens
from plugins.salesforce.preferences import FetchSetting, read_preferences
from plugins.salesforce.registration import SWITCHED_OFF, register_call
from tests.integration.salesforce.conftest import Browser, Host, Pages

PAGE = "/plugins/salesforce/"
FETCH = "/plugins/salesforce/fetch"


@pytest.fixture
def browser(pages: Pages) -> Browser:
    return pages.browser()


def form(browser: Browser) -> str:
    """The form of the fetch setting."""
    page = re.sub(r"\s+", " ", browser.get(PAGE).text)
    found = re.search(r'<form class="card-body" method="post" action="/plugins/salesforce/fetch".*?</form>', page)
    assert found
    return found[0]


def secrets_of(host: Host) -> dict[str, str]:
    return {name: host.org.login[name] for name in ("password", "security_token")}


def fetch(host: Host) -> FetchSetting:
    return read_preferences(host.context).fetch


def test_r14_without_bulk_there_is_one_box_and_a_plain_save(pages: Pages, browser: Browser):
    pages.host.connect("oauth")
    shown = form(browser)
    assert re.search(r'type="checkbox" name="no_fetch" value="on" aria', shown)
    assert "Do not fetch contacts" in shown
    assert 'name="bulk"' not in shown
    assert 'type="password"' not in shown
    assert ">Save</button>" in shown
    assert browser.post(FETCH, no_fetch="on").status_code == 303
    assert fetch(pages.host) is FetchSetting.NONE
    assert 'name="no_fetch" value="on" checked' in form(browser)
    assert browser.post(FETCH).status_code == 303
    assert fetch(pages.host) is FetchSetting.AFTER_EACH_CALL


def test_r14_bulk_is_not_taken_from_a_method_that_does_not_declare_it(pages: Pages, browser: Browser):
    pages.host.connect("oauth")
    assert browser.post(FETCH, bulk="on").status_code == 303
    assert fetch(pages.host) is FetchSetting.AFTER_EACH_CALL


def test_r14_with_bulk_there_are_three_ways_and_after_each_call_is_the_default(pages: Pages, browser: Browser):
    pages.host.org.control("app", {"client_credentials": True, "run_as": pages.host.org.login["username"]})
    pages.host.connect("client_credentials")
    shown = form(browser)
    assert 'name="bulk" value="off" checked' in shown
    assert 'name="bulk" value="on">' in shown
    assert "On: every day at about 23:00" in shown
    assert "Off: after each call (default)" in shown
    for sent, stored in (
        ({"bulk": "on"}, FetchSetting.BULK),
        ({"bulk": "off"}, FetchSetting.AFTER_EACH_CALL),
        ({"bulk": "on", "no_fetch": "on"}, FetchSetting.NONE),
    ):
        assert browser.post(FETCH, **sent).status_code == 303
        assert fetch(pages.host) is stored


def test_r14_the_document_s_words_in_japanese(pages: Pages):
    pages.host.connect("password")
    shown = form(pages.browser(language="ja"))
    for words in (
        "連絡先を一括取得する",
        "毎日 23 時頃に登録",
        "既に連絡先に登録がある場合は、Salesforce のレコード情報で上書きされます",
        "通話終了後に登録",
        "連絡先の取得を行わない",
        "接続をテストして保存",
    ):
        assert words in shown


def test_r16_the_secrets_are_typed_in_again_and_never_shown(pages: Pages, browser: Browser):
    pages.host.connect("password")
    shown = form(browser)
    assert re.findall(r'<input [^>]*id="(\w+)" name="\w+" type="password" value=""', shown) == ["password", "security_token"]
    assert "Test connection and save" in shown
    page = browser.get(PAGE).text
    assert all(secret not in page for secret in secrets_of(pages.host).values())


def test_r16_it_signs_in_with_the_username_kept_and_stores_secrets_and_setting_together(pages: Pages, browser: Browser):
    host = pages.host
    host.connect("password")
    host.org.user(password="quite new 1")
    host.clock.advance(minutes=5)
    answer = browser.post(FETCH, bulk="on", password="quite new 1", security_token=host.org.login["security_token"])
    assert answer.status_code == 303
    assert fetch(host) is FetchSetting.BULK
    assert read_tokens(host.context).kept == {**host.org.login, "password": "quite new 1"}
    assert read_connection(host.context).connected_at == host.clock()


@pytest.mark.parametrize("typed", [{}, {"password": "wrong-secret-1"}, {"password": ""}])
def test_r16_a_failed_test_changes_nothing(pages: Pages, browser: Browser, typed: dict[str, str]):
    host = pages.host
    host.connect("password")
    before = dict(host.context.settings.read()), read_tokens(host.context)
    answer = browser.post(FETCH, bulk="on", security_token=host.org.login["security_token"], **typed)
    assert answer.status_code == 422
    page = re.sub(r"\s+", " ", answer.text)
    assert "Not saved: the connection and the setting stay as they are." in page
    assert 'name="bulk" value="on" checked' in page, "what was chosen is still there"
    assert "wrong-secret-1" not in page
    after = dict(host.context.settings.read()), read_tokens(host.context)
    assert {**before[0], "usage": None} == {**after[0], "usage": None}
    assert before[1] == after[1]


def test_r16_mfa_switched_on_since_is_told_and_changes_nothing(pages: Pages, browser: Browser):
    host = pages.host
    host.connect("password")
    host.org.user(mfa_for_api=True)
    answer = browser.post(FETCH, no_fetch="on", **secrets_of(host))
    assert answer.status_code == 422
    assert fetch(host) is FetchSetting.AFTER_EACH_CALL


def test_r16_another_account_cannot_slip_in(pages: Pages, browser: Browser):
    """The username is the one kept, whatever is sent."""
    host = pages.host
    host.connect("password")
    alice = next(user for user in host.org.credentials["users"] if user["username"].startswith("alice"))
    answer = browser.post(FETCH, no_fetch="on", username=alice["username"], **secrets_of(host))
    assert answer.status_code == 303
    assert read_connection(host.context).username == host.org.login["username"]


def test_r12_the_setting_stands_beside_the_credentials_when_connecting(pages: Pages, browser: Browser):
    page = browser.get(f"{PAGE}?method=password").text
    assert 'name="bulk" value="on"' in page
    assert browser.post(f"{PAGE}connect/password", bulk="on", **pages.host.org.login).status_code == 303
    assert fetch(pages.host) is FetchSetting.BULK


def test_r12_a_refused_login_keeps_what_was_chosen(pages: Pages, browser: Browser):
    login = {**pages.host.org.login, "password": "wrong"}
    answer = browser.post(f"{PAGE}connect/password", no_fetch="on", **login)
    assert answer.status_code == 422
    assert 'name="no_fetch" value="on" checked' in answer.text
    assert pages.host.context.settings.read() == {}


def test_r15_bulk_stored_under_another_method_is_not_in_effect(pages: Pages, browser: Browser):
    pages.host.connect("oauth")
    pages.host.context.settings.write({"fetch": "bulk"})
    assert 'name="no_fetch" value="on" checked' not in form(browser)
    number = "+81312345678"
    result = register_call(pages.host.context, pages.host.ended(number))
    assert not isinstance(result, Skipped), "after each call"


def test_r21_no_fetch_registers_nothing(pages: Pages, browser: Browser):
    pages.host.connect("oauth")
    browser.post(FETCH, no_fetch="on")
    used = pages.host.org.used()
    result = register_call(pages.host.context, pages.host.ended("+81312345678"))
    assert isinstance(result, Skipped)
    assert result.reason == SWITCHED_OFF
    assert pages.host.org.used() == used


def test_r18_the_change_is_logged_without_secrets(pages: Pages, browser: Browser):
    pages.host.connect("password")
    browser.post(FETCH, bulk="on", **secrets_of(pages.host))
    newest = pages.host.context.operations.find().operations[0]
    assert newest.action == "fetch setting changed"
    assert newest.detail["fetching contacts"].before == "after each call"
    assert newest.detail["fetching contacts"].after == "in bulk every night"
    assert all(secret not in str(newest.detail) for secret in secrets_of(pages.host).values())
