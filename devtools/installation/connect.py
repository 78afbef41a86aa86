"""Connects an installation with the sandbox org as a person would: by the pages of both."""

from __future__ import annotations

from collections.abc import Mapping

from devtools.installation.browser import Browser, Page, PageFailed
from devtools.installation.environment import Installation
from devtools.installation.people import ADMIN

SETTINGS = "/plugins/salesforce/"


def connect(installation: Installation, password: str, username: str, salesforce_password: str) -> None:
    """Log in, press Connect, log in at Salesforce, press Allow; nothing if it is connected already.

    Raises:
        PageFailed: it is not connected afterwards.
    """
    browser = Browser(str(installation.ca_file))
    log_in(browser, installation.url, ADMIN.email, password)
    page = browser.open(installation.url + SETTINGS)
    if not _offers_connect(page):
        return
    page = browser.submit(page, page.form("/connect"))
    if any(form.holds("pw") for form in page.forms):
        page = browser.submit(page, page.form("pw"), {"username": username, "pw": salesforce_password}, "Login")
    if any(form.holds("save") for form in page.forms):
        page = browser.submit(page, page.form("save"), button="save")
    if _offers_connect(browser.open(installation.url + SETTINGS)):
        raise PageFailed(f"Connecting with Salesforce ended at {page.url.partition('?')[0]} without a connection")


def connect_in_bulk(installation: Installation, password: str, credentials: Mapping[str, str]) -> Browser:
    """Log in, connect with ID and password, and have contacts fetched in bulk; gives back the browser, still logged in.

    Raises:
        PageFailed: bulk fetch is not offered afterwards.
    """
    browser = Browser(str(installation.ca_file))
    log_in(browser, installation.url, ADMIN.email, password)
    page = browser.open(installation.url + SETTINGS + "?method=password")
    page = browser.submit(page, page.form("/connect/password"), {**credentials, "bulk": "on"})
    page.form("/bulk/start")
    return browser


def fetch_in_bulk(installation: Installation, browser: Browser) -> None:
    """Press "Run now" of the bulk fetch."""
    page = browser.open(installation.url + SETTINGS)
    browser.submit(page, page.form("/bulk/start"))


def log_in(browser: Browser, url: str, email: str, password: str) -> Page:
    """Log in at Tsunagu itself."""
    page = browser.open(url + "/login")
    return browser.submit(page, page.form("password"), {"email": email, "password": password})


def _offers_connect(page: Page) -> bool:
    return any("/connect" in form.action for form in page.forms)
