"""B15, R8, R24: two workers see the same calls ring; each call is asked for once, and has one Task."""

from __future__ import annotations

import signal
from dataclasses import replace

import pytest

from host.plugin_api import Call
from host.services import utc_now
from plugins.salesforce.domain.activity.settings import Moment
from tests.integration.salesforce.activity_site import SETTINGS, ActivitySite
from tests.integration.salesforce.salesforce_processes import Workers, workers

__all__ = ["workers"]

NUMBERS = [f"+8190{n:04d}1234" for n in range(12)]


def named(workers: Workers) -> int:
    return len(workers.host.services.registry.contact_book().entries(NUMBERS))


def end(site: ActivitySite, call_id: str) -> None:
    site.end(call_id)
    with site.host.services.database.writing() as connection:
        site.host.services.publisher.publish(connection, call_id, "on_call_end", {"refetch": False})


def over(site: ActivitySite, call_ids: list[str]) -> bool:
    calls: list[Call | None] = [site.context.calls.get(call_id) for call_id in call_ids]
    return all(calls) and [task["CallDurationInSeconds"] for task in site.tasks()] == [120] * len(call_ids)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_b15_r8_r24_two_workers_ask_once_for_each_call_and_make_one_task(workers: Workers) -> None:
    host, site = workers.host, ActivitySite(workers.host)
    host.connect("oauth")
    leads = [{"object": "Lead", "fields": {"LastName": n, "Company": n, "Phone": n}} for n in NUMBERS]
    host.org.control("records", {"records": leads})
    site.switch(replace(SETTINGS, moment=Moment.AFTER_START))
    workers.start_ready(2)
    host.clock.now = utc_now()
    ids = [site.call(number, ended=False, state="ringing", answered_at=None, agents=[]) for number in NUMBERS]
    workers.wait_for(lambda: named(workers) == len(NUMBERS) and len(site.tasks()) == len(NUMBERS))
    assert len(host.org.requests("/search")) == len(NUMBERS)
    workers.processes[0].send_signal(signal.SIGKILL)
    for call_id in ids:
        end(site, call_id)
    workers.wait_for(lambda: over(site, ids))
    assert len(host.org.requests("/search")) == len(NUMBERS), "the end counts on what was found, whoever found it"
    assert sorted(task["CallObject"] for task in site.tasks()) == sorted(ids)
