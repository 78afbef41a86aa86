"""R20: the card of the bulk fetch on the Basic settings: where it is shown, run now, stop, progress, earlier runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from host.storage.job_tables import job_runs
from tests.integration.salesforce.conftest import ADMIN, AGENT, Host, Pages

PAGE = "/plugins/salesforce/"


@pytest.fixture
def night(pages: Pages) -> Host:
    pages.host.connect("password")
    pages.host.context.settings.write({"fetch": "bulk"})
    return pages.host


def ran(host: Host, state: str, **values: Any) -> None:
    at = host.clock() - timedelta(days=1)
    kept = {"total": 1240, "found": 803, "missed": 437, "changed": 41}
    fixed = {"plugin": "salesforce", "job": "bulk_fetch", "started_by": "", "state": state, "kept": kept, "api_calls": 67}
    times = dict.fromkeys(("due_at", "started_at", "finished_at", "created_at", "updated_at"), at)
    with host.services.database.writing() as connection:
        connection.execute(insert(job_runs).values({**fixed, **times, **values}))


@pytest.mark.parametrize(("fetch", "shown"), [("bulk", True), ("after_each_call", False), ("none", False)])
def test_r20_the_card_is_there_where_bulk_fetch_is_chosen(pages: Pages, night: Host, fetch: str, shown: bool):
    night.context.settings.write({"fetch": fetch})
    page = pages.browser().get(PAGE).text
    assert ('id="bulk"' in page) is shown


def test_r13_the_card_is_drawn_from_the_declaration(pages: Pages):
    pages.host.connect("oauth")
    pages.host.context.settings.write({"fetch": "bulk"})
    assert 'id="bulk"' not in pages.browser().get(PAGE).text


def test_r20_a_method_that_is_not_installed_any_more_breaks_no_page(pages: Pages, night: Host):
    known = night.context.settings.read()["connection"]
    night.context.settings.write({"connection": {**known, "method": "gone"}})
    assert pages.browser().get(PAGE).status_code == 200


def test_r20_run_now_and_stop(pages: Pages, night: Host):
    browser = pages.browser()
    assert "Nothing was fetched in bulk yet." in browser.get(PAGE).text
    assert browser.get(PAGE + "bulk").status_code == 204
    assert browser.post(PAGE + "bulk/start").status_code == 303
    assert [(run.state, run.started_by) for run in night.context.jobs.runs("bulk_fetch")] == [("waiting", ADMIN)]
    page = browser.get(PAGE).text
    assert "/bulk/stop" in page
    assert "/bulk/start" not in page
    assert browser.post(PAGE + "bulk/stop").status_code == 303
    assert [run.state for run in night.context.jobs.runs("bulk_fetch")] == ["stopped"]
    browser.post(PAGE + "bulk/stop")
    assert "No bulk fetch is under way." in browser.get(PAGE).text


def test_r20_the_progress_comes_alone_and_with_the_rest_once_the_run_is_over(pages: Pages, night: Host):
    ran(night, "done")
    ran(night, "running", done=420, total=1240, finished_at=None)
    browser = pages.browser()
    part = browser.get(PAGE + "bulk").text
    assert "420 of 1,240" in part
    assert 'value="420"' in part
    assert "hx-swap-oob" not in part
    with night.services.database.writing() as connection:
        connection.execute(update(job_runs).values(state="done"))
    over = browser.get(PAGE + "bulk").text
    assert over.count("hx-swap-oob") == 2
    assert "hx-get" not in over
    assert "/bulk/start" in over


def test_r20_the_earlier_runs_with_their_counts_and_without_skipped_nights(pages: Pages, night: Host):
    ran(night, "done")
    ran(night, "failed", kept={})
    ran(night, "skipped", api_calls=9999)
    ran(night, "parked", parked_for="reauthorise", finished_at=None)
    page = pages.browser().get(PAGE).text
    for text in ("1,240", "803", "41", "67", "Failed", "–", "Try now", "/bulk/stop"):
        assert text in page
    assert "9,999" not in page


def test_r20_the_next_run_is_told_in_the_sites_time_and_in_japanese(pages: Pages, night: Host):
    page = pages.browser(language="ja").get(PAGE).text
    assert "毎晩の一括取得" in page
    assert "2026/11/22 23:00" in page


@pytest.mark.parametrize(("method", "path"), [("GET", "bulk"), ("POST", "bulk/start"), ("POST", "bulk/stop")])
def test_agents_may_not(pages: Pages, night: Host, method: str, path: str):
    browser = pages.browser(AGENT)
    answer = browser.get(PAGE + path) if method == "GET" else browser.post(PAGE + path)
    assert answer.status_code == 403
    assert night.context.jobs.runs("bulk_fetch") == []
