"""R15, B8, R16: what an admin decides holds for what that admin saw, whatever another tab or person did meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from plugins.salesforce import changing, trying
from plugins.salesforce.auth.methods import auth_method
from plugins.salesforce.connection import read_connection, read_tokens
from tests.integration.salesforce.changing_pages import OAUTH, PAGE, PASSWORD, come_back, text, works
from tests.integration.salesforce.conftest import ADMIN, SITE, Browser, Pages

CREDENTIALS = "/plugins/salesforce/change/client_credentials"
OTHER_APP = "3MVG9_of_another_app"


@pytest.fixture
def browser(pages: Pages) -> Browser:
    return pages.browser()


@pytest.fixture
def own_app(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The app is what an admin typed in, not set by the environment; gives back the form."""
    known = pages.host.org.credentials
    for name in ("CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.delenv(f"TSUNAGU_SALESFORCE_{name}")
    form = {"login": "production", "api_version": "51.0"}
    form |= {"client_id": known["client_id"], "client_secret": known["client_secret"]}
    assert pages.browser().post(f"{PAGE}app", **form).status_code == 303
    return form


def test_b8_a_button_of_an_older_tab_switches_to_nothing_else(pages: Pages, browser: Browser):
    """The button says to which method: a login tested later, in another tab, is not what it was pressed for."""
    host = pages.host
    host.connect("oauth")
    browser.post(PASSWORD, **host.org.login)
    host.org.control("app", {"client_credentials": True, "run_as": host.org.login["username"]})
    assert browser.post(CREDENTIALS).headers["Location"] == f"{CREDENTIALS}/result"
    answer = browser.post(f"{PASSWORD}/switch")
    assert answer.headers["Location"] == PASSWORD
    assert read_connection(host.context).method == "oauth"
    assert "This test is over" in text(browser.get(PASSWORD))
    browser.post(f"{CREDENTIALS}/switch")
    assert read_connection(host.context).method == "client_credentials", "its own button still works"


def test_r15_whoever_comes_back_to_another_method_sees_the_comparison(pages: Pages, browser: Browser):
    """Nobody was connected when this admin left for Salesforce; another one has connected with a password meanwhile."""
    host = pages.host
    begun = browser.post(f"{PAGE}connect/oauth")
    host.connect("password")
    stands = read_connection(host.context)
    answer = browser.get(host.org.sign_in(begun.headers["Location"]).removeprefix(SITE))
    assert answer.headers["Location"] == f"{OAUTH}/result"
    assert read_connection(host.context) == stands
    assert "The new login works" in text(browser.get(f"{OAUTH}/result"))


def test_r16_confirming_a_setting_does_not_undo_a_change_of_the_method(
    pages: Pages, browser: Browser, monkeypatch: pytest.MonkeyPatch
):
    """While Salesforce tests the password once more, another admin switches to Salesforce ID."""
    host = pages.host
    host.connect("password")
    come_back(pages, browser)
    key = next(iter(changing.TRIALS._read(host.context)))
    tested: Callable[..., Any] = trying._tested

    def slow(*args: Any) -> Any:
        found = tested(*args)
        changing.switch(host.context, key, "oauth", ADMIN)
        return found

    monkeypatch.setattr(trying, "_tested", slow)
    secrets = {name: host.org.login[name] for name in ("password", "security_token")}
    answer = pages.browser().post(f"{PAGE}fetch", bulk="on", **secrets)
    assert read_connection(host.context).method == "oauth"
    assert answer.status_code == 422
    assert "changed by somebody else meanwhile" in text(answer)
    assert works(host)


@pytest.mark.parametrize("method", ["oauth", "client_credentials"])
def test_b8_trying_another_app_leaves_the_present_connection_its_own(
    pages: Pages, browser: Browser, own_app: dict[str, str], method: str
):
    host = pages.host
    host.org.control("app", {"client_credentials": True, "run_as": host.org.login["username"]})
    host.connect(method)
    other = {**own_app, "client_id": OTHER_APP, "client_secret": "of-another-app"}
    assert browser.post(f"{PAGE}app", changing="jwt_bearer", **other).status_code == 303
    fails = CREDENTIALS if method == "oauth" else OAUTH
    begun = browser.post(fails)
    assert method != "oauth" or begun.status_code == 422, "the new login does not work"
    host.org.control("clock", {"advance_seconds": 7300})
    assert works(host), "the session has ended: it is renewed with the app it was made with"
    assert read_connection(host.context).barred_because == ""
    assert browser.post(f"{PAGE}disconnect").status_code == 303
    assert len(host.org.requests("/oauth2/revoke")) == 1
    assert read_connection(host.context) is None


def test_r11_a_consumer_key_that_was_rotated_renews_the_same_connection(
    pages: Pages, browser: Browser, own_app: dict[str, str]
):
    """Salesforce replaces key and secret of an app together; the refresh tokens stay."""
    host = pages.host
    host.connect("oauth")
    former = read_tokens(host.context)
    assert former.app.client_id == own_app["client_id"]
    kept = {"client_id": "3MVG9_before_rotation", "client_secret": "before-rotation"}
    sealed = host.context.secrets.get("connection")
    host.context.secrets.put({"connection": _with_app(sealed, kept)})
    host.org.control("clock", {"advance_seconds": 7300})
    assert works(host)
    assert read_tokens(host.context).app.client_id == own_app["client_id"]
    assert read_connection(host.context).barred_because == ""


def _with_app(sealed: str, app: dict[str, str]) -> str:
    import json

    return json.dumps({**json.loads(sealed), "app": app})


def test_the_secret_of_a_connection_s_app_is_shown_nowhere(pages: Pages, browser: Browser, own_app: dict[str, str]):
    host = pages.host
    host.connect("oauth")
    secret = own_app["client_secret"]
    assert secret not in repr(read_tokens(host.context))
    assert secret not in str(host.context.settings.read())
    assert secret not in browser.get(PAGE).text
    begun = changing.begin_trial(host.context, auth_method("password"), host.org.login, ADMIN)
    assert secret not in repr(begun)
    assert not re.search(re.escape(secret), browser.get(f"{PAGE}log").text)
