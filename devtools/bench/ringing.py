"""How long after its event a call that rings has its name from Salesforce, and what ring and end cost together (B15, R8)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from sqlalchemy import text

from devtools.bench.connected import Connected, connected
from devtools.bench.events import told_call
from devtools.bench.figure import Figure, counted, percentile
from devtools.bench.load import one_after_the_other
from devtools.bench.scratch import Scratch
from devtools.installation.environment import SOURCE

CALLS = 60
WARM_UP = 10
LONGEST = 300.0
"""Milliseconds from the telephone system's event to the name in the contact book."""
PATIENCE = 20.0
LOOKING = 0.003
WORKERS = {"sqlite": 1, "postgresql": 2}
NAMED = text("SELECT count(*) FROM contacts_entries WHERE number = :number")
KNOWN, STRANGERS = 1, 2  # API calls a call costs that is found, and one that is not


def measure(scratch: Scratch, size: float) -> Iterator[Figure]:
    """From ringing to the name, and the API calls of whole calls, on each database."""
    for kind in scratch.kinds:
        with connected(scratch, kind, workers=WORKERS[kind]) as running:
            count = max(10, int(CALLS * size))
            known = [f"0901111{number:04}" for number in range(count + WARM_UP)]
            strangers = [f"0902222{number:04}" for number in range(count)]
            records = [{"object": "Contact", "fields": {"LastName": "Bench", "MobilePhone": number}} for number in known]
            running.org_call("records", {"records": records})
            for number in known[:WARM_UP]:  # the workers start, and read the org's fields once
                _named_after(running, number)
            before = running.api_calls()
            delays = [_named_after(running, number) for number in known[WARM_UP:]]
            for share in (0.5, 0.99):
                label = f"ringing, {kind}: event to name, p{share * 100:.0f}"
                yield counted(label, percentile(delays, share), "ms", baseline=LONGEST, at_most=LONGEST)
            yield _cost(running, f"ringing, {kind}: rings and ends, in the org", known[WARM_UP:], before, KNOWN)
            before = running.api_calls()
            for number in strangers:
                _tell(running, "call.ringing", number)
            yield _cost(running, f"ringing, {kind}: rings and ends, not in the org", strangers, before, STRANGERS)


def _named_after(running: Connected, number: str) -> float:
    """Milliseconds.

    Raises:
        TimeoutError: there is no name after twenty seconds.
    """
    began = time.perf_counter()
    _tell(running, "call.ringing", number)
    while time.perf_counter() - began < PATIENCE:
        with running.database.reading() as connection:
            if connection.execute(NAMED, {"number": f"+81{number[1:]}"}).scalar_one():
                return 1000 * (time.perf_counter() - began)
        time.sleep(LOOKING)
    raise TimeoutError("a call rang for 20 seconds without its name")


def _cost(running: Connected, name: str, numbers: Sequence[str], before: int, at_most: int) -> Figure:
    """The calls end, and are looked up to the end."""
    settled = running.settled()
    for number in numbers:
        _tell(running, "call.ended", number)
    running.wait_for(settled + len(numbers))
    return counted(name, (running.api_calls() - before) / len(numbers), "API calls", baseline=3, at_most=at_most)


def _tell(running: Connected, kind: str, number: str) -> None:
    secret, port = running.installation.event_secret, running.installation.web_port
    one_after_the_other(port, [told_call(kind, number, "101", secret, port, f"asterisk:{SOURCE}")])
