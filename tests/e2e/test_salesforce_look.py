"""How the Salesforce pages look in every state of a connection: wide and phone, light and dark, English and Japanese.

Axe has no complaint and nothing sticks out. With TSUNAGU_SCREENSHOTS set to a folder, the pictures are kept there.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from connecting_fixture import PAGE, SERVICE_USER, Site, reads
from playwright.sync_api import Page, expect
from running_demo import wait_for
from test_pages_look import look

pytestmark = pytest.mark.browser

LOOKS = {
    "ja-light-1280": {"locale": "ja-JP", "color_scheme": "light", "viewport": {"width": 1280, "height": 860}},
    "en-dark-390": {"locale": "en-US", "color_scheme": "dark", "viewport": {"width": 390, "height": 860}},
    "en-light-1280": {"locale": "en-US", "color_scheme": "light", "viewport": {"width": 1280, "height": 860}},
    "ja-dark-390": {"locale": "ja-JP", "color_scheme": "dark", "viewport": {"width": 390, "height": 860}},
}
YAMADA, TANAKA = "090-1234-5678", "090-8765-4325"
Show = Callable[..., None]


@pytest.fixture
def pages(site: Site) -> dict[str, Page]:
    """An admin's browser in each look."""
    return {kind: site.admin(**options) for kind, options in LOOKS.items()}


@pytest.fixture
def show(pages: dict[str, Page]) -> Show:
    """Look at an address; the looks take turns, two for each, so that every state is seen wide and on a phone."""
    turns = {"first": ("ja-light-1280", "en-dark-390"), "second": ("en-light-1280", "ja-dark-390")}
    shown: list[str] = []

    def at(name: str, address: str = PAGE) -> None:
        shown.append(name)
        for kind in turns["first" if len(shown) % 2 else "second"]:
            pages[kind].goto(address)
            look(pages[kind], f"{name}-{kind}")

    return at


def connected_by_password(site: Site, page: Page) -> None:
    page.goto(f"{PAGE}?method=password")
    page.locator("[name=bulk][value=on]").check()
    site.type_credentials(page)
    expect(page.locator("#bulk")).to_be_visible()


def test_before_connecting(show: Show):
    for method in ("oauth", "password", "jwt_bearer", "client_credentials"):
        show(f"connect-{method}", f"{PAGE}?method={method}")


def test_connected_by_password(site: Site, pages: dict[str, Page], show: Show):
    page = pages["en-light-1280"]
    connected_by_password(site, page)
    show("password")
    site.call(YAMADA)
    site.call(TANAKA)
    for _ in range(2):
        page.goto(PAGE)
        page.locator("#bulk-actions").get_by_role("button").first.click()
        expect(page.get_by_role("button", name="Run now")).to_be_visible()
    show("password-fetched")
    show("change-compare", f"{PAGE}change/oauth")
    show("change-to-keys", f"{PAGE}change/jwt_bearer")
    site.user(password="Changed-2027!")
    site.control("revoke", {"username": SERVICE_USER})
    page.goto(PAGE)
    page.get_by_role("button", name="Test connection", exact=True).click()
    reads(page, "Salesforce does not let us in any more")
    show("password-lost")


@pytest.mark.parametrize("kind", LOOKS)
def test_a_tried_method(site: Site, pages: dict[str, Page], kind: str):
    connected_by_password(site, pages[kind])
    page = pages[kind]
    page.goto(f"{PAGE}change/oauth")
    page.locator("form[action$='/change/oauth'] button").click()
    site.sign_in_there(page)
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("**/change/oauth/result")
    look(page, f"change-tried-{kind}")


def test_connected_with_salesforce_id(site: Site, pages: dict[str, Page], show: Show):
    site.connect()
    show("oauth")
    site.user(fields={"Contact.MobilePhone": {"read": False}}, objects={"Lead": {"read": False}})
    page = pages["en-light-1280"]
    page.goto(PAGE)
    page.get_by_role("button", name="Test connection", exact=True).click()
    reads(page, "Right lost")
    show("rights-lost")
    page.goto(f"{PAGE}do-not-sync")
    page.get_by_label("One per line").fill("03-1234-5678\n0120-444-444")
    page.get_by_role("button", name="Add to the list").click()
    show("listed", f"{PAGE}do-not-sync")
    show("operation-log", f"{PAGE}log")
    show("usage", f"{PAGE}usage")
    site.control("app", {"blocked": True})
    site.call(YAMADA)

    def stopped() -> bool:
        page.goto(f"{PAGE}errors")
        return page.get_by_text("1 piece of work is stopped").count() > 0

    wait_for(stopped, 30, lambda: "no error")
    opened = page.get_by_role("link", name="Show the calls").get_attribute("href")
    show("barred")
    show("errors", f"{PAGE}errors")
    show("errors-open", opened)
    show("disconnect-anyway", f"{PAGE}?unreachable=1")


def test_after_disconnecting(site: Site, pages: dict[str, Page], show: Show):
    site.connect()
    site.control("revoke", {"username": SERVICE_USER})
    site.call(YAMADA)
    page = pages["en-light-1280"]

    def on_hold() -> bool:
        page.goto(f"{PAGE}errors")
        return page.get_by_text("1 piece of work is stopped").count() > 0

    wait_for(on_hold, 30, lambda: "no error")
    page.goto(PAGE)
    page.get_by_role("button", name="Disconnect").click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    reads(page, "Kept from earlier connections")
    show("kept")
    site.control("reset", {"organization": 2})
    site.connect()
    show("kept-of-another-org")
