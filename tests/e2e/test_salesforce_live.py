"""R11, R12, R15, R16, B8: connecting and changing the auth method in a real browser, against the sandbox org."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from cryptography.fernet import Fernet
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from host.app import create_app
from host.config import Config
from host.plugin_api import PluginContext
from host.security.users import Role, create_user
from host.services import build_services
from plugins.salesforce.connection import read_connection
from salesforce_sandbox.server import RunningSandbox
from tests.sandbox_fixture import sandbox, sandbox_server

__all__ = ["sandbox", "sandbox_server"]

pytestmark = pytest.mark.browser

ADMIN = "admin@example.com"
PASSWORD = "correct horse battery"
PAGE = "/plugins/salesforce/"
WIDER_THAN_THE_SCREEN = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Site:
    """The served site beside the org; `login` is the org's integration user."""

    url: str
    context: PluginContext
    chromium: Browser
    login: dict[str, str]

    def admin(self, **options: Any) -> Page:
        """A page of an admin in a browser of its own."""
        browser = self.chromium.new_context(base_url=self.url, ignore_https_errors=True, **{"locale": "en-US", **options})
        browser.set_default_timeout(15_000)
        page = browser.new_page()
        page.goto("/login")
        page.fill("#email", ADMIN)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url("**/calls")
        return page

    def at_salesforce(self, page: Page, button: str) -> None:
        """Sign in at Salesforce, unless this browser did before, and press Allow or Deny there."""
        page.locator("#Login, #oaapprove").first.wait_for()
        if page.locator("#Login").count():
            page.fill("#username", self.login["username"])
            page.fill("#password", self.login["password"])
            page.click("#Login")
        page.click(button)
        page.wait_for_url(f"{self.url}/**")

    def type_login(self, page: Page, **changes: str) -> None:
        for name, value in {**self.login, **changes}.items():
            page.fill(f"#{name}", value)


@pytest.fixture
def live(sqlite_url: str, sandbox: RunningSandbox, chromium: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    known = requests.get(f"{sandbox.http_url}/__sandbox__/credentials", timeout=10).json()
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("TSUNAGU_SALESFORCE_LOGIN_URL", sandbox.https_url)
    monkeypatch.setenv("TSUNAGU_SALESFORCE_CA_FILE", str(sandbox.ca_file))
    monkeypatch.setenv("TSUNAGU_SALESFORCE_CLIENT_ID", known["client_id"])
    monkeypatch.setenv("TSUNAGU_SALESFORCE_CLIENT_SECRET", known["client_secret"])
    key = Fernet.generate_key().decode()
    config = Config(database_url=sqlite_url, secret_key="s" * 40, encryption_keys=(key,), url=url)
    services = build_services(config)
    with services.database.writing() as connection:
        create_user(connection, email=ADMIN, name="Admin", role=Role.ADMIN, password=PASSWORD, now=services.clock())
    server.app = create_app(services=services)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    login = {name: known[name] for name in ("username", "password", "security_token")}
    yield Site(url, services.registry.context("salesforce"), chromium, login)
    for context in chromium.contexts:
        context.close()
    server.shutdown()
    services.database.engine.dispose()


def look(page: Page) -> None:
    """Nothing sticks out, axe has no complaint."""
    assert page.evaluate(WIDER_THAN_THE_SCREEN) <= 0, page.url
    result = Axe().run(page)
    assert result.violations_count == 0, f"{page.url}: {result.generate_report()}"


def test_r11_deny_then_allow(live: Site):
    page = live.admin()
    page.goto(PAGE)
    look(page)
    page.get_by_role("button", name="Connect to Salesforce").click()
    live.at_salesforce(page, "#oadeny")
    expect(page.get_by_text("“Deny” was pressed")).to_be_visible()
    assert read_connection(live.context) is None
    page.get_by_role("button", name="Connect to Salesforce").click()
    live.at_salesforce(page, "#oaapprove")
    expect(page.get_by_text("Connected to Salesforce as integration@tsunagu-demo.example.")).to_be_visible()
    assert page.url == live.url + PAGE, "the code is gone from the address"
    look(page)


def test_r12_r15_b8_from_password_to_salesforce_id_on_a_japanese_phone(live: Site):
    page = live.admin(locale="ja-JP", color_scheme="dark", viewport={"width": 390, "height": 860})
    page.goto(f"{PAGE}?method=password")
    look(page)
    live.type_login(page)
    page.get_by_label("オン：毎日 23 時頃に登録").check()
    page.get_by_role("button", name="接続をテストして保存").click()
    expect(page.get_by_label("オン：毎日 23 時頃に登録")).to_be_checked()
    look(page)
    page.get_by_role("link", name="Salesforce ID で認証").first.click()
    expect(page.get_by_text("毎晩の一括取得 → 通話終了後に取得")).to_be_visible()
    look(page)
    page.get_by_role("button", name="新しいログインをテスト").click()
    live.at_salesforce(page, "#oaapprove")
    expect(page.get_by_role("heading", name="新しいログインは正常です")).to_be_visible()
    look(page)
    connection = read_connection(live.context)
    assert connection is not None
    assert connection.method == "password", "nothing is switched yet"
    page.get_by_role("button", name="「Salesforce ID で認証」に切り替える").click()
    expect(page.get_by_text("integration@tsunagu-demo.example として Salesforce と連携しています")).to_be_visible()
    expect(page.get_by_label("連絡先の取得を行わない")).not_to_be_checked()
    assert page.get_by_label("オン：毎日 23 時頃に登録").count() == 0
    look(page)


def test_r16_the_fetch_setting_is_confirmed_with_the_secrets(live: Site):
    page = live.admin()
    page.goto(f"{PAGE}?method=password")
    live.type_login(page)
    page.get_by_role("button", name="Test connection and save").click()
    expect(page.get_by_text("Connected to Salesforce as")).to_be_visible()
    form = page.locator("#fetch")
    form.get_by_label("Do not fetch contacts").check()
    form.get_by_label("Password").fill("wrong")
    form.get_by_role("button", name="Test connection and save").click()
    expect(page.get_by_text("Not saved: the connection and the setting stay as they are.")).to_be_visible()
    expect(form.get_by_label("Password")).to_have_value("")
    look(page)
    form.get_by_label("Password").fill(live.login["password"])
    form.get_by_label("Salesforce security token").fill(live.login["security_token"])
    form.get_by_role("button", name="Test connection and save").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    expect(form.get_by_label("Do not fetch contacts")).to_be_checked()
