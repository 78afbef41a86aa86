"""From "a call ended" to "its name is in the contact book": how many a second, and how long each takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select

from devtools.bench.connected import Connected, connected
from devtools.bench.figure import Figure, measured, percentile
from devtools.bench.plain_script import seconds_of_each
from devtools.bench.scratch import Scratch
from host.storage.tables import calls
from plugins.contacts.tables import entries

CALLS = 2000
BASELINE_CALLS = 200
SETUPS = (("sqlite", 1), ("postgresql", 1), ("postgresql", 2))


def measure(scratch: Scratch, size: float) -> Iterator[Figure]:
    """All calls end at once; on SQLite one worker works and any other stands by, so it is measured with one."""
    count = int(CALLS * size)
    numbers = [f"090{number:08}" for number in range(count)]
    for kind, workers in SETUPS:
        if kind not in scratch.kinds:
            continue
        with connected(scratch, kind, workers) as running:
            _fill_org(running, numbers)
            script = seconds_of_each(running.installation, running.org, numbers[: max(1, int(BASELINE_CALLS * size))])
            running.send(numbers)
            running.wait_for(count)
            yield from _figures(f"delivery, {kind}, {workers} worker{'s' * (workers > 1)}", running, count, script)


def _figures(name: str, running: Connected, count: int, script: list[float]) -> Iterator[Figure]:
    seconds, each = _registered(running, count)
    yield measured(name, count / seconds, "calls/s", baseline=len(script) / sum(script))
    for share in (0.5, 0.95, 0.99):
        value, baseline = (1000 * percentile(times, share) for times in (each, script))
        yield measured(f"{name}: p{share * 100:.0f}", value, "ms", baseline=baseline)


def _registered(running: Connected, count: int) -> tuple[float, list[float]]:
    """Seconds from the first call accepted to the last name registered, and the seconds of each call.

    Raises:
        AssertionError: a call has no name.
    """
    query = select(calls.c.created_at, entries.c.updated_at).join(entries, entries.c.number == calls.c.number)
    with running.database.reading() as connection:
        rows = [(accepted.replace(tzinfo=None), named.replace(tzinfo=None)) for accepted, named in connection.execute(query)]
    if len(rows) != count:
        raise AssertionError(f"{len(rows)} of {count} calls have a name")
    whole: timedelta = max(named for _, named in rows) - min(accepted for accepted, _ in rows)
    return whole.total_seconds(), [(named - accepted).total_seconds() for accepted, named in rows]


def _fill_org(running: Connected, numbers: list[str]) -> None:
    """A Contact of one Account for each number, written as people do."""
    account = running.org_call("records", {"object": "Account", "fields": {"Name": "株式会社ベンチ"}})["ids"][0]
    for start in range(0, len(numbers), 500):
        records = [
            {"object": "Contact", "fields": {"LastName": "Bench", "AccountId": account, "MobilePhone": _written(number)}}
            for number in numbers[start : start + 500]
        ]
        running.org_call("records", {"records": records})


def _written(number: str) -> str:
    return f"{number[:3]}-{number[3:7]}-{number[7:]}"
