"""B9, R11, R13: JWT bearer and client credentials, really done against the org, with every way they are refused."""

from __future__ import annotations

import re
from typing import Any

import pytest

from host.plugin_api import NeedsConfiguration, NeedsReauthorisation, PluginError, RetryLater
from plugins.salesforce import connecting, disconnecting
from plugins.salesforce.auth import client_credentials, jwt_bearer, oauth_errors
from plugins.salesforce.client import Client
from plugins.salesforce.connection import read_connection, read_tokens
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.plugin import plugin
from plugins.salesforce.site import auth_site
from tests.integration.salesforce.conftest import ADMIN, Browser, Host, Pages
from tests.signing_keys import certificate_of, pem, rsa_key

PAGE = "/plugins/salesforce/"
METHODS = ("jwt_bearer", "client_credentials")
both = pytest.mark.parametrize("method", METHODS)


@pytest.fixture
def ready(host: Host) -> Host:
    """The org's app is set up for both methods."""
    username = host.org.credentials["username"]
    jwt_policies = {
        "certificate": certificate_of(rsa_key()),
        "admin_approved_only": True,
        "approved_users": [username],
    }
    host.org.control("app", {**jwt_policies, "client_credentials": True, "run_as": username})
    return host


def typed(method: str) -> dict[str, str]:
    return {"private_key": pem(rsa_key())} if method == "jwt_bearer" else {}


def connect(host: Host, method: str, **credentials: str) -> connecting.Connected:
    return host.connect(method, **{**typed(method), **credentials})


def ask(host: Host) -> None:
    Client(connecting.live_connection(host.context), Purpose.LOOK_UP).get("query/", {"q": "SELECT Id FROM Lead LIMIT 1"})


def end_session(host: Host) -> None:
    host.org.control("faults", [{"kind": "expired-session", "match": {"path": "/query"}}])


@both
def test_connected_as_whom(ready: Host, method: str):
    info = connect(ready, method).info
    known = ready.org.credentials
    assert (info.username, info.user_id, info.org_id) == (known["username"], known["user_id"], known["organization_id"])
    assert read_connection(ready.context) == info


@both
def test_it_works_for_users_with_mfa_and_for_those_of_single_sign_on(ready: Host, method: str):
    ready.org.user(mfa_for_api=True, sso_only=True)
    connect(ready, method)
    ask(ready)


@both
def test_an_ended_session_is_renewed_by_signing_in_again(ready: Host, method: str):
    connect(ready, method)
    before = read_tokens(ready.context)
    end_session(ready)
    ask(ready)
    after = read_tokens(ready.context)
    assert after.access_token != before.access_token
    assert after.kept == before.kept
    assert len(ready.org.requests("/oauth2/token")) == 2, "one for the connection, one renewal"


@both
def test_r17_disconnect_ends_the_session_and_forgets_all(ready: Host, method: str):
    connect(ready, method)
    token = read_tokens(ready.context).access_token
    disconnecting.disconnect_on_page(ready.context, ADMIN)
    assert ready.context.secrets.get("connection") is None
    assert ready.org.running.org.database.row("SELECT 1 FROM session WHERE token = ?", (token,)) is None


@both
def test_r17_disconnecting_what_is_gone_already_works(ready: Host, method: str):
    connect(ready, method)
    ready.org.control("revoke", {})
    disconnecting.disconnect_on_page(ready.context, ADMIN)
    assert read_connection(ready.context) is None


@both
def test_it_is_the_way_out_of_the_password(ready: Host, method: str):
    ready.connect("password")
    assert connect(ready, method).info.method == method
    assert "password" not in read_tokens(ready.context).kept


JWT_REFUSALS: tuple[tuple[dict[str, Any], type[PluginError], str], ...] = (
    ({"approved_users": [], "admin_approved_only": False}, NeedsReauthorisation, "no approval for this user"),
    ({"approved_users": []}, NeedsConfiguration, "not admitted to the app"),
    ({"installed": False}, NeedsConfiguration, "not admitted to the app"),
    ({"blocked": True}, NeedsConfiguration, "not admitted to the app"),
    ({"certificate": certificate_of(rsa_key(2))}, NeedsReauthorisation, "does not accept the signature"),
    ({"certificate": ""}, NeedsReauthorisation, "does not accept the signature"),
)
CLIENT_REFUSALS: tuple[tuple[dict[str, Any], type[PluginError], str], ...] = (
    ({"client_credentials": False}, NeedsReauthorisation, "switched off in the app"),
    ({"run_as": ""}, NeedsReauthorisation, "no active user to run as"),
    ({"run_as": "carol@tsunagu-demo.example"}, NeedsReauthorisation, "no active user to run as"),
    ({"scopes": ["full", "refresh_token"]}, NeedsConfiguration, "lacks a scope"),
)
REFUSALS = [("jwt_bearer", *row) for row in JWT_REFUSALS] + [("client_credentials", *row) for row in CLIENT_REFUSALS]
every_refusal = pytest.mark.parametrize(("method", "app", "kind", "words"), REFUSALS, ids=range(len(REFUSALS)))


@every_refusal
def test_what_the_app_lacks_is_told_when_connecting(
    ready: Host, method: str, app: dict[str, Any], kind: type[PluginError], words: str
):
    ready.org.control("app", app)
    with pytest.raises(kind, match=words):
        connect(ready, method)
    assert read_connection(ready.context) is None


@every_refusal
def test_r32_and_what_it_lacks_later_when_renewing(
    ready: Host, method: str, app: dict[str, Any], kind: type[PluginError], words: str
):
    connect(ready, method)
    ready.org.control("app", app)
    end_session(ready)
    with pytest.raises(kind, match=words):
        ask(ready)
    lost = read_connection(ready.context).lost_because
    assert bool(lost) == (kind is NeedsReauthorisation)


@pytest.mark.parametrize(
    ("method", "words"), [("jwt_bearer", "right and active"), ("client_credentials", "no active user to run as")]
)
def test_r32_a_user_who_was_deactivated(ready: Host, method: str, words: str):
    connect(ready, method)
    ready.org.user(active=False)
    with pytest.raises(NeedsReauthorisation, match=words):
        ask(ready)
    assert read_connection(ready.context).lost


@pytest.mark.parametrize(
    ("method", "refusal", "kind", "words"),
    [
        ("jwt_bearer", "audience is invalid", NeedsConfiguration, "wrong Salesforce host"),
        ("jwt_bearer", "expired authorization code", NeedsConfiguration, "clock is right"),
        ("jwt_bearer", "inactive user", NeedsReauthorisation, "has been deactivated"),
        ("jwt_bearer", "ip restricted", NeedsConfiguration, "IP address"),
        ("jwt_bearer", "invalid login hours", RetryLater, "time of the day"),
        ("client_credentials", "login rate exceeded", RetryLater, "too many sign-ins"),
        ("client_credentials", "request not supported on this domain", NeedsConfiguration, "own host only"),
    ],
)
def test_what_salesforce_says_in_plain_words(ready: Host, method: str, refusal: str, kind: type[PluginError], words: str):
    body = {"error": "invalid_grant", "error_description": refusal}
    ready.org.control("faults", [{"kind": "reply", "status": 400, "body": body, "match": {"path": "/oauth2/token"}}])
    with pytest.raises(kind, match=words):
        connect(ready, method)


def test_an_app_that_is_not_installed_in_the_org(ready: Host):
    body = {"error": "invalid_client_id", "error_description": "app must be installed into org"}
    ready.org.control("faults", [{"kind": "reply", "status": 400, "body": body, "match": {"path": "/oauth2/token"}}])
    with pytest.raises(NeedsConfiguration, match="not installed"):
        connect(ready, "jwt_bearer")


@both
def test_a_consumer_key_nobody_knows(ready: Host, method: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TSUNAGU_SALESFORCE_CLIENT_ID", "unknown")
    with pytest.raises(NeedsConfiguration, match="does not know the consumer key"):
        connect(ready, method)


@pytest.mark.parametrize(("username", "words"), [("nobody@example.com", "no approval"), (" ", "Enter the Salesforce")])
def test_a_wrong_username(ready: Host, username: str, words: str):
    with pytest.raises(NeedsReauthorisation, match=words):
        connect(ready, "jwt_bearer", username=username)


def test_another_key_than_the_certificates(ready: Host):
    with pytest.raises(NeedsReauthorisation, match="does not accept the signature"):
        connect(ready, "jwt_bearer", private_key=pem(rsa_key(2)))


def test_a_clock_that_is_minutes_off(ready: Host):
    ready.org.control("clock", {"advance_seconds": jwt_bearer.VALID_SECONDS + 60})
    with pytest.raises(NeedsReauthorisation, match="clock is right"):
        connect(ready, "jwt_bearer")


def test_the_host_many_orgs_share_is_refused_by_salesforce_too(ready: Host):
    site = auth_site(ready.context)
    site.http.headers["Host"] = "test.localhost"
    with pytest.raises(NeedsConfiguration) as caught:
        client_credentials.method.begin(site, {})
    assert caught.value.message == client_credentials.MY_DOMAIN_ONLY


def test_an_app_that_runs_as_another_user_now_is_noticed_and_its_session_given_back(ready: Host):
    connect(ready, "client_credentials")
    ready.org.control("app", {"run_as": "alice@tsunagu-demo.example"})
    end_session(ready)
    with pytest.raises(NeedsReauthorisation) as caught:
        ask(ready)
    assert caught.value.message == client_credentials.OTHER_USER
    assert read_connection(ready.context).lost
    assert len(ready.org.requests("/oauth2/revoke")) == 1
    disconnecting.disconnect_on_page(ready.context, ADMIN)
    assert connect(ready, "client_credentials").info.username == "alice@tsunagu-demo.example"


def test_unavailable_is_no_reason_to_lose_a_connection(ready: Host):
    connect(ready, "jwt_bearer")
    ready.org.control(
        "faults",
        [
            {"kind": "expired-session", "match": {"path": "/query"}},
            {"kind": "unavailable", "match": {"path": "/oauth2/token"}},
        ],
    )
    with pytest.raises(RetryLater) as caught:
        ask(ready)
    assert caught.value.message == oauth_errors.UNAVAILABLE
    ask(ready)


@pytest.fixture
def browser(ready: Host, pages: Pages) -> Browser:
    return pages.browser()


def text(browser: Browser, url: str = PAGE) -> str:
    return re.sub(r"\s+", " ", browser.get(url).text)


def test_r13_connected_through_the_page_by_certificate(pages: Pages, browser: Browser):
    page = text(browser, f"{PAGE}?method=jwt_bearer")
    assert re.search(r'name="private_key" type="password" value="" [^>]*maxlength="16000"', page)
    key = pem(rsa_key()).replace("\n", "")  # as a one-line field gives it
    username = pages.host.org.credentials["username"]
    answer = browser.post(f"{PAGE}connect/jwt_bearer", username=username, private_key=key)
    assert answer.status_code == 303
    page = text(browser)
    assert f"Connected to Salesforce as {username}" in page
    assert 'action="/plugins/salesforce/disconnect"' in page
    assert key not in page


def test_a_refused_key_is_not_shown_again(pages: Pages, browser: Browser):
    key = pem(rsa_key(2)).replace("\n", "")
    answer = browser.post(f"{PAGE}connect/jwt_bearer", username="integration@tsunagu-demo.example", private_key=key)
    assert answer.status_code == 422
    assert "does not accept the signature" in answer.text
    assert "integration@tsunagu-demo.example" in answer.text
    assert key not in answer.text


def test_r13_connected_through_the_page_as_the_app(pages: Pages, browser: Browser):
    assert browser.post(f"{PAGE}connect/client_credentials").status_code == 303
    page = text(browser)
    assert "Connected to Salesforce as integration@tsunagu-demo.example" in page
    assert 'action="/plugins/salesforce/disconnect"' in page


def test_each_methods_own_guide_to_the_app_is_shown(browser: Browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("TSUNAGU_SALESFORCE_CLIENT_ID")
    assert "Enable JWT Bearer Flow" in text(browser, f"{PAGE}?method=jwt_bearer")
    page = text(browser, f"{PAGE}?method=client_credentials")
    assert "Enable Client Credentials Flow" in page
    assert "Enable JWT Bearer Flow" not in page
    assert "(PKCE)" in text(browser, f"{PAGE}?method=oauth")


def test_b9_the_password_page_warns_of_its_end_and_offers_the_other_methods(pages: Pages, browser: Browser):
    page = text(browser, f"{PAGE}?method=password")
    assert "with the release Summer ’27" in page
    assert "Summer ’27" not in text(browser, f"{PAGE}?method=jwt_bearer")
    pages.host.connect("password")
    page = text(browser)
    assert "with the release Summer ’27" in page
    offered = re.findall(r'href="/plugins/salesforce/change/(\w+)"', page)
    assert set(offered) == {"oauth", *METHODS}
    assert f'action="{PAGE}change/jwt_bearer"' in text(browser, f"{PAGE}change/jwt_bearer")


def test_b9_in_japanese(pages: Pages, browser: Browser):
    page = text(pages.browser(language="ja"), f"{PAGE}?method=password")
    assert "提供が終了します" in page
    assert "証明書で認証（JWT）" in page


@both
def test_a_call_is_looked_up(ready: Host, method: str):
    connect(ready, method)
    plugin.on_call_end(context=ready.context, event=ready.ended("+819012345678"))
    assert ready.entry("+819012345678").company == "株式会社青空商事"
