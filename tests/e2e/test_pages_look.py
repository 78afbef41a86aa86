"""Every page as people see it: languages, light and dark, wide and phone, without a complaint from axe.

With TSUNAGU_SCREENSHOTS set to a folder, the pictures are kept there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_fixture import Served
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PAGES = {
    "my-calls": "/agent",
    "all-calls": "/agent/all",
    "history": "/calls",
    "filtered": "/calls?name=山田&outcome=answered",
    "nothing-found": "/calls?number=000",
    "call": "/calls/{matched}",
    "call-ringing": "/calls/{ringing}",
    "call-transferred": "/calls/{transferred}",
    "call-withheld": "/calls/{withheld}",
    "dial-link": "/dial?number=03-1234-5678&object=Contact&id=003IR00000abc00YAB",
    "dial-link-elsewhere": "/dial?number=03-1234-5678&object=Opportunity&id=006IR00000abc00YAB",
    "profile": "/profile",
    "plugins": "/settings/plugins",
    "users": "/settings/users",
    "user": "/settings/users/2",
    "user-new": "/settings/users/new",
    "tokens": "/settings/tokens",
    "sources": "/settings/sources",
    "memo-items": "/settings/memo-items",
    "errors": "/settings/errors",
    "mail": "/settings/mail",
    "log": "/settings/log",
    "contacts": "/plugins/contacts",
    "salesforce": "/plugins/salesforce",
    "salesforce-errors": "/plugins/salesforce/errors",
    "salesforce-click-to-call": "/plugins/salesforce/click-to-call",
    "salesforce-usage": "/plugins/salesforce/usage",
    "salesforce-activity": "/plugins/salesforce/activity",
    "salesforce-assignees": "/plugins/salesforce/assignees",
    "salesforce-do-not-sync": "/plugins/salesforce/do-not-sync",
}
MAIN_PAGES = ("history", "call", "plugins")
LOOKS = [
    pytest.param("ja-JP", "light", 1280, PAGES, id="ja-light-1280"),
    pytest.param("ja-JP", "dark", 390, PAGES, id="ja-dark-390"),
    pytest.param("en-US", "dark", 1280, MAIN_PAGES, id="en-dark-1280"),
    pytest.param("en-US", "light", 390, MAIN_PAGES, id="en-light-390"),
]
WIDER_THAN_THE_SCREEN = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CUT_OFF = """[...document.querySelectorAll('.card')].filter(card => card.scrollWidth > card.clientWidth)
    .map(card => card.getAttribute('aria-labelledby') || card.textContent.trim().slice(0, 40))"""


def look(page: Page, name: str) -> None:
    """Nothing sticks out, axe has no complaint; the picture is kept if wanted."""
    folder = os.environ.get("TSUNAGU_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    assert page.evaluate(WIDER_THAN_THE_SCREEN) <= 0, f"{name} is wider than the screen"
    assert page.evaluate(CUT_OFF) == [], f"{name}: a card cuts off what is in it"
    result = Axe().run(page)
    assert result.violations_count == 0, f"{name}: {result.generate_report()}"


@pytest.mark.parametrize(("locale", "colours", "width", "names"), LOOKS)
def test_every_page_looks_right(
    served: Served, locale: str, colours: str, width: int, names: Iterable[str], request: pytest.FixtureRequest
) -> None:
    options = {"locale": locale, "color_scheme": colours, "viewport": {"width": width, "height": 860}}
    kind = request.node.callspec.id
    stranger = served.context(**options).new_page()
    stranger.goto("/login")
    look(stranger, f"login-{kind}")
    page = served.logged_in(**options)
    for name in names:
        answer = page.goto(PAGES[name].format(**served.office.calls))
        assert answer is not None
        assert answer.status == 200, f"{name}: {answer.status}"
        look(page, f"{name}-{kind}")
    page.goto("/calls")
    if width < 992:
        page.locator(".shell-toggle").click()
    page.locator("#person-menu summary").click()
    look(page, f"menu-{kind}")
    page.goto("/calls")
    page.locator("#calls .icon-button").first.click()
    look(page, f"confirm-{kind}")
    assert not served.faults


def test_an_error_page_looks_right(served: Served) -> None:
    page = served.logged_in(locale="ja-JP")
    page.goto("/calls/nope")
    look(page, "not-found-ja")


def test_the_colours_follow_the_system_until_somebody_chooses(served: Served) -> None:
    page = served.logged_in(color_scheme="dark")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    page.locator("#person-menu summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
