"""The page at /: what a person sees of the org, and that it shows no secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from devtools import chromium
from salesforce_sandbox.server import RunningSandbox
from tests.integration.sandbox.conftest import Api
from tests.integration.sandbox.dance import Dance


def shown(sandbox: RunningSandbox, **arguments: str) -> str:
    reply = requests.get(f"{sandbox.http_url}/", params=arguments, timeout=20)
    assert reply.status_code == 200
    return reply.text


def test_it_shows_what_was_asked_what_it_cost_and_by_whom(sandbox: RunningSandbox, api: Api, control: Any) -> None:
    api.query("SELECT Id FROM Contact WHERE Phone = '03-1234'")
    control("faults", [{"kind": "unavailable", "match": {"object": "Task"}}])
    control("settings", index_lag=77)
    control("automation", triggers=[{"object": "Task", "name": "LogCall", "message": "no calls on Sunday"}])
    page = shown(sandbox)
    assert "/services/data/v51.0/query?q=SELECT Id FROM Contact WHERE Phone = &#39;03-1234&#39;" in page
    assert "1 of 15000 calls used" in page
    assert '<span class="chip">unavailable</span> Task' in page
    assert '<span class="chip">77</span>' in page
    assert "no calls on Sunday" in page


def test_it_searches_each_object_and_escapes_what_it_is_given(sandbox: RunningSandbox) -> None:
    assert "山田 太郎" in shown(sandbox, object="Contact", q="1234-5678")
    assert "山田 太郎" not in shown(sandbox, object="Contact", q="みどり")
    assert "旧青空商店" in shown(sandbox, object="Account", q="旧青空")
    assert "0 found" in shown(sandbox, object="Contact", q="%_\\")
    assert "<script>" not in shown(sandbox, object="<script>", q="<script>alert(1)</script>")


def test_it_shows_no_secret(sandbox: RunningSandbox, dance: Dance) -> None:
    granted = dance.connect()
    for path in ("services/oauth2/userinfo?access_token=", "services/oauth2/revoke?token=x"):
        requests.get(f"{sandbox.http_url}/{path}{granted['access_token']}", timeout=20)
    page = shown(sandbox)
    assert "Access token" in page
    assert "Refresh token" in page
    secrets = [granted["access_token"], granted["refresh_token"], dance.known["client_secret"]]
    secrets += [user[name] for user in dance.known["users"] for name in ("password", "security_token")]
    assert [secret for secret in secrets if secret in page] == []


def test_looking_is_no_traffic(sandbox: RunningSandbox, control: Any) -> None:
    control("faults", [{"kind": "error", "times": None}])
    shown(sandbox)
    assert requests.get(f"{sandbox.http_url}/static/sandbox.css", timeout=20).status_code == 200
    assert control("requests")["requests"] == []


@pytest.fixture(scope="module")
def open_page() -> Iterator[Any]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=["--no-sandbox"])
        yield lambda width, scheme: browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        browser.close()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (375, "dark")])
def test_axe_finds_nothing_and_nothing_sticks_out(
    sandbox: RunningSandbox, api: Api, dance: Dance, control: Any, open_page: Any, width: int, scheme: str
) -> None:
    api.query("SELECT Nope FROM Contact")
    control("settings", index_lag=30)
    control("faults", [{"kind": "error", "match": {"path": "/query"}}])
    page: Page = open_page(width, scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    login = dance.authorize(prompt="login").request.url
    record = control("records", {"object": "Lead", "fields": {"LastName": "x", "Company": "y"}})["ids"][0]
    for address in (f"{sandbox.http_url}/", f"{sandbox.http_url}/{record}", str(login)):
        page.goto(address)
        violations = Axe().run(page).response["violations"]
        assert [violation["id"] for violation in violations] == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []
    page.close()
