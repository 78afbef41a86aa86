"""R26, R29: the four facts of a call in every order, each told twice: one Task, with the memo as it was written last."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.integration.salesforce.activity_site import ActivitySite
from tests.integration.salesforce.conftest import Host

FACTS = ("end", "memo on the phone", "memo in the history", "analysis")


@pytest.fixture
def site(host: Host) -> ActivitySite:
    host.org.control("reset", {"seed": "empty"})
    host.connect("oauth")
    host.org.record("Contact", LastName="山田", MobilePhone="03-1234-5678")
    made = ActivitySite(host)
    made.switch()
    return made


def happens(site: ActivitySite, call_id: str, fact: str) -> None:
    if fact == "end":
        site.end(call_id)
    elif fact == "analysis":
        site.analyse(call_id, "要約")
    else:
        site.write_memo(call_id, fact)


def told(site: ActivitySite, call_id: str, fact: str) -> None:
    if fact == "end":
        site.tell_end(call_id, fact=1)
    elif fact == "analysis":
        site.tell_analysis(call_id)
    else:
        site.tell_memo(call_id)


def expected(order: tuple[str, ...]) -> str:
    return f"{[fact for fact in order if fact.startswith('memo')][-1]}\n要約"


def test_r26_r29_four_facts_in_every_order_and_twice_make_one_task_with_the_last_text(site: ActivitySite) -> None:
    orders = list(permutations(FACTS))
    wanted = {}
    for order in orders:
        call_id = site.call(ended=False)
        wanted[call_id] = expected(order)
        for fact in order:
            happens(site, call_id, fact)
            told(site, call_id, fact)
        for fact in reversed(order):
            told(site, call_id, fact)
    tasks = site.tasks()
    assert sorted((task["CallObject"], task["Description"]) for task in tasks) == sorted(wanted.items())
    assert all(task["WhoId"] and task["CallDurationInSeconds"] == 120 for task in tasks)
