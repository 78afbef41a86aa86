"""Changing the auth method as an admin does it."""

from __future__ import annotations

import re
from typing import Any

from host.plugin_api import Done, NeedsReauthorisation
from plugins.salesforce.registration import register_call
from tests.integration.salesforce.conftest import SITE, Browser, Host, Pages

PAGE = "/plugins/salesforce/"
OAUTH = "/plugins/salesforce/change/oauth"
PASSWORD = "/plugins/salesforce/change/password"


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.text)


def come_back(pages: Pages, browser: Browser, press: str = "save", **who: str) -> Any:
    """Press the button, sign in at Salesforce, come back; gives back the answer of the callback."""
    answer = browser.post(OAUTH)
    assert answer.status_code == 303, answer.text
    return browser.get(pages.host.org.sign_in(answer.headers["Location"], press=press, **who).removeprefix(SITE))


def works(host: Host) -> bool:
    """Whether a look-up is done by the connection in use."""
    try:
        return isinstance(register_call(host.context, host.ended("+81312345678")), Done)
    except NeedsReauthorisation:
        return False
