"""B4: the tab API usage and the reserve."""

from __future__ import annotations

import re

import pytest

from host.plugin_api import LimitReached
from plugins.salesforce import connecting
from plugins.salesforce.budget import read_reserve
from plugins.salesforce.client import Client
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.plugin import plugin
from tests.integration.salesforce.conftest import ADMIN, AGENT, Host, Pages

USAGE = "/plugins/salesforce/usage"


def call(host: Host, purpose: Purpose) -> None:
    Client(connecting.live_connection(host.context), purpose).get("query/", {"q": "SELECT Id FROM Lead LIMIT 1"})


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_b4_before_the_first_connection(pages: Pages):
    answer = pages.browser().get(USAGE)
    assert answer.status_code == 200
    assert "No API call yet" in answer.text


def test_b4_only_admins(pages: Pages):
    assert pages.browser(AGENT).get(USAGE).status_code == 403


def test_b4_usage_of_the_org_ours_and_others(pages: Pages):
    host = pages.host
    host.connect("password")
    plugin.on_call_end(host.context, host.ended("+81399998888"))
    host.org.running.org.usage.count(1200, "others", "somebody@example.com")
    call(host, Purpose.BULK)
    ours = host.org.used() - 1200
    text = text_of(pages.browser().get(USAGE).text)
    assert f"{host.org.used():,} of 15,000 used" in text
    assert f"Tsunagu {ours} " in text
    assert "Other programs and people 1,200 " in text
    assert "Look-ups of calls 2 " in text
    assert "Bulk fetch 1 " in text
    assert "cost 2.0 API calls on average" in text
    assert "Now: 3,000 calls." in text
    assert "Now: 1,500 calls." in text


def test_b4_the_table_tells_what_the_bars_show(pages: Pages):
    host = pages.host
    host.connect("password")
    for _ in range(3):
        call(host, Purpose.LOOK_UP)
    host.clock.advance(hours=2)
    call(host, Purpose.BULK)
    page = pages.browser().get(USAGE).text
    hours = page.split('id="hours-title"')[1].split("</section>")[0]
    rows = re.findall(r"<tr>.*?</tr>", hours, re.DOTALL)[1:]
    assert re.findall(r">(\d+)<", rows[0])[-1] == "1"
    assert len(re.findall("<rect", hours)) == 3
    host.clock.advance(hours=24)
    later = pages.browser().get(USAGE).text
    assert "None." in later.split('id="hours-title"')[1].split("</section>")[0]
    assert "Bulk fetch" in text_of(later.split('id="days-title"')[1].split("</section>")[0])


@pytest.mark.parametrize(("typed", "kept"), [("0", 0), ("25", 25), ("40", 40)])
def test_b4_the_reserve_is_set(pages: Pages, typed: str, kept: int):
    host = pages.host
    host.connect("oauth")
    assert pages.browser().post(f"{USAGE}/reserve", reserve=typed).status_code == 303
    assert read_reserve(host.context.settings.read()) == kept
    logged = host.context.operations.find().operations[0]
    assert (logged.actor, logged.action) == (ADMIN, "API reserve changed")


@pytest.mark.parametrize("typed", ["", "-1", "41", "100", "ten", "1.5", "１０", "9" * 5000])
def test_b4_a_reserve_that_is_none_is_refused(pages: Pages, typed: str):
    answer = pages.browser().post(f"{USAGE}/reserve", reserve=typed)
    assert answer.status_code == 422
    assert read_reserve(pages.host.context.settings.read()) == 10


def test_b4_the_page_says_who_waits_and_why(pages: Pages):
    host = pages.host
    host.connect("password")
    used = host.org.used()
    host.org.settings(daily_limit=1000)
    host.org.running.org.usage.count(849 - used, "others", "somebody@example.com")
    call(host, Purpose.BULK)
    assert "The bulk fetch waits: at 22 Nov 12:00 only 150 calls were left, and it stops at 200." in text_of(
        pages.browser().get(USAGE).text
    )
    host.org.running.org.usage.count(69, "others", "somebody@example.com")
    call(host, Purpose.LOOK_UP)
    assert "Look-ups and the bulk fetch wait: at 22 Nov 12:00 only 80 calls were left, and 100 are kept" in text_of(
        pages.browser().get(USAGE).text
    )
    host.org.settings(daily_limit=1)
    with pytest.raises(LimitReached):
        call(host, Purpose.ACTIVITY)
    page = text_of(pages.browser().get(USAGE).text)
    assert "Salesforce refuses every call" in page
    assert "the next call asks at 12:15" in page
    assert "used up its API calls" in text_of(pages.browser().get("/calls").text)
