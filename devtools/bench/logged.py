"""Calls that are written as activities: how they end and get memos, when all is delivered, and what their Tasks must be."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing

from sqlalchemy import func, select

from devtools.bench.connected import Connected
from host.memos import save_memo
from host.plugin_api import MemoOrigin
from host.services import Services
from host.storage.tables import calls, deliveries
from plugins.salesforce.domain.activity.settings import ActivitySettings

FINISHED = ("done", "skipped")
PATIENCE = 900.0
TOLD_EVERY = 10.0
"""Seconds between two lines that tell how far it is."""


def switch_on(services: Services) -> None:
    """Calls are written as activities, as the settings page would have it."""
    settings = ActivitySettings(enabled=True, comment="{MEMO}\n{SPEECH_RECOGNITION_SUMMARY}")
    services.registry.context("salesforce").settings.write({"activity": settings.to_json()})


def numbers_of(group: int, many: int) -> list[str]:
    """Numbers that no other group has, as a carrier sends them."""
    return [f"090{group:04}{number:04}" for number in range(many)]


def ended(running: Connected, services: Services, numbers: Sequence[str]) -> list[str]:
    """Calls with these numbers end, and all is delivered; gives back their ids."""
    running.send(numbers)
    ids = call_ids(services, numbers)
    over(services)
    return ids


def call_ids(services: Services, numbers: Sequence[str]) -> list[str]:
    """The ids of the calls with these numbers."""
    wanted = ["+81" + number[1:] for number in numbers]
    query = select(calls.c.number, calls.c.id).where(calls.c.number.in_(wanted))
    with services.database.reading() as connection:
        known = {row.number: row.id for row in connection.execute(query)}
    return [known[number] for number in wanted]


def save(services: Services, call_id: str, text: str) -> None:
    """A memo is saved on the phone."""
    save_memo(services, call_id, text=text, items=(), origin=MemoOrigin.PHONE, by="bench@example.com")


def states(services: Services) -> dict[str, int]:
    """How many deliveries to Salesforce's plugin are in which state."""
    of_plugin = deliveries.c.plugin == "salesforce"
    query = select(deliveries.c.state, func.count()).where(of_plugin).group_by(deliveries.c.state)
    with services.database.reading() as connection:
        return {row.state: row[1] for row in connection.execute(query)}


def over(services: Services) -> None:
    """Wait until all is delivered.

    Raises:
        RuntimeError: something is stopped, and waits for an admin.
        TimeoutError: it takes more than a quarter of an hour.
    """

    def done() -> bool:
        found = states(services)
        if stuck := [state for state in ("parked", "failed") if found.get(state)]:
            raise RuntimeError(f"Deliveries are {' and '.join(stuck)}: {found}")
        return found.keys() <= set(FINISHED)

    wait_for(services, done)


def wait_for(services: Services, done: Callable[[], bool]) -> None:
    """Wait for that, and tell on the error output how far it is.

    Raises:
        TimeoutError: it takes more than a quarter of an hour.
    """
    began = told = time.monotonic()
    while not done():
        now = time.monotonic()
        if now - began > PATIENCE:
            raise TimeoutError(f"After {PATIENCE:.0f} s not all is delivered: {states(services)}")
        if now - told > TOLD_EVERY:
            told = now
            print(f"{now - began:4.0f} s: {_shown(states(services))}", file=sys.stderr, flush=True)
        time.sleep(0.05)


def _shown(found: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {state}" for state, number in sorted(found.items()))


def check(running: Connected, expected: Mapping[str, str]) -> None:
    """Each of these calls has exactly one Task, with this text.

    Raises:
        AssertionError: a call has none, two of them, or another text.
    """
    found: dict[str, list[str]] = {}
    path = running.installation.org_folder / "sandbox.sqlite3"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as org:
        for key, text in org.execute("SELECT CallObject, Description FROM Task WHERE NOT IsDeleted"):
            found.setdefault(key, []).append(text)
    wrong = [call_id for call_id, text in expected.items() if found.get(call_id) != [text]]
    if wrong:
        raise AssertionError(f"{len(wrong)} of {len(expected)} calls are not as they should be; {found.get(wrong[0])}")
