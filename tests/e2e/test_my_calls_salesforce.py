"""B15: a caller nobody has in the contact book, known to Salesforce, is named on the agent's page while it rings."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
import requests
from app_fixture import event_body, signed
from connecting_fixture import PASSWORD, Site
from playwright.sync_api import expect

from devtools.installation.people import AGENTS

pytestmark = pytest.mark.browser


def rings(site: Site, number: str, extension: str) -> None:
    agent = {"extension": extension, "name": "", "answered_at": None, "left_at": None}
    outside = {"number": number, "raw": number, "name": "", "withheld": False}
    nothing = dict.fromkeys(("answered_at", "ended_at", "outcome", "talk_seconds", "hangup", "queue"))
    now = datetime.now(UTC).isoformat()
    body = event_body("call.ringing", id=uuid4().hex, agents=[agent], external=outside, started_at=now, **nothing)
    headers = {**signed(site.live.secret, body), "Content-Type": "application/json"}
    assert requests.post(f"{site.url}/api/v1/telephony/events", data=body, headers=headers, timeout=30).ok


def test_b15_salesforce_names_the_caller_while_it_rings(site: Site) -> None:
    site.connect()
    page = site.chromium.new_context(base_url=site.url, locale="en-US").new_page()
    page.goto("/login")
    page.fill("#email", AGENTS[0].email)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/calls")
    page.goto("/agent")
    expect(page.locator("#desk-live")).to_have_text("Live")
    rings(site, "+819012345678", AGENTS[0].extension)
    card = page.locator(".desk-card")
    expect(card).to_contain_text("090-1234-5678")
    expect(card).to_contain_text("山田 太郎, 株式会社青空商事")
    expect(card).to_contain_text("Ringing")
    expect(card.get_by_role("link", name="Open Contact")).to_be_visible()
