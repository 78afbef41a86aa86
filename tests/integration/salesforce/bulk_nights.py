"""A host whose contacts are fetched in bulk, for tests: calls that ended, and runs of the job one after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import insert

from host.plugin_api import Match, Result
from host.storage.tables import calls, facts
from plugins.salesforce.bulk_fetch import JOB
from plugins.salesforce.bulk_lookup import BulkLookUp
from plugins.salesforce.client import Client
from plugins.salesforce.connecting import live_connection
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.domain.wanted import Wanted, wanted
from plugins.salesforce.org import known_schema
from tests.integration.salesforce.conftest import Host


@dataclass
class RecordedRun:
    """A run as the host hands it to the job; keeps what it is given and stops when it is told to."""

    due_at: datetime
    kept: Mapping[str, Any] = field(default_factory=dict)
    id: int = 1
    told: list[dict[str, Any]] = field(default_factory=list)
    on_keep: Callable[[RecordedRun], None] = lambda _run: None
    stops: bool = False

    def keep(self, state: Mapping[str, Any], *, done: int, total: int, message: str = "", api_calls: int = 0) -> None:
        self.kept = state
        self.told.append({"done": done, "total": total, "message": str(message), "api_calls": api_calls})
        self.on_keep(self)

    def stopping(self) -> bool:
        return self.stops


def ended(
    host: Host, *numbers: str | None, at: datetime | None = None, told: datetime | None = None, line: str = ""
) -> list[str]:
    """Calls with these numbers that ended at this time (a minute ago), told of then or later; gives back their ids."""
    moment = at or host.clock() - timedelta(minutes=1)
    rows = [_row(number, moment, line) for number in numbers]
    fact = {"hook": "on_call_end", "detail": {}, "occurred_at": told or moment}
    with host.services.database.writing() as connection:
        connection.execute(insert(calls), rows)
        connection.execute(insert(facts), [{"call_id": row["id"], **fact} for row in rows])
    return [row["id"] for row in rows]


def _row(number: str | None, moment: datetime, line: str) -> dict[str, Any]:
    call_id = str(uuid4())
    return {
        "id": call_id,
        "source": "test",
        "source_call_id": call_id,
        "state": "ended",
        "direction": "inbound",
        "number": number,
        "raw_number": number or "",
        "external_name": "",
        "withheld": number is None,
        "line": line,
        "agents": [],
        "started_at": moment,
        "ended_at": moment,
        "queue_name": "",
        "hangup_by": "",
        "hangup_text": "",
        "transfers": [],
        "recording_url": "",
        "stamps": {},
        "created_at": moment,
        "updated_at": moment,
    }


def fetch_now(host: Host, run: RecordedRun | None = None) -> tuple[RecordedRun, Result | None]:
    """One attempt at a run that is due now."""
    run = run or RecordedRun(host.clock())
    return run, JOB.run(host.context, run)


def bulk_matches(host: Host, numbers: list[str], region: str = "JP") -> tuple[dict[str, Match], int]:
    """Whom these numbers belong to by the bulk look-up, with what it cost as the org counts."""
    connection = live_connection(host.context)
    client = Client(connection, Purpose.BULK)
    asking = BulkLookUp(client, known_schema(connection), region)
    before = host.org.used()
    rest, waiting, found = [wanted(number, region) for number in numbers], list[Wanted](), dict[str, Match]()
    while rest:
        batch = tuple(rest[: asking.how_many_search(rest)])
        rest = rest[len(batch) :]
        found |= asking.search(batch)
        waiting += [one for one in batch if one.number not in found]
    while waiting:
        count = asking.how_many_query(waiting)
        found |= asking.query(tuple(waiting[:count]))
        waiting = waiting[count:]
    return found, host.org.used() - before
