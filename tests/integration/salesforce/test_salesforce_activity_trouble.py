"""R29: real workers, faults of every kind and kill -9: each call has one Task, with the last text.

`dev.py bench activity` does the same with 2,000 calls and a clock that goes as clocks do.
"""

from __future__ import annotations

import time

import pytest
from sqlalchemy import func, select

from devtools.bench.trouble import TROUBLE
from host.delivery.mending import Chosen, retry_errors
from host.domain.settlement import FINISHED
from host.services import Services, utc_now
from host.storage.tables import deliveries
from tests.integration.salesforce.activity_site import ActivitySite
from tests.integration.salesforce.salesforce_processes import Workers, workers

__all__ = ["workers"]

CALLS = 24
KILLS = 3
TROUBLED_SECONDS = 4.5
SPEED = "6"
"""How much faster the workers' clock goes: what waits for 30 s waits for 5."""


@pytest.fixture
def site(workers: Workers) -> ActivitySite:
    """A connected site that writes activities; every second call's number is in the org."""
    workers.host.connect("oauth")
    people = [{"object": "Contact", "fields": {"LastName": "山田", "Phone": number_of(at)}} for at in range(0, CALLS, 2)]
    workers.host.org.control("records", {"records": people})
    made = ActivitySite(workers.host)
    made.switch()
    return made


def number_of(at: int) -> str:
    return f"+8131111{at:04}"


def tell(site: ActivitySite, call_id: str, hook: str) -> None:
    services = site.host.services
    with services.database.writing() as connection:
        services.publisher.publish(connection, call_id, hook, {"origin": "phone"} if hook == "on_memo_saved" else {})


def remember(site: ActivitySite, call_ids: list[str], word: str) -> None:
    for call_id in call_ids:
        site.write_memo(call_id, f"{word} {call_id}")
        tell(site, call_id, "on_memo_saved")


def unfinished(services: Services) -> int:
    waits = select(func.count()).where(deliveries.c.plugin == "salesforce", deliveries.c.state.not_in(FINISHED))
    with services.database.reading() as connection:
        return int(connection.scalar(waits) or 0)


def kill_again_and_again(site: ActivitySite, workers: Workers, count: int) -> None:
    begun = utc_now().isoformat()
    for turn in range(KILLS + 1):
        living = [workers.start_quick(begun, SPEED) for _ in range(count)]
        if turn < KILLS:
            time.sleep(TROUBLED_SECONDS / KILLS)
            for process in living:
                process.kill()
                process.wait()


@pytest.mark.timeout(240)
def test_r29_one_task_for_each_call_with_the_last_text_come_what_may(site: ActivitySite, workers: Workers) -> None:
    services = site.host.services
    site.host.org.control("faults", TROUBLE)
    call_ids = [site.call(number_of(at)) for at in range(CALLS)]
    for call_id in call_ids:
        tell(site, call_id, "on_call_end")
    remember(site, call_ids, "erst")
    kill_again_and_again(site, workers, count=1 if services.database.is_sqlite else 2)
    remember(site, call_ids, "zuletzt")
    time.sleep(TROUBLED_SECONDS / KILLS)
    site.host.org.control("faults", [])

    def all_is_delivered() -> bool:
        time.sleep(1)
        retry_errors(services, Chosen(), "an admin who presses “Try everything again” again and again")
        return unfinished(services) == 0

    workers.wait_for(all_is_delivered)
    texts = sorted((task["CallObject"], task["Description"]) for task in site.tasks())
    assert texts == sorted((call_id, f"zuletzt {call_id}") for call_id in call_ids)
    hanging = {task["CallObject"] for task in site.tasks() if task["WhoId"]}
    assert hanging == set(call_ids[::2])
