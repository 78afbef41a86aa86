"""What a logged call costs at Salesforce, as the org counts it: its whole life, and what waits in an outage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from devtools.bench.connected import Connected, connected
from devtools.bench.figure import Figure, counted
from devtools.bench.logged import call_ids, check, ended, numbers_of, over, save, states, switch_on, wait_for
from devtools.bench.scratch import Scratch
from devtools.bench.trouble import trouble
from host.calls import finish_analysis
from host.services import Services, build_services

LIVES, WAITING, TROUBLED = 30, 1000, 2000
WORKERS = {"sqlite": 1, "postgresql": 2}
OUTAGE = [{"kind": "unavailable", "match": {"path": "/services/data"}, "times": None}]
NO_TASKS = [{"kind": "unavailable", "match": {"object": "Task"}, "times": None}]
FOR_MEMOS, FOR_LOOK_UPS = 40, 60
"""API calls for 1,000: to write what waits, and, as in the bulk fetch, to look the numbers up."""


def measure(scratch: Scratch, size: float) -> Iterator[Figure]:
    """Whole lives of calls, one after another; memos and calls that pile up in an outage; trouble of every kind."""
    for kind in scratch.kinds:
        group = count(1)
        with connected(scratch, kind, WORKERS[kind]) as running:
            services = build_services(running.installation.config())
            switch_on(services)
            ended(running, services, numbers_of(next(group), 1))  # reads the org's fields, once a day
            if kind == scratch.kinds[0]:  # the same on both: the API calls do not depend on the database
                yield _life(running, services, numbers_of(next(group), max(5, int(LIVES * size))))
                yield _late_memos(running, services, numbers_of(next(group), max(50, int(WAITING * size))))
                yield _no_tasks(running, services, numbers_of(next(group), max(50, int(WAITING * size))))
                yield _late_calls(running, services, numbers_of(next(group), max(50, int(WAITING * size))))
            yield from trouble(running, services, numbers_of(next(group), max(20, int(TROUBLED * size))), kind)
            services.database.engine.dispose()


def _life(running: Connected, services: Services, numbers: Sequence[str]) -> Figure:
    before = running.api_calls()
    _store_contacts(running, numbers)
    ids = [call_id for number in numbers for call_id in ended(running, services, [number])]
    for call_id in ids:
        save(services, call_id, "折り返しをお願いします。")
        over(services)
    for call_id in ids:
        finish_analysis(services, call_id, summary="見積の相談", transcript="…")
        over(services)
    spent = (running.api_calls() - before) / len(numbers)
    check(running, dict.fromkeys(ids, "折り返しをお願いします。\n見積の相談"))
    return counted("activity, the whole life of a call", spent, "API calls", baseline=4, at_most=4)


def _late_memos(running: Connected, services: Services, numbers: Sequence[str]) -> Figure:
    """Memos of calls that have their Tasks already."""
    ids = ended(running, services, numbers)
    running.org_call("faults", OUTAGE)
    return _after_outage(running, services, ids, f"{len(numbers):,} memos that waited in an outage", FOR_MEMOS)


def _no_tasks(running: Connected, services: Services, numbers: Sequence[str]) -> Figure:
    """Memos of calls that were looked up and have no Tasks: Salesforce takes none."""
    running.org_call("faults", NO_TASKS)
    running.send(numbers)
    ids = call_ids(services, numbers)
    wait_for(services, lambda: "waiting" not in states(services))
    return _after_outage(running, services, ids, f"{len(numbers):,} memos of calls without Tasks", FOR_MEMOS)


def _late_calls(running: Connected, services: Services, numbers: Sequence[str]) -> Figure:
    """Calls that end in the outage, and their memos: half of the numbers are in the org."""
    _store_contacts(running, numbers[::2])
    running.org_call("faults", OUTAGE)
    running.send(numbers)
    ids = call_ids(services, numbers)
    what = f"{len(numbers):,} calls that ended in an outage, with their memos"
    return _after_outage(running, services, ids, what, FOR_MEMOS + FOR_LOOK_UPS)


def _after_outage(running: Connected, services: Services, ids: Sequence[str], what: str, bar: int) -> Figure:
    for call_id in ids:
        save(services, call_id, f"メモ {call_id}")
    running.org_call("faults", [])
    before = running.api_calls()
    over(services)
    spent = running.api_calls() - before
    check(running, {call_id: f"メモ {call_id}" for call_id in ids})
    return counted(f"activity, {what}", spent, "API calls", baseline=len(ids), at_most=bar)


def _store_contacts(running: Connected, numbers: Sequence[str]) -> None:
    records = [{"object": "Contact", "fields": {"LastName": "Bench", "MobilePhone": number}} for number in numbers]
    running.org_call("records", {"records": records})
