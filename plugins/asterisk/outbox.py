"""The bridge's memory in SQLite: events not yet taken by the host, and the calls going on. Survives kill -9."""

import json
import sqlite3
import time
from collections.abc import Collection, Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from plugins.asterisk.call_state import CallState, from_json
from plugins.asterisk.events import Event

SENT_KEPT_SECONDS = 7 * 86_400
PARKED_KEPT_SECONDS = 90 * 86_400

_TABLES = """
create table if not exists event (
    seq integer primary key autoincrement,
    webhook_id text not null unique,
    call_id text not null,
    type text not null,
    body text not null,
    state text not null default 'waiting' check (state in ('waiting', 'sent', 'parked')),
    attempts integer not null default 0,
    next_at real not null default 0,
    reason text not null default '',
    changed_at real not null
);
create index if not exists event_waiting on event (call_id, seq) where state = 'waiting';
create index if not exists event_next on event (seq) where state = 'waiting';
create index if not exists event_old on event (state, changed_at);
create table if not exists live_call (id text primary key, state text not null);
"""
# The oldest waiting event of each call; what comes after it waits for it.
_DUE = """
select seq, webhook_id, call_id, type, body, attempts from event as mine indexed by event_next
where state = 'waiting' and next_at <= ? and not exists (
    select 1 from event as before
    where before.state = 'waiting' and before.call_id = mine.call_id and before.seq < mine.seq
)
order by seq limit ?
"""


@dataclass(frozen=True, slots=True)
class Pending:
    """An event to be sent now. `attempts` counts the tries that failed."""

    seq: int
    event: Event
    attempts: int


@dataclass(frozen=True, slots=True)
class Parked:
    """An event the host refused as malformed; kept for a person to look at."""

    webhook_id: str
    call_id: str
    type: str
    reason: str
    parked_at: float


class Outbox:
    """The file. Each thread opens its own."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._db = sqlite3.connect(path, timeout=10.0, isolation_level=None)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")
        self._db.executescript(_TABLES)

    def close(self) -> None:
        self._db.close()

    def store(self, events: Iterable[Event], live: Iterable[CallState], gone: Collection[str]) -> int:
        """Keeps new events and the state of the calls going on, in one transaction; returns how many events were new."""
        now = time.time()
        rows = [(e.webhook_id, e.call_id, e.type, e.body, now) for e in events]
        states = [(call.id, _state_json(call)) for call in live]
        with self._db, closing(self._db.cursor()) as cursor:
            cursor.execute("begin immediate")
            cursor.executemany(
                "insert into event (webhook_id, call_id, type, body, changed_at) values (?, ?, ?, ?, ?) "
                "on conflict (webhook_id) do nothing",
                rows,
            )
            new = max(cursor.rowcount, 0) if rows else 0
            cursor.executemany(
                "insert into live_call values (?, ?) on conflict (id) do update set state = excluded.state", states
            )
            cursor.executemany("delete from live_call where id = ?", [(call_id,) for call_id in gone])
        return new

    def live_calls(self) -> list[CallState]:
        """The calls that were going on when the bridge last wrote."""
        return [from_json(json.loads(text)) for (text,) in self._db.execute("select state from live_call")]

    def due(self, now: float, most: int = 50) -> list[Pending]:
        """What may be sent now: at most one event per call, oldest first."""
        rows = self._db.execute(_DUE, (now, most)).fetchall()
        return [Pending(seq, Event(*event), attempts) for seq, *event, attempts in rows]

    def waiting(self) -> int:
        return int(self._db.execute("select count(*) from event where state = 'waiting'").fetchone()[0])

    def sent(self, seq: int) -> None:
        """Taken by the host: only the id is kept, so that it is never queued again."""
        self._change(
            "update event set state = 'sent', body = '', reason = '', changed_at = ? where seq = ?", time.time(), seq
        )

    def retry(self, seq: int, next_at: float, reason: str) -> None:
        self._change("update event set attempts = attempts + 1, next_at = ?, reason = ? where seq = ?", next_at, reason, seq)

    def park(self, seq: int, reason: str) -> None:
        """Set aside; later events of its call go on."""
        self._change("update event set state = 'parked', reason = ?, changed_at = ? where seq = ?", reason, time.time(), seq)

    def parked(self) -> list[Parked]:
        rows = self._db.execute(
            "select webhook_id, call_id, type, reason, changed_at from event where state = 'parked' order by seq"
        )
        return [Parked(*row) for row in rows]

    def resend_parked(self) -> int:
        """Puts what was parked back into the queue; returns how many."""
        changed = self._db.execute("update event set state = 'waiting', attempts = 0, next_at = 0 where state = 'parked'")
        return changed.rowcount

    def prune(self, now: float) -> None:
        """Forgets the ids of events sent a week ago and what was parked three months ago."""
        for state, kept in (("sent", SENT_KEPT_SECONDS), ("parked", PARKED_KEPT_SECONDS)):
            self._change("delete from event where state = ? and changed_at < ?", state, now - kept)

    def _change(self, sql: str, *values: object) -> None:
        self._db.execute(sql, values)


def _state_json(call: CallState) -> str:
    return json.dumps(asdict(call), default=_iso, ensure_ascii=False)


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
