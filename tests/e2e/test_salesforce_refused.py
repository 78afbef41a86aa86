"""R9, R10, R12, B6: what Salesforce refuses, told to the admin in a real browser with what to do about it."""

from __future__ import annotations

import pytest
from connecting_fixture import PAGE, SERVICE_USER, Site, lost_banner, named, press, reads
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

YAMADA, TANAKA, ITO = "090-1234-5678", "090-8765-4325", "090-8765-4321"
BY_PASSWORD = f"{PAGE}?method=password"
LOGIN = "/services/Soap/u"
CONNECTED = f"Connected to Salesforce as {SERVICE_USER}."
ON_HOLD = "On hold"


def connect_by_password(site: Site, page: Page) -> None:
    page.goto(BY_PASSWORD)
    site.type_credentials(page)
    reads(page, CONNECTED)


def on_hold(site: Site, number: str) -> None:
    """The look-up of the call with this number waits."""
    page = site.admin()
    page.goto("/calls")
    page.locator("#calls tr").filter(has_text=number).first.get_by_role("link").first.click()
    expect(page.locator("#call-deliveries")).to_contain_text(ON_HOLD)


def test_r12_b6_the_password_was_changed(site: Site):
    """Lost at the first refused call; the wrong password is not sent again and again, which would lock the user out."""
    page = site.admin()
    connect_by_password(site, page)
    site.user(password="Changed-2027!")
    site.control("revoke", {"username": SERVICE_USER})
    logins = site.requests(LOGIN)
    site.call(YAMADA)
    lost_banner(page)
    assert site.requests(LOGIN) == logins + 1
    for number in (TANAKA, ITO):
        site.call(number)
        on_hold(site, number)
    assert site.requests(LOGIN) == logins + 1, "nobody tries the password again"
    page.goto(PAGE)
    reads(page, "Salesforce does not accept the username, password or security token, or the user is locked out.")
    site.type_credentials(page, password="still wrong")
    reads(page, "Not connected", "Salesforce does not accept the username, password or security token")
    expect(page.locator("#password")).to_have_value("")
    site.type_credentials(page, password="Changed-2027!")
    reads(page, CONNECTED, "Work that was waiting is done now: 3.")
    for number, name in ((YAMADA, "山田 太郎"), (TANAKA, "田中 美咲"), (ITO, "伊藤 健")):
        named(page, number, name)


@pytest.mark.parametrize(
    ("flag", "sentence"),
    [
        ("mfa_for_api", "with “MFA for API logins”, cannot be used here"),
        ("sso_only", "This user must sign in through SSO and cannot be used here. Use “Authenticate with Salesforce ID”."),
    ],
)
def test_r12_users_who_may_not_sign_in_with_a_password_can_with_salesforce_id(site: Site, flag: str, sentence: str):
    site.user(**{flag: True})
    page = site.admin()
    page.goto(BY_PASSWORD)
    site.type_credentials(page)
    reads(page, "Not connected", sentence)
    expect(page.locator("#username")).to_have_value(SERVICE_USER)
    expect(page.locator("#password")).to_have_value("")
    assert site.connection() is None
    press(page, "Authenticate with Salesforce ID", "link")
    press(page, "Connect to Salesforce")
    through_the_front_door(site, page, flag)
    reads(page, CONNECTED)
    site.call(TANAKA)
    named(page, TANAKA, "田中 美咲")


def through_the_front_door(site: Site, page: Page, flag: str) -> None:
    """As Salesforce's own page lets this user in: where single sign-on is demanded, by its button."""
    if flag != "sso_only":
        return site.at_salesforce(page, "Allow")
    page.get_by_label("Username").fill(SERVICE_USER)
    page.get_by_role("button", name="Use single sign-on").click()
    page.get_by_role("button", name="Allow").click()
    return page.wait_for_url(f"{site.url}/**")


def test_r12_mfa_switched_on_while_connected_by_password(site: Site):
    page = site.admin()
    connect_by_password(site, page)
    site.user(mfa_for_api=True)
    site.control("revoke", {"username": SERVICE_USER})
    site.call(YAMADA)
    lost_banner(page)
    page.goto(PAGE)
    reads(page, "“MFA for API logins”, cannot be used here")
    press(page, "Authenticate with Salesforce ID", "link")
    press(page, "Test the new login")
    site.at_salesforce(page, "Allow")
    press(page, "Switch to “Authenticate with Salesforce ID”")
    reads(page, "Authenticate with Salesforce ID")
    named(page, YAMADA, "山田 太郎")


@pytest.mark.parametrize("method", ["oauth", "password"])
def test_r9_an_org_without_the_api(site: Site, method: str):
    site.control("settings", {"api_enabled": False})
    page = site.admin()
    page.goto(f"{PAGE}?method={method}")
    if method == "password":
        site.type_credentials(page)
    else:
        press(page, "Connect to Salesforce")
        site.at_salesforce(page, "Allow")
    reads(page, "Professional and Essentials come without it")
    assert site.connection() is None
    expect(page.get_by_role("button", name="Disconnect")).to_have_count(0)


def test_r10_b10_a_field_that_was_hidden_is_named(site: Site):
    site.connect()
    site.user(fields={"Contact.MobilePhone": {"read": False}}, objects={"Lead": {"read": False}})
    page = site.admin()
    page.goto(PAGE)
    press(page, "Test connection")
    lines = page.locator("#connection-test .findings li")
    field = lines.filter(has_text="Contact.MobilePhone")
    expect(field).to_contain_text("Attention")
    expect(field).to_contain_text("What to do:")
    lead = lines.filter(has=page.get_by_text("Lead", exact=True))
    expect(lead).to_contain_text("Problem")
    expect(lead).to_contain_text("No call is matched with a Lead.")
    expect(page.locator("#connection-test .findings li").filter(has_text="Right lost")).to_have_count(2)
    site.call("03-1234-5601")
    named(page, "03-1234-5601", "加藤 翔子")


@pytest.mark.parametrize("policy", ["blocked", "not installed"])
def test_r11_an_app_that_is_not_let_in(site: Site, policy: str):
    """Salesforce shows a page of its own and sends nobody back; ours is as it was."""
    site.control("app", {"blocked": True} if policy == "blocked" else {"installed": False})
    page = site.admin()
    page.goto(PAGE)
    press(page, "Connect to Salesforce")
    site.sign_in_there(page)
    reads(page, "OAUTH_A")
    known_there = page.get_by_role("button", name="Allow")
    assert site.connection() is None
    page.goto(PAGE)
    expect(page.get_by_role("button", name="Connect to Salesforce")).to_be_visible()
    site.control("app", {"blocked": False, "installed": True})
    press(page, "Connect to Salesforce")
    known_there.click()
    reads(page, CONNECTED)


def test_r32_b6_an_app_that_is_blocked_while_connected(site: Site):
    """The connection is good: nobody has to sign in again once the app is unblocked."""
    site.connect()
    site.control("app", {"blocked": True})
    page = site.admin()
    site.call(YAMADA)
    lost_banner(page, "Salesforce does not let us in", "Then press “Test connection”.")
    page.goto(PAGE)
    reads(page, "Not let in", "The Salesforce user is not admitted to the app.")
    expect(page.get_by_role("button", name="Connect to Salesforce")).to_have_count(0)
    site.control("app", {"blocked": False})
    press(page, "Test connection")
    reads(page, "The connection works.")
    expect(page.get_by_text("Not let in")).to_have_count(0)
    named(page, YAMADA, "山田 太郎")
