"""How many Salesforce API calls a bulk fetch costs, as the org counts them, and how long it takes (R20)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import delete, insert, select

from devtools.bench.apicalls import FORMS, FULL_WIDTH, INDEXES
from devtools.bench.connected import Connected, connected
from devtools.bench.figure import Figure, counted, measured
from devtools.bench.installed import PASSWORD
from devtools.bench.scratch import Scratch
from devtools.installation.browser import Browser
from devtools.installation.connect import connect_in_bulk, fetch_in_bulk
from host.domain.ids import new_call_id
from host.storage.job_tables import job_runs
from host.storage.tables import calls, facts

DOCUMENTED = 3  # calls of the day × up to 3, says the product this one stands beside
FEW, MANY = 1_000, 10_000
MOST_EACH = 0.06  # the bar: 60 API calls for 1,000 numbers, 600 for 10,000
ENDED = ("done", "failed", "stopped", "skipped")
PATIENCE = 1800.0
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Night:
    """One bulk fetch: how many numbers were found, API calls by the org's counting, seconds."""

    found: int
    api_calls: int
    seconds: float


def measure(scratch: Scratch, size: float) -> Iterator[Figure]:
    """Distinct numbers of one day: none of them in the org (the dearest case), and half of them in seven written forms."""
    few, many = max(50, int(FEW * size)), max(100, int(MANY * size))
    group = count(1)
    with connected(scratch, "sqlite", signs_in=False) as running:
        browser = connect_in_bulk(running.installation, PASSWORD, running.credentials)
        for index in INDEXES:
            running.org_call("settings", {"search_mode": index})
            yield from _figures(running, browser, index, few, next(group))
        yield from _figures(running, browser, INDEXES[-1], many, next(group))


def _figures(running: Connected, browser: Browser, index: str, size: int, group: int) -> Iterator[Figure]:
    unknown = [f"080{number * 9_973 % 100_000_000:08}" for number in range(size)]
    known = [f"090{group}{number * 997 % 10_000_000:07}" for number in range(size)]
    yield from _fetched(running, browser, f"{size:,} numbers, index of {index}: none in the org", unknown, 0)
    yield from _fetched(
        running, browser, f"{size:,} numbers, index of {index}: half in the org", known, _stored(running, known)
    )


def _stored(running: Connected, numbers: list[str]) -> int:
    """Put every second number into the org, in turn in each form; gives back how many that is."""
    forms = list(FORMS.values())
    phones = [_written(number, forms[place // 2 % len(forms)]) for place, number in enumerate(numbers) if place % 2]
    records = [{"object": "Contact", "fields": {"LastName": "Bench", "MobilePhone": phone}} for phone in phones]
    for start in range(0, len(records), AT_ONCE):
        running.org_call("records", {"records": records[start : start + AT_ONCE]})
    return len(records)


def _written(number: str, form: str) -> str:
    text = form.format(number[:3], number[3:7], number[7:])
    return text.translate(FULL_WIDTH) if "－" in form else text


def _fetched(running: Connected, browser: Browser, name: str, numbers: list[str], known: int) -> Iterator[Figure]:
    night = _night(running, browser, numbers)
    if night.found != known:
        raise RuntimeError(f"{night.found} of {known} numbers were found")
    bar = max(10, MOST_EACH * len(numbers))
    yield counted(f"bulk, {name}", night.api_calls, "API calls", baseline=DOCUMENTED * len(numbers), at_most=bar)
    yield measured(f"bulk, {name}: time", night.seconds, "s")


def _night(running: Connected, browser: Browser, numbers: list[str]) -> Night:
    _have_calls(running, numbers)
    before, began = running.api_calls(), time.monotonic()
    fetch_in_bulk(running.installation, browser)
    kept = _over(running)
    return Night(int(kept["found"]), running.api_calls() - before, time.monotonic() - began)


def _have_calls(running: Connected, numbers: list[str]) -> None:
    """These are the only calls of the day; written past the telephone events, which are not measured here."""
    ended = datetime.now(UTC) - timedelta(seconds=1)
    with running.database.writing() as connection:
        connection.execute(delete(calls))
        rows = [_call(number, ended) for number in numbers]
        connection.execute(insert(calls), rows)
        told = {"hook": "on_call_end", "detail": {}, "occurred_at": ended}
        connection.execute(insert(facts), [{"call_id": row["id"], **told} for row in rows])


def _call(number: str, ended: datetime) -> dict[str, Any]:
    call_id = new_call_id(ended)
    times = {"started_at": ended, "ended_at": ended, "created_at": ended, "updated_at": ended}
    told = {"number": "+81" + number[1:], "raw_number": number, "direction": "inbound", "state": "ended", "source": "bench"}
    return {"id": call_id, "source_call_id": call_id, "agents": [], "transfers": [], "stamps": {}, **told, **times}


def _over(running: Connected) -> dict[str, Any]:
    """Wait for the newest run; gives back what it kept."""
    newest = select(job_runs.c.state, job_runs.c.kept, job_runs.c.message).where(job_runs.c.job == "bulk_fetch")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with running.database.reading() as connection:
            run = connection.execute(newest.order_by(job_runs.c.id.desc()).limit(1)).one()
        if run.state == "done":
            return dict(run.kept)
        if run.state in ENDED:
            raise RuntimeError(f"The bulk fetch ended as {run.state}: {run.message}")
        time.sleep(0.2)
    raise TimeoutError(f"The bulk fetch was not over after {PATIENCE:.0f} s")
