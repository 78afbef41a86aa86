"""A furnished site served on a port of its own, and a Chromium to look at it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from office_fixture import ADMIN, PASSWORD, Office
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from devtools.chromium import executable


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = executable()
    if path is None:
        pytest.skip("needs Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Served:
    """The site at `url`; `faults` are what browsers complained about."""

    office: Office
    url: str
    chromium: Browser
    faults: list[str]

    def context(self, **options: Any) -> BrowserContext:
        defaults = {"locale": "en-US", "viewport": {"width": 1280, "height": 900}, "base_url": self.url}
        context = self.chromium.new_context(**{**defaults, **options})
        context.set_default_timeout(10_000)
        context.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        return context

    def logged_in(self, email: str = ADMIN, **options: Any) -> Page:
        """A page in a browser of its own, after the login."""
        page = self.context(**options).new_page()
        page.goto("/login")
        page.fill("#email", email)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url("**/calls")
        return page

    def call_url(self, name: str) -> str:
        return f"/calls/{self.office.calls[name]}"


@pytest.fixture
def served(office: Office, chromium: Browser) -> Iterator[Served]:
    server = make_server("127.0.0.1", 0, office.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Served(office, f"http://127.0.0.1:{server.server_port}", chromium, [])
    for context in chromium.contexts:
        context.close()
    server.shutdown()
    thread.join()
