"""Calls in trouble: faults of every kind and killed workers; each has one Task with the last text all the same (R29)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from sqlalchemy import and_, exists, select

from devtools.bench.connected import Connected
from devtools.bench.figure import Figure, measured
from devtools.bench.logged import call_ids, check, over, save, wait_for
from host.delivery.mending import Chosen, retry_errors
from host.services import Services
from host.storage.tables import deliveries

KINDS = ("drop-after", "drop-before", "unavailable", "error", "lock", "bad-gateway", "concurrency-limit", "delay")
EVERYWHERE = {"match": {"path": "/services/data"}, "times": None}
TROUBLE = [
    *({"kind": kind, "rate": 0.03, "seed": seed, **EVERYWHERE} for seed, kind in enumerate(KINDS)),
    # not twice in a row: that is a lost connection, which waits for an admin
    {"kind": "expired-session", "every": 100, **EVERYWHERE},
]
KILLS = 3
_BEFORE = deliveries.alias()


def trouble(running: Connected, services: Services, numbers: Sequence[str], kind: str) -> Iterator[Figure]:
    """Every fourth request or so meets a fault, and the workers are killed several times, while calls end and memos come.

    When each call has met with Salesforce and what is left waits for a further attempt, Salesforce is well again, and that
    is made at once.

    Raises:
        AssertionError: a call has no Task, two of them, or not the last text.
        RuntimeError, TimeoutError: not all is delivered in the end.
    """
    before, began = running.api_calls(), time.monotonic()
    running.org_call("faults", TROUBLE)
    running.send(numbers)
    ids = call_ids(services, numbers)
    for call_id in ids:
        save(services, call_id, f"erst {call_id}")
    for _ in range(KILLS):
        time.sleep(2)
        running.kill_workers()
    for call_id in ids:
        save(services, call_id, f"zuletzt {call_id}")
    wait_for(services, lambda: not _not_tried(services))
    running.org_call("faults", [])
    retry_errors(services, Chosen(), "bench@example.com")  # as an admin does who presses “Try everything again”
    over(services)
    check(running, {call_id: f"zuletzt {call_id}" for call_id in ids})
    name = f"activity, {kind}, {len(numbers):,} calls in trouble"
    yield measured(f"{name}: Tasks", len(ids), "Tasks")
    yield measured(f"{name}: API calls for each", (running.api_calls() - before) / len(ids), "API calls")
    yield measured(f"{name}: time", time.monotonic() - began, "s")


def _not_tried(services: Services) -> bool:
    """Whether a delivery runs, or waits for its first attempt and not behind another one."""
    behind = exists().where(
        _BEFORE.c.plugin == deliveries.c.plugin,
        _BEFORE.c.call_id == deliveries.c.call_id,
        _BEFORE.c.id < deliveries.c.id,
        _BEFORE.c.state == "retrying",
    )
    moving = and_(deliveries.c.state.in_(("waiting", "running")), ~behind)
    query = select(deliveries.c.id).where(deliveries.c.plugin == "salesforce", moving).limit(1)
    with services.database.reading() as connection:
        return connection.execute(query).first() is not None
