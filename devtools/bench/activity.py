"""What a logged call costs at Salesforce, as the org counts it; and whether each has one Task with the last text."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import count

from sqlalchemy import func, select

from devtools.bench.connected import Connected, connected
from devtools.bench.figure import Figure, counted, measured
from devtools.bench.scratch import Scratch
from host.calls import finish_analysis
from host.delivery.mending import Chosen, retry_errors
from host.memos import save_memo
from host.plugin_api import MemoOrigin
from host.services import Services, build_services
from host.storage.tables import calls, deliveries
from plugins.salesforce.domain.activity.settings import ActivitySettings

LIVES, WAITING, TROUBLED = 30, 1000, 2000
PATIENCE = 3600.0
STANDS_STILL = 20.0  # seconds in which no delivery ends, while faults are on
EVERYWHERE = {"match": {"path": "/services/data"}, "times": None}
KINDS = ("drop-after", "drop-before", "unavailable", "lock", "bad-gateway", "concurrency-limit")
TROUBLE = [
    *({"kind": kind, "rate": 0.03, "seed": seed, **EVERYWHERE} for seed, kind in enumerate(KINDS)),
    # not twice in a row: that is a lost connection, which waits for an admin
    {"kind": "expired-session", "every": 100, **EVERYWHERE},
]
OUTAGE = [{"kind": "unavailable", **EVERYWHERE}]
KILLS = 3
FINISHED = ("done", "skipped")


def measure(scratch: Scratch, size: float) -> Iterator[Figure]:
    """Whole lives of calls, one after another; memos that pile up in an outage; trouble of every kind and killed workers."""
    group = count(1)
    with connected(scratch, "sqlite") as running:
        services = build_services(running.installation.config())
        switch_on(services)
        _ended(running, services, _numbers(next(group), 1))  # reads the org's fields, once a day
        yield _life(running, services, _numbers(next(group), max(5, int(LIVES * size))))
        yield _outage(running, services, _numbers(next(group), max(50, int(WAITING * size))))
        yield from trouble(running, services, _numbers(next(group), max(20, int(TROUBLED * size))))
        services.database.engine.dispose()


def switch_on(services: Services) -> None:
    """Calls are written as activities, as the settings page would have it."""
    settings = ActivitySettings(enabled=True, comment="{MEMO}\n{SPEECH_RECOGNITION_SUMMARY}")
    services.registry.context("salesforce").settings.write({"activity": settings.to_json()})


def _numbers(group: int, many: int) -> list[str]:
    return [f"090{group:04}{number:04}" for number in range(many)]


def _life(running: Connected, services: Services, numbers: Sequence[str]) -> Figure:
    before = running.api_calls()
    _store_contacts(running, numbers)
    ids = _ended(running, services, numbers)
    for call_id in ids:
        _memo(services, call_id, "折り返しをお願いします。")
        _over(services)
    for call_id in ids:
        finish_analysis(services, call_id, summary="見積の相談", transcript="…")
        _over(services)
    spent = (running.api_calls() - before) / len(numbers)
    _check(running, dict.fromkeys(ids, "折り返しをお願いします。\n見積の相談"))
    return counted("activity, the whole life of a call", spent, "API calls", baseline=4, at_most=4)


def _outage(running: Connected, services: Services, numbers: Sequence[str]) -> Figure:
    ids = _ended(running, services, numbers)
    running.org_call("faults", OUTAGE)
    for call_id in ids:
        _memo(services, call_id, f"メモ {call_id}")
    running.org_call("faults", [])
    before = running.api_calls()
    _over(services)
    spent = running.api_calls() - before
    _check(running, {call_id: f"メモ {call_id}" for call_id in ids})
    name = f"activity, {len(numbers):,} memos that waited in an outage"
    return counted(name, spent, "API calls", baseline=len(numbers), at_most=max(40, 0.04 * len(numbers)))


def trouble(running: Connected, services: Services, numbers: Sequence[str]) -> Iterator[Figure]:
    """Every sixth request or so meets a fault, and the worker is killed several times, while calls end and memos come.

    When nothing moves any more, Salesforce is well again and what waits for a later attempt is tried at once.

    Raises:
        AssertionError: a call has no Task, two of them, or not the last text.
    """
    before, began = running.api_calls(), time.monotonic()
    running.org_call("faults", TROUBLE)
    running.send(numbers)
    ids = _call_ids(services, numbers)
    for call_id in ids:
        _memo(services, call_id, f"erst {call_id}")
    for _ in range(KILLS):
        time.sleep(2)
        running.kill_workers()
    for call_id in ids:
        _memo(services, call_id, f"zuletzt {call_id}")
    _standstill(services)
    running.org_call("faults", [])
    retry_errors(services, Chosen(), "bench@example.com")  # as an admin does who presses “Try everything again”
    _over(services)
    _check(running, {call_id: f"zuletzt {call_id}" for call_id in ids})
    name = f"activity, {len(numbers):,} calls in trouble"
    yield measured(f"{name}: Tasks", len(ids), "Tasks")
    yield measured(f"{name}: API calls for each", (running.api_calls() - before) / len(ids), "API calls")
    yield measured(f"{name}: time", time.monotonic() - began, "s")


def _standstill(services: Services) -> None:
    """Wait while deliveries still end: then all that is left waits for its next attempt, or behind one that does."""
    ended = select(func.count()).where(deliveries.c.plugin == "salesforce", deliveries.c.state.in_(FINISHED))
    known, since = -1, time.monotonic()
    while time.monotonic() - since < STANDS_STILL:
        time.sleep(0.5)
        with services.database.reading() as connection:
            now = connection.execute(ended).scalar_one()
        if now != known:
            known, since = now, time.monotonic()


def _ended(running: Connected, services: Services, numbers: Sequence[str]) -> list[str]:
    running.send(numbers)
    ids = _call_ids(services, numbers)
    _over(services)
    return ids


def _call_ids(services: Services, numbers: Sequence[str]) -> list[str]:
    wanted = ["+81" + number[1:] for number in numbers]
    query = select(calls.c.number, calls.c.id).where(calls.c.number.in_(wanted))

    def found() -> dict[str, str]:
        with services.database.reading() as connection:
            return {row.number: row.id for row in connection.execute(query)}

    _wait(lambda: len(found()) == len(numbers), "calls that were told of")
    known = found()
    return [known[number] for number in wanted]


def _memo(services: Services, call_id: str, text: str) -> None:
    save_memo(services, call_id, text=text, items=(), origin=MemoOrigin.PHONE, by="bench@example.com")


def _over(services: Services) -> None:
    of_plugin = deliveries.c.plugin == "salesforce"
    query = select(deliveries.c.state, func.count()).where(of_plugin).group_by(deliveries.c.state)

    def left() -> int:
        with services.database.reading() as connection:
            found = {row.state: row[1] for row in connection.execute(query)}
        if stuck := [state for state in ("parked", "failed") if found.get(state)]:
            raise RuntimeError(f"Deliveries are {' and '.join(stuck)}: {found}")
        return sum(number for state, number in found.items() if state not in FINISHED)

    _wait(lambda: left() == 0, "deliveries")


def _wait(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not all {what} were done after {PATIENCE:.0f} s")
        time.sleep(0.05)


def _store_contacts(running: Connected, numbers: Sequence[str]) -> None:
    records = [{"object": "Contact", "fields": {"LastName": "Bench", "MobilePhone": number}} for number in numbers]
    running.org_call("records", {"records": records})


def _check(running: Connected, expected: dict[str, str]) -> None:
    """Each of these calls has exactly one Task, with this text."""
    found: dict[str, list[str]] = {}
    path = running.installation.org_folder / "sandbox.sqlite3"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as org:
        for key, text in org.execute("SELECT CallObject, Description FROM Task WHERE NOT IsDeleted"):
            found.setdefault(key, []).append(text)
    wrong = [call_id for call_id, text in expected.items() if found.get(call_id) != [text]]
    if wrong:
        raise AssertionError(f"{len(wrong)} of {len(expected)} calls are not as they should be; {found.get(wrong[0])}")
