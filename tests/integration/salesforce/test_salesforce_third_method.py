"""R13: a third party's auth method, installed by entry point, changes no page and no condition."""

from __future__ import annotations

import re

import pytest

from plugins.salesforce.auth_api import Feature
from plugins.salesforce.connection import read_connection
from plugins.salesforce.preferences import FetchSetting, read_preferences
from tests.integration.salesforce.badge_method import Badge, badge
from tests.integration.salesforce.changing_pages import OAUTH, PAGE, come_back, text
from tests.integration.salesforce.conftest import Browser, Pages

__all__ = ["badge"]


@pytest.fixture
def browser(pages: Pages) -> Browser:
    return pages.browser()


def test_r13_a_third_method_changes_no_page_and_no_condition(pages: Pages, browser: Browser, badge: Badge):
    """Title, description, recommendation, notice, guide, fields, features and reconfirmation are all drawn from it."""
    page = text(browser.get(f"{PAGE}?method=badge"))
    assert "<strong>Authenticate with a badge</strong>" in page
    assert "Hold the badge against the reader." in page
    assert "Badges end with Winter ’30." in page
    assert "Order badges for everybody." in page
    assert 'action="/plugins/salesforce/connect/badge"' in page
    assert "It hangs around your neck." in page
    assert re.search(r'id="pin" name="pin" type="password" value=""', page)
    assert 'name="client_secret"' not in page, "needs the app's key, not its secret"
    assert 'name="bulk" value="on"' in page, "bulk is declared, and to be confirmed later"
    login = pages.host.org.login
    pin = login["password"] + login["security_token"]
    assert browser.post(f"{PAGE}connect/badge", badge=login["username"], pin=pin, bulk="on").status_code == 303
    assert read_preferences(pages.host.context).fetch is FetchSetting.BULK
    page = text(browser.get(PAGE))
    assert "Badges end with Winter ’30." in page
    assert f'href="{OAUTH}"' in page
    assert 'action="/plugins/salesforce/disconnect"' in page
    assert re.search(r'action="/plugins/salesforce/fetch".*name="pin" type="password" value=""', page)
    assert browser.post("/plugins/salesforce/fetch", no_fetch="on", pin="wrong").status_code == 422
    assert browser.post("/plugins/salesforce/fetch", no_fetch="on", pin=pin).status_code == 303
    assert read_preferences(pages.host.context).fetch is FetchSetting.NONE


def test_r13_the_change_from_and_to_a_third_method_is_generated(pages: Pages, browser: Browser, badge: Badge):
    login = pages.host.org.login
    pin = login["password"] + login["security_token"]
    pages.host.connect("oauth")
    page = text(browser.get(f"{PAGE}change/badge"))
    assert f"Gained</span></div><div>{Feature.BULK_FETCH.title}" in page
    assert f"Dropped</span></div><div>{Feature.OPERATION_LOG.title}" in page
    assert "Badges end with Winter ’30." in page
    answer = browser.post(f"{PAGE}change/badge", badge=login["username"], pin=pin)
    assert answer.headers["Location"] == f"{PAGE}change/badge/result"
    browser.post(f"{PAGE}change/badge/switch")
    assert read_connection(pages.host.context).method == "badge"
    come_back(pages, browser)
    browser.post(f"{OAUTH}/switch")
    assert read_connection(pages.host.context).method == "oauth"
    assert [kept["pin"] for kept in badge.revoked] == [pin], "the former grant is ended as its method says"
