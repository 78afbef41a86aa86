"""R11–R14, R17: the settings page, used as an admin uses it."""

from __future__ import annotations

import re

import pytest

from plugins.salesforce.auth.methods import auth_methods
from plugins.salesforce.auth_api import Feature
from plugins.salesforce.connection import read_connection
from tests.integration.salesforce.conftest import AGENT, SITE, Browser, Host, Pages

PAGE = "/plugins/salesforce/"


@pytest.fixture
def browser(pages: Pages) -> Browser:
    return pages.browser()


def text(browser: Browser, url: str = PAGE) -> str:
    answer = browser.get(url)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", answer.text)


def connect_by_oauth(pages: Pages, browser: Browser, press: str = "save") -> str:
    """Press the button, sign in, come back; gives back the page's text after that."""
    answer = browser.post("/plugins/salesforce/connect/oauth")
    assert answer.status_code == 303
    back = pages.host.org.sign_in(answer.headers["Location"], press=press).removeprefix(SITE)
    answer = browser.get(back)
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE), "the code is gone from the address"
    return text(browser)


def test_r11_connect_and_allow(pages: Pages, browser: Browser):
    page = connect_by_oauth(pages, browser)
    assert "Connected to Salesforce as integration@tsunagu-demo.example" in page
    assert "Tsunagu Demo K.K." in page
    assert "Can be read. Numbers are looked up in: Business Phone" in page
    assert 'action="/plugins/salesforce/connect' not in page
    assert re.search(r"\d+ of 15,000", page)


def test_r11_deny(pages: Pages, browser: Browser):
    page = connect_by_oauth(pages, browser, press="cancel")
    assert "“Deny” was pressed" in page
    assert read_connection(pages.host.context) is None


def test_r11_the_answer_belongs_to_the_browser_that_asked(pages: Pages, browser: Browser):
    answer = browser.post("/plugins/salesforce/connect/oauth")
    back = pages.host.org.sign_in(answer.headers["Location"]).removeprefix(SITE)
    other = pages.browser()
    assert other.get(back).status_code == 303
    assert "does not belong to a sign-in of this browser" in text(other)
    assert read_connection(pages.host.context) is None


def test_r12_test_connection_and_save(pages: Pages, browser: Browser):
    answer = browser.post("/plugins/salesforce/connect/password", **pages.host.org.login)
    assert answer.status_code == 303
    page = text(browser)
    assert "Connected to Salesforce as integration@tsunagu-demo.example" in page
    assert "ended by support" in page
    assert "/plugins/salesforce/disconnect" not in page


def test_r12_a_refused_login_shows_the_reason_and_keeps_what_is_no_secret(pages: Pages, browser: Browser):
    login = {**pages.host.org.login, "password": "wrong-secret-1"}
    answer = browser.post("/plugins/salesforce/connect/password", **login)
    assert answer.status_code == 422
    assert "does not accept the username, password or security token" in answer.text
    assert login["username"] in answer.text
    assert "wrong-secret-1" not in answer.text
    assert login["security_token"] not in answer.text
    assert read_connection(pages.host.context) is None


def test_r13_the_table_of_differences_is_drawn_from_the_declarations(browser: Browser):
    page = text(browser)
    rows = re.findall(r'<tr><th scope="row">(.*?)<small.*?</th>(.*?)</tr>', page)
    assert [title for title, _ in rows] == [feature.title for feature in Feature]
    for feature, (_, cells) in zip(Feature, rows, strict=True):
        found = re.findall(r"<td[^>]*>(.*?)</td>", cells)
        assert ["Yes" in cell for cell in found] == [method.declares(feature) for method in auth_methods()]
        assert all("Yes" in cell or feature.without in cell for cell in found)


def test_recommended_comes_first(browser: Browser):
    page = text(browser)
    assert page.index("Authenticate with Salesforce ID") < page.index("Authenticate with ID and password")
    assert 'action="/plugins/salesforce/connect/oauth"' in page


POSTED = ("test", "disconnect", "connect/oauth", "app", "fetch", "fields")


def test_only_admins_come_in(pages: Pages):
    agent = pages.browser(AGENT)
    assert [agent.get(PAGE + path).status_code for path in ("", "callback")] == [403] * 2
    assert [agent.post(PAGE + path).status_code for path in POSTED] == [403] * len(POSTED)


def test_what_changes_something_is_post_with_a_token(browser: Browser):
    assert [browser.get(PAGE + path).status_code for path in POSTED] == [405] * len(POSTED)
    assert [browser.client.post(PAGE + path).status_code for path in POSTED] == [400] * len(POSTED)


def test_an_unknown_method_is_not_found(browser: Browser):
    assert browser.post("/plugins/salesforce/connect/nonsense").status_code == 404
    assert browser.get(f"{PAGE}?method=nonsense").status_code == 200


@pytest.fixture
def own_app(monkeypatch: pytest.MonkeyPatch, host: Host) -> dict[str, str]:
    """The app's key and secret are typed in on the page instead of coming from the environment."""
    known = host.org.credentials
    monkeypatch.delenv("TSUNAGU_SALESFORCE_CLIENT_ID")
    monkeypatch.delenv("TSUNAGU_SALESFORCE_CLIENT_SECRET")
    return {"client_id": known["client_id"], "client_secret": known["client_secret"], "login": "production"}


def test_the_apps_secret_is_stored_sealed_and_never_shown(own_app: dict[str, str], pages: Pages, browser: Browser):
    page = text(browser)
    assert "First save the consumer key and secret" in page
    assert f'value="{SITE}/plugins/salesforce/callback"' in page
    assert browser.post("/plugins/salesforce/app", **own_app, api_version="51.0").status_code == 303
    page = text(browser)
    assert "It is set. Leave this blank to keep it." in page
    assert own_app["client_secret"] not in page
    assert browser.post("/plugins/salesforce/app", **{**own_app, "client_secret": ""}).status_code == 303
    assert "Connected to Salesforce as" in connect_by_oauth(pages, browser)


WRONG_APP_SETTINGS = (
    ("api_version", "five", "Enter a version like 51.0."),
    ("api_version", "51", "Enter a version like 51.0."),
    ("client_id", "two words", "This is no key of a Salesforce app"),
    ("client_secret", "x" * 300, "This is no key of a Salesforce app"),
)


def test_wrong_app_settings_are_refused_and_nothing_is_written(own_app: dict[str, str], pages: Pages, browser: Browser):
    for field, value, words in WRONG_APP_SETTINGS:
        answer = browser.post("/plugins/salesforce/app", **{**own_app, field: value})
        assert answer.status_code == 422, field
        assert words in answer.text
    assert pages.host.context.settings.read() == {}


def test_a_login_host_must_be_salesforces(
    own_app: dict[str, str], pages: Pages, browser: Browser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("TSUNAGU_SALESFORCE_LOGIN_URL")
    for host in ("", "evil.example", "salesforce.com.evil.example", "acme.my.salesforce.com@evil.example"):
        answer = browser.post("/plugins/salesforce/app", **{**own_app, "login": "domain", "my_domain": host})
        assert answer.status_code == 422, host
    wanted = {**own_app, "login": "domain", "my_domain": "https://Acme.my.salesforce.com/home"}
    assert browser.post("/plugins/salesforce/app", **wanted).status_code == 303
    assert pages.host.context.settings.read()["login_host"] == "acme.my.salesforce.com"


def test_r7_another_version_is_checked_when_connected(pages: Pages, browser: Browser):
    pages.host.connect("password")
    answer = browser.post("/plugins/salesforce/app", login="production", api_version="99.0")
    assert answer.status_code == 422
    assert "does not offer API version 99.0" in answer.text
    assert browser.post("/plugins/salesforce/app", login="production", api_version="52.0").status_code == 303
    assert read_connection(pages.host.context).api_version == "52.0"


def test_r3_fields_are_unticked(pages: Pages, browser: Browser):
    pages.host.connect("password")
    page = text(browser)
    every = re.findall(r'name="fields" value="([\w.]+)" checked', page)
    assert "Contact.Fax" in every
    browser.post("/plugins/salesforce/fields", fields=[field for field in every if not field.endswith("Fax")])
    assert pages.host.context.settings.read()["unticked"] == ["Contact.Fax", "Account.Fax", "Lead.Fax"]
    assert re.search(r'value="Contact.Fax">', text(browser))
    assert browser.post("/plugins/salesforce/fields").status_code == 422


def test_r10_what_each_missing_right_costs(pages: Pages, browser: Browser):
    pages.host.org.user(objects={"Lead": {"read": False}}, fields={"Contact.MobilePhone": {"read": False}})
    pages.host.connect("password")
    page = text(browser)
    assert "<strong>No call is matched with a Lead.</strong>" in page
    assert "<code>Contact.MobilePhone</code> · reading" in page
    assert "This telephone field is hidden from the connected user." in page
    pages.host.org.user(objects={"Lead": {"read": True}})
    browser.post("/plugins/salesforce/test")
    assert "No call is matched with a Lead." not in text(browser)


def test_r17_disconnect(pages: Pages, browser: Browser):
    connect_by_oauth(pages, browser)
    assert browser.post("/plugins/salesforce/disconnect").status_code == 303
    page = text(browser)
    assert "Disconnected." in page
    assert 'action="/plugins/salesforce/connect/oauth"' in page


def test_r32_a_lost_connection_is_a_banner_on_every_admins_page(pages: Pages, browser: Browser):
    pages.host.connect("oauth")
    pages.host.org.control("revoke", {})
    browser.post("/plugins/salesforce/test")
    page = text(browser, "/calls")
    assert "<strong>The connection to Salesforce is lost</strong>" in page
    assert f'href="{PAGE}"' in page
    assert "The connection to Salesforce is lost" not in text(pages.browser(AGENT), "/calls")
    page = connect_by_oauth(pages, browser)
    assert "The connection to Salesforce is lost" not in page


def test_the_page_is_japanese_for_a_japanese_browser(pages: Pages):
    pages.host.connect("password")
    page = text(pages.browser(language="ja"))
    assert "Salesforce ID で認証" in page
    assert "取引先責任者" in page


def test_operations_are_logged_without_secrets(pages: Pages, browser: Browser):
    connect_by_oauth(pages, browser)
    browser.post("/plugins/salesforce/fetch", fetch="none")
    browser.post("/plugins/salesforce/disconnect")
    with pages.host.services.database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT actor, action, detail FROM operation_log WHERE area = 'salesforce' ORDER BY id"
        ).all()
    assert [row[1] for row in rows] == ["connected", "fetch setting changed", "disconnected"]
    assert {row[0] for row in rows} == {"admin@example.com"}
