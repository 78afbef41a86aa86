"""R15, B8: the auth method is changed by a trial that an admin sees before anything is switched."""

from __future__ import annotations

import re

import pytest

from host.plugin_api import NeedsReauthorisation
from plugins.salesforce import changing
from plugins.salesforce.auth_api import Feature
from plugins.salesforce.changing import TRIALS
from plugins.salesforce.connection import read_connection, read_tokens
from plugins.salesforce.preferences import FetchSetting, read_preferences
from tests.integration.salesforce.badge_method import badge
from tests.integration.salesforce.changing_pages import OAUTH, PAGE, PASSWORD, come_back, text, works
from tests.integration.salesforce.conftest import Browser, Pages

__all__ = ["badge"]


@pytest.fixture
def browser(pages: Pages) -> Browser:
    return pages.browser()


def test_r15_the_page_tells_what_is_gained_lost_and_changed(pages: Pages, browser: Browser):
    pages.host.connect("password")
    pages.host.context.settings.write({"fetch": "bulk"})
    page = text(browser.get(OAUTH))
    for feature in set(Feature) - {Feature.BULK_FETCH}:
        assert re.search(rf"Gained</span></div><div>{re.escape(feature.title)}", page), feature
    assert f"Dropped</span></div><div>{Feature.BULK_FETCH.title} → No" in page
    assert "Fetching contacts: in bulk every night → after each call" in page
    assert "The contact book, all other settings, and calls that wait to be looked up." in page
    assert "Summer ’27" in page, "why to change"
    assert read_preferences(pages.host.context).fetch is FetchSetting.BULK, "looking changes nothing"


def test_r15_b8_from_password_to_oauth(pages: Pages, browser: Browser):
    host = pages.host
    host.connect("password")
    host.context.settings.write({"fetch": "bulk"})
    before = read_connection(host.context), read_tokens(host.context)
    answer = come_back(pages, browser)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{OAUTH}/result")
    assert (read_connection(host.context), read_tokens(host.context)) == before, "nothing is switched yet"
    page = text(browser.get(f"{OAUTH}/result"))
    assert "The new login works" in page
    assert "Salesforce Contacts" in page, "the findings of the test"
    assert re.search(r"API calls spent</dt><dd>[12]</dd>", page)
    assert "Switch to “Authenticate with Salesforce ID”" in page
    assert browser.post(f"{OAUTH}/switch").status_code == 303
    assert read_connection(host.context).method == "oauth"
    assert read_preferences(host.context).fetch is FetchSetting.AFTER_EACH_CALL
    assert host.org.requests("/oauth2/revoke") == [], "a password's session is shared with other programs"
    assert works(host)
    page = text(browser.get(PAGE))
    assert "Changed. Connected to Salesforce as integration@tsunagu-demo.example." in page
    assert host.context.secrets.get(TRIALS.name) is None


def test_b8_a_trial_costs_at_most_two_api_calls(pages: Pages, browser: Browser):
    pages.host.connect("password")
    before = pages.host.org.used()
    come_back(pages, browser)
    browser.get(f"{OAUTH}/result")
    assert pages.host.org.used() - before <= 2
    spent = pages.host.org.used()
    browser.post(f"{OAUTH}/switch")
    assert pages.host.org.used() == spent, "the switch itself costs nothing"


def test_b8_keeping_the_present_connection_gives_the_tested_grant_back(pages: Pages, browser: Browser):
    host = pages.host
    host.connect("password")
    before = read_connection(host.context)
    come_back(pages, browser)
    assert browser.post(f"{OAUTH}/keep").status_code == 303
    assert read_connection(host.context) == before
    assert len(host.org.requests("/oauth2/revoke")) == 1
    assert host.context.secrets.get(TRIALS.name) is None
    assert browser.post(f"{OAUTH}/switch").status_code == 303
    assert read_connection(host.context) == before, "what was given up cannot be switched to"


def test_b8_switching_ends_the_former_grant(pages: Pages, browser: Browser):
    host = pages.host
    host.connect("oauth")
    page = text(browser.get(PASSWORD))
    assert f"Dropped</span></div><div>{Feature.OPERATION_LOG.title}" in page
    assert f"Gained</span></div><div>{Feature.BULK_FETCH.title}" in page
    assert browser.post(PASSWORD, **host.org.login).headers["Location"] == f"{PASSWORD}/result"
    assert host.org.requests("/oauth2/revoke") == []
    browser.post(f"{PASSWORD}/switch")
    assert read_connection(host.context).method == "password"
    assert len(host.org.requests("/oauth2/revoke")) == 1
    assert works(host)


def test_b8_a_trial_survives_a_renewal_of_the_present_connection(pages: Pages, browser: Browser):
    """Rotation goes on while an admin thinks: the newest token is the one that is ended."""
    host = pages.host
    host.connect("oauth")
    browser.post(PASSWORD, **host.org.login)
    before = read_tokens(host.context).kept["refresh_token"]
    host.org.control("clock", {"advance_seconds": 7300})
    assert works(host)
    assert read_tokens(host.context).kept["refresh_token"] != before
    browser.post(f"{PASSWORD}/switch")
    assert len(host.org.requests("/oauth2/revoke")) == 1
    assert works(host)


@pytest.mark.parametrize("lost", [False, True])
def test_b8_a_failed_test_leaves_the_present_connection_and_says_why(pages: Pages, browser: Browser, lost: bool):
    host = pages.host
    host.connect("oauth")
    if lost:
        host.org.control("revoke", {})
        browser.post(f"{PAGE}test")
    before = read_connection(host.context), read_tokens(host.context)
    answer = browser.post(PASSWORD, **{**host.org.login, "password": "wrong-secret-1"})
    assert answer.status_code == 422
    page = text(answer)
    assert "The new login does not work" in page
    assert "does not accept the username, password or security token" in page
    assert ("The present connection goes on working." in page) is not lost
    assert ("The present connection stays lost." in page) is lost
    assert "wrong-secret-1" not in page
    assert host.org.login["username"] in page
    assert (read_connection(host.context), read_tokens(host.context)) == before
    assert works(host) is not lost


def test_b8_denied_in_the_browser_leads_back_to_the_comparison(pages: Pages, browser: Browser):
    host = pages.host
    host.connect("password")
    answer = come_back(pages, browser, press="cancel")
    assert (answer.status_code, answer.headers["Location"]) == (303, OAUTH)
    assert "“Deny” was pressed" in text(browser.get(OAUTH))
    assert read_connection(host.context).method == "password"
    assert works(host)


def test_b8_another_org_is_refused_and_its_grant_given_back(pages: Pages, browser: Browser):
    host = pages.host
    host.connect("password")
    known = read_connection(host.context).to_json()
    host.context.settings.write({"connection": {**known, "org_id": "00D000000000009AAA"}})
    answer = come_back(pages, browser)
    assert answer.headers["Location"] == OAUTH
    assert "This is another Salesforce account" in text(browser.get(OAUTH))
    assert len(host.org.requests("/oauth2/revoke")) == 1
    assert read_connection(host.context).method == "password"


def test_b8_another_user_of_the_same_org_is_shown(pages: Pages, browser: Browser):
    host = pages.host
    host.connect("password")
    host.org.control("app", {"admin_approved_only": False})
    alice = next(user for user in host.org.credentials["users"] if user["username"].startswith("alice"))
    come_back(pages, browser, username=alice["username"], password=alice["password"])
    page = text(browser.get(f"{OAUTH}/result"))
    assert f"{host.org.login['username']} → <strong>{alice['username']}</strong>" in page
    browser.post(f"{OAUTH}/switch")
    assert read_connection(host.context).username == alice["username"]


def test_b8_missing_rights_of_the_new_login_are_seen_before_the_switch(pages: Pages, browser: Browser):
    host = pages.host
    host.connect("password")
    host.org.user(objects={"Lead": {"read": False}})
    come_back(pages, browser)
    assert "No call is matched with a Lead." in text(browser.get(f"{OAUTH}/result"))


def test_b8_a_trial_is_over_after_ten_minutes(pages: Pages, browser: Browser):
    host = pages.host
    host.connect("password")
    come_back(pages, browser)
    host.clock.advance(minutes=11)
    assert browser.post(f"{OAUTH}/switch").status_code == 303
    assert read_connection(host.context).method == "password"
    assert "longer than ten minutes" in text(browser.get(OAUTH))


def test_b8_abandoned_trials_are_given_back_every_night(pages: Pages, browser: Browser):
    host = pages.host
    host.connect("password")
    come_back(pages, browser)
    changing.forget_abandoned(host.context, None)  # type: ignore[arg-type] - it does not look at its run
    assert host.org.requests("/oauth2/revoke") == [], "it may still be decided"
    host.clock.advance(minutes=11)
    changing.forget_abandoned(host.context, None)  # type: ignore[arg-type]
    assert len(host.org.requests("/oauth2/revoke")) == 1
    assert host.context.secrets.get(TRIALS.name) is None


def test_b8_a_trial_belongs_to_the_browser_that_made_it(pages: Pages, browser: Browser):
    pages.host.connect("password")
    come_back(pages, browser)
    other = pages.browser()
    assert other.post(f"{OAUTH}/switch").status_code == 303
    assert read_connection(pages.host.context).method == "password"
    assert other.get(f"{OAUTH}/result").status_code == 303


def test_b8_a_connection_made_meanwhile_is_not_overwritten(pages: Pages, browser: Browser):
    host = pages.host
    host.connect("password")
    come_back(pages, browser)
    host.clock.advance(minutes=1)
    host.connect("password")
    stands = read_connection(host.context)
    browser.post(f"{OAUTH}/switch")
    assert read_connection(host.context) == stands
    assert "changed by somebody else meanwhile" in text(browser.get(OAUTH))
    assert len(host.org.requests("/oauth2/revoke")) == 1, "the tested grant is given back"


def test_b8_pressed_twice_it_switches_once(pages: Pages, browser: Browser):
    host = pages.host
    host.connect("password")
    come_back(pages, browser)
    key = next(iter(TRIALS._read(host.context)))
    changing.switch(host.context, key, "oauth", "admin")
    with pytest.raises(NeedsReauthorisation, match="This test is over"):
        changing.switch(host.context, key, "oauth", "admin")
    assert works(host)
