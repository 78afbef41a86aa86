"""R15, B8: the auth method is changed by a trial that an admin sees before anything is switched."""

from __future__ import annotations

import re
from typing import Any

import pytest

from host.plugin_api import Done, Feature, NeedsReauthorisation
from plugins.salesforce import changing, connecting
from plugins.salesforce.auth.methods import auth_method
from plugins.salesforce.changing import TRIALS
from plugins.salesforce.connection import read_connection, read_tokens
from plugins.salesforce.preferences import FetchSetting, read_preferences
from plugins.salesforce.registration import register_call
from tests.integration.salesforce.badge_method import Badge, badge
from tests.integration.salesforce.conftest import AGENT, SITE, Browser, Host, Pages, query_of
from tests.signing_keys import certificate_of, pem, rsa_key

__all__ = ["badge"]

PAGE = "/plugins/salesforce/"
OAUTH = "/plugins/salesforce/change/oauth"
PASSWORD = "/plugins/salesforce/change/password"


@pytest.fixture
def browser(pages: Pages) -> Browser:
    return pages.browser()


@pytest.fixture
def host(host: Host) -> Host:
    """Both server-to-server methods are set up in the org's app."""
    username = host.org.credentials["username"]
    policies = {"certificate": certificate_of(rsa_key()), "admin_approved_only": True, "approved_users": [username]}
    host.org.control("app", {**policies, "client_credentials": True, "run_as": username})
    return host


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.text)


def come_back(pages: Pages, browser: Browser, press: str = "save", **who: str) -> Any:
    """Press the button, sign in at Salesforce, come back; gives back the answer of the callback."""
    answer = browser.post(OAUTH)
    assert answer.status_code == 303, answer.text
    return browser.get(pages.host.org.sign_in(answer.headers["Location"], press=press, **who).removeprefix(SITE))


def works(host: Host) -> bool:
    """Whether a look-up is done by the connection in use."""
    try:
        return isinstance(register_call(host.context, host.ended("+81312345678")), Done)
    except NeedsReauthorisation:
        return False


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
    changing.switch(host.context, key, "admin")
    with pytest.raises(NeedsReauthorisation, match="This test is over"):
        changing.switch(host.context, key, "admin")
    assert works(host)


METHODS = ("oauth", "password", "jwt_bearer", "client_credentials")


def typed(host: Host, name: str) -> dict[str, str]:
    every = {**host.org.login, "private_key": pem(rsa_key())}
    return {field.name: every[field.name] for field in auth_method(name).credentials}


@pytest.mark.parametrize("old", METHODS)
@pytest.mark.parametrize("new", METHODS)
def test_r15_from_every_method_to_every_other(host: Host, old: str, new: str):
    if old == new:
        return
    assert isinstance(host.connect(old, **typed(host, old)), connecting.Connected)
    begun = changing.begin_trial(host.context, auth_method(new), typed(host, new), "admin")
    if not isinstance(begun, connecting.Tried):
        key = connecting.keep_sign_in(host.context, auth_method(new), begun, to_change=True)
        begun = connecting.come_back(host.context, query_of(host.org.sign_in(begun.url)), key, "admin")
    assert isinstance(begun, connecting.Tried)
    assert works(host), "the old one works beside the trial"
    changing.switch(host.context, changing.keep_trial(host.context, begun), "admin")
    assert read_connection(host.context).method == new
    assert works(host)
    assert read_tokens(host.context).access_token not in repr(begun)


def test_r15_another_method_is_never_connected_without_the_comparison(pages: Pages, browser: Browser):
    pages.host.connect("oauth")
    answer = browser.post(f"{PAGE}connect/password", **pages.host.org.login)
    assert (answer.status_code, answer.headers["Location"]) == (303, PASSWORD)
    assert read_connection(pages.host.context).method == "oauth"
    page = browser.get(f"{PAGE}?again=1").text
    assert f'href="{PASSWORD}"' in page


def test_re_authorising_needs_no_comparison(pages: Pages, browser: Browser):
    pages.host.connect("password")
    assert browser.get(PASSWORD).headers["Location"] == f"{PAGE}?method=password&again=1"
    assert browser.post(f"{PAGE}connect/password", **pages.host.org.login).headers["Location"] == PAGE


def test_without_a_connection_there_is_nothing_to_compare(browser: Browser):
    assert browser.get(OAUTH).headers["Location"] == f"{PAGE}?method=oauth&again=1"
    assert browser.post(OAUTH).headers["Location"] == f"{PAGE}?method=oauth&again=1"
    assert browser.get(f"{PAGE}change/nonsense").status_code == 404


def test_only_admins_change_it(pages: Pages):
    agent = pages.browser(AGENT)
    assert [agent.get(path).status_code for path in (OAUTH, f"{OAUTH}/result")] == [403] * 2
    assert [agent.post(path).status_code for path in (OAUTH, f"{OAUTH}/switch", f"{OAUTH}/keep")] == [403] * 3


def test_b9_the_password_page_names_the_date_and_leads_to_the_other_methods(pages: Pages, browser: Browser):
    pages.host.connect("password")
    page = browser.get(PAGE).text
    assert "Summer ’27" in page
    for name in ("oauth", "jwt_bearer", "client_credentials"):
        assert f'href="{PAGE}change/{name}"' in page
    pages.host.connect("oauth")
    assert "Summer ’27" not in browser.get(PAGE).text


def test_r18_the_change_is_logged_with_before_and_after(pages: Pages, browser: Browser):
    host = pages.host
    host.connect("password")
    host.context.settings.write({"fetch": "bulk"})
    come_back(pages, browser)
    browser.post(f"{OAUTH}/switch")
    newest = host.context.operations.find().operations[0]
    assert newest.action == "auth method changed"
    assert {name: (change.before, change.after) for name, change in newest.detail.items()} == {
        "method": ("Authenticate with ID and password", "Authenticate with Salesforce ID"),
        "fetching contacts": ("in bulk every night", "after each call"),
    }


def test_a_trial_is_kept_sealed(pages: Pages, browser: Browser):
    host = pages.host
    host.connect("oauth")
    browser.post(PASSWORD, **host.org.login)
    with host.services.database.reading() as connection:
        rows = str(connection.exec_driver_sql("SELECT * FROM plugin_secrets").all())
    assert host.org.login["password"] not in rows
    assert host.org.login["password"] not in str(host.context.settings.read())


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
