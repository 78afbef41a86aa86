"""R9–R12, R32, B6: connecting, and all that goes wrong with it, as an admin meets it in a real browser."""

from __future__ import annotations

import pytest
from connecting_fixture import APPROVAL, LOST, PAGE, SERVICE_USER, Site, lost_banner, named, press, reads
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.browser

YAMADA = "090-1234-5678"
TANAKA = "090-8765-4325"
CONNECT = "Connect to Salesforce"
TOKEN = "/oauth2/token"


def begin(page: Page) -> None:
    """Open the page and press the button by keyboard."""
    page.goto(PAGE)
    press(page, CONNECT)


def still_works(site: Site, page: Page, number: str = TANAKA, name: str = "田中 美咲") -> None:
    """The connection that was there lives on: a call that ends now is looked up."""
    site.call(number)
    named(page, number, name)


def test_r11_allow(site: Site):
    page = site.admin()
    begin(page)
    site.at_salesforce(page, "Allow")
    reads(page, f"Connected to Salesforce as {SERVICE_USER}.", "Tsunagu Demo K.K.", "All in order")
    expect(page.get_by_role("button", name="Disconnect")).to_be_visible()
    assert page.url == site.url + PAGE, "the code is gone from the address"
    still_works(site, page, YAMADA, "山田 太郎")


def test_r11_deny(site: Site):
    page = site.admin()
    begin(page)
    site.at_salesforce(page, "Deny")
    reads(page, "At Salesforce, “Deny” was pressed", "Nothing has been changed; connect again and allow it.")
    expect(page.get_by_role("button", name=CONNECT)).to_be_visible()
    assert site.connection() is None
    assert not site.requests(TOKEN)


def test_r11_a_state_nobody_gave_out(site: Site):
    page = site.admin()
    begin(page)
    expect(page.get_by_label("Username")).to_be_visible()
    page.goto(f"{PAGE}callback?code=aPrx.guessed&state=guessed")
    reads(page, "This answer from Salesforce does not belong to a sign-in of this browser.", f"Press “{CONNECT}” again.")
    assert site.connection() is None
    assert not site.requests(TOKEN)


def test_r11_going_back_to_an_answer_that_was_used(site: Site):
    page = site.admin()
    answers: list[str] = []
    page.on("request", lambda request: answers.append(request.url) if "/callback?" in request.url else None)
    begin(page)
    site.at_salesforce(page, "Allow")
    before = site.connection()
    page.goto(answers[0])
    reads(page, "This answer from Salesforce does not belong to a sign-in of this browser.")
    assert site.connection() == before
    assert site.requests(TOKEN) == 1
    still_works(site, page)


def test_r11_a_code_that_expired_on_the_way(site: Site):
    page = site.admin()
    answers: list[str] = []

    def hold(route: Route) -> None:
        if route.request.method != "POST":
            return route.fallback()
        answers.append(route.fetch(max_redirects=0).headers["location"])
        return route.fulfill(body="on the way")

    page.route(APPROVAL, hold)
    begin(page)
    site.sign_in_there(page)
    page.get_by_role("button", name="Allow").click()
    reads(page, "on the way")
    site.control("clock", {"advance_seconds": 3600})
    page.goto(answers[0])
    reads(page, "The answer from Salesforce came too late or was used already.", f"Press “{CONNECT}” again.")
    assert site.connection() is None
    assert site.requests(TOKEN) == 1


def test_r11_another_account_on_connecting_again(site: Site):
    site.connect()
    before, page = site.connection(), site.admin()
    page.goto(PAGE)
    press(page, "Connect again or change the method", "link")
    press(page, CONNECT)
    site.at_salesforce(page, "Allow", user="alice")
    reads(
        page, "This is another Salesforce account than the connected one.", "Sign in as the same user, or disconnect first."
    )
    assert site.connection() == before
    still_works(site, page)


def test_r32_b6_revoked_at_salesforce_then_connected_again(site: Site):
    site.connect()
    site.control("revoke", {"username": SERVICE_USER})
    page = site.admin()
    page.goto("/calls")
    expect(page.get_by_text(LOST)).to_have_count(0)
    site.call(YAMADA)
    lost_banner(page)
    page.goto(PAGE)
    reads(page, "Salesforce does not let us in any more", "The connection was revoked or has expired at Salesforce.")
    reads(page, "Calls are kept: their numbers are looked up as soon as you have connected again.")
    assert site.entry("+819012345678") is None
    press(page, CONNECT)
    site.at_salesforce(page, "Allow")
    reads(page, f"Connected to Salesforce as {SERVICE_USER}.", "Work that was waiting is done now: 1.")
    named(page, YAMADA, "山田 太郎", "株式会社青空商事")
    expect(page.get_by_text(LOST)).to_have_count(0)
