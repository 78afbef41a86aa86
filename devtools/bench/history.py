"""How much longer a page of the call history takes when there are a hundred times as many calls."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import Connection, insert

from devtools.bench.figure import Figure, measured, percentile
from devtools.bench.scratch import Scratch
from host.domain.ids import new_call_id
from host.storage.engine import Database
from host.storage.history import CallFilter, find_calls
from host.storage.migrate import upgrade_tables
from host.storage.tables import calls

LIMIT = 1.5
ROUNDS = 200
START = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 10_000


def measure(scratch: Scratch, size: float) -> Iterator[Figure]:
    """First and deep page at 10,000 × size and 1,000,000 × size calls, on each database."""
    for kind in scratch.kinds:
        small, big = (_loaded(scratch.database(kind), int(count * size)) for count in (10_000, 1_000_000))
        for name, page in (("first", _first_page), ("deep", _deep_page)):
            before, after = _medians(page(small), page(big))
            yield measured(f"history, {kind}: {name} page", after, "ms", baseline=before, at_most=LIMIT)


def _loaded(database: Database, count: int) -> Database:
    upgrade_tables(database, [])
    rows = _rows(count)
    while batch := list(islice(rows, BATCH)):
        with database.writing() as connection:
            connection.execute(insert(calls), batch)
    with database.writing() as connection:
        connection.exec_driver_sql("ANALYZE")
    return database


def _rows(count: int) -> Iterator[dict[str, object]]:
    """Calls of a year, the same year whatever their number, from some thousands of numbers."""
    step = timedelta(days=365) / count
    for index in range(count):
        moment = START + step * index
        yield {
            "id": new_call_id(moment),
            "source": "asterisk:bench",
            "source_call_id": str(index),
            "state": "ended",
            "direction": ("inbound", "outbound")[index % 2],
            "number": f"+8190{index % 20_000:08}",
            "raw_number": f"090{index % 20_000:08}",
            "agents": [
                {"extension": "101", "name": "Alice", "user_id": None, "answered_at": moment.isoformat(), "left_at": None}
            ],
            "outcome": ("answered", "no_answer", "busy")[index % 3],
            "started_at": moment,
            "answered_at": moment,
            "ended_at": moment + timedelta(seconds=90),
            "talk_seconds": 90.0,
            "transfers": [],
            "created_at": moment,
            "updated_at": moment,
        }


def _first_page(database: Database) -> Callable[[], None]:
    return lambda: _read(database, None)


def _deep_page(database: Database) -> Callable[[], None]:
    """The page behind four fifths of all calls."""
    with database.reading() as connection:
        cursor = find_calls(connection, CallFilter(until=START + timedelta(days=73)), limit=1).next_cursor
    return lambda: _read(database, cursor)


def _read(database: Database, cursor: str | None) -> None:
    with database.reading() as connection:
        _page(connection, cursor)


def _page(connection: Connection, cursor: str | None) -> None:
    if len(find_calls(connection, CallFilter(), cursor=cursor).calls) != 50:
        raise AssertionError("a page of the history is not full")


def _medians(small: Callable[[], None], big: Callable[[], None]) -> tuple[float, float]:
    """Milliseconds of both, taken in turn so that the machine's mood is the same for both."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for page, into in zip((small, big), times, strict=True):
            started = time.perf_counter()
            page()
            into.append((time.perf_counter() - started) * 1000)
    return percentile(times[0], 0.5), percentile(times[1], 0.5)
