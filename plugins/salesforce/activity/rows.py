"""The rows of Tasks, and who works on them: a row is written only by the one that has claimed it (R29).

The host delivers the facts of one call one after another. Two may still come upon the same row: a hook call that was given
up for being slow and the next one, or one that writes many Tasks at once. A claim ends by itself, so that a worker that was
killed holds nothing for long; whoever holds one sends no request that might outlast it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, RowMapping, or_, select, update

from host.plugin_api import PluginContext, RetryLater
from host.plugin_api.outgoing import CONNECT_SECONDS, READ_SECONDS
from plugins.salesforce.api_state import inserting, utc
from plugins.salesforce.domain.activity.standing import Standing, Target, TaskState
from plugins.salesforce.tables import tasks
from plugins.salesforce.wording import N_

LEASE = timedelta(seconds=60)
LONGEST_REQUEST = timedelta(seconds=CONNECT_SECONDS + READ_SECONDS + 5)
PATIENCE_SECONDS = 5.0
POLL_SECONDS = 0.25
BUSY = N_("The activity of this call is being written at this moment. It is tried again soon.")


@dataclass(slots=True)
class Claim:
    """Rows that are ours for a while: `rows` by call. `until`: when the claim ends."""

    context: PluginContext
    token: str
    until: datetime
    rows: dict[str, Standing]

    def require_time(self) -> None:
        """
        Raises:
            RetryLater: the claim may be over before a request made now is.
        """
        if self.context.clock() + LONGEST_REQUEST >= self.until:
            raise RetryLater(BUSY)

    def save(self, *standings: Standing) -> None:
        """Write these rows, all or none.

        Raises:
            RetryLater: the claim is over, and somebody else has the rows.
        """
        with self.context.database.writing() as connection:
            for standing in standings:
                own = (tasks.c.call_id == standing.call_id, tasks.c.claim == self.token)
                values = {**_columns(standing), "updated_at": self.context.clock().astimezone(UTC)}
                if not connection.execute(update(tasks).where(*own).values(**values)).rowcount:
                    raise RetryLater(BUSY)
        self.rows.update({standing.call_id: standing for standing in standings})

    def release(self) -> None:
        """Let others have the rows."""
        with self.context.database.writing() as connection:
            connection.execute(update(tasks).where(tasks.c.claim == self.token).values(claim=None, claim_until=None))


def read_standing(context: PluginContext, call_id: str) -> Standing | None:
    """The row of one call; None if there is none."""
    return read_standings(context, [call_id]).get(call_id)


def read_standings(context: PluginContext, call_ids: Sequence[str]) -> dict[str, Standing]:
    """The rows of these calls; a call without one is absent."""
    with context.database.reading() as connection:
        rows = connection.execute(select(tasks).where(tasks.c.call_id.in_(list(call_ids)))).mappings().all()
    return {row["call_id"]: _standing(row) for row in rows}


def claimed_of(context: PluginContext, call_ids: Sequence[str]) -> set[str]:
    """Those of these calls whose rows somebody works on now."""
    claimed = (tasks.c.call_id.in_(list(call_ids)), tasks.c.claim.is_not(None))
    query = select(tasks.c.call_id).where(*claimed, tasks.c.claim_until >= context.clock().astimezone(UTC))
    with context.database.reading() as connection:
        return set(connection.execute(query).scalars())


@contextmanager
def claimed(context: PluginContext, call_id: str, org: str) -> Iterator[Claim]:
    """The row of this call for oneself, made if it is not there yet; waits a while for who has it.

    Raises:
        RetryLater: somebody else has had it all the time.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (claim := _claim(context, [call_id], org)).rows:
        if time.monotonic() >= deadline:
            raise RetryLater(BUSY)
        time.sleep(POLL_SECONDS)
    with _held(claim):
        yield claim


@contextmanager
def claimed_many(context: PluginContext, call_ids: Sequence[str], org: str) -> Iterator[Claim]:
    """Those rows of these calls that nobody else has."""
    with _held(_claim(context, call_ids, org)) as claim:
        yield claim


@contextmanager
def _held(claim: Claim) -> Iterator[Claim]:
    try:
        yield claim
    finally:
        claim.release()


def _claim(context: PluginContext, call_ids: Sequence[str], org: str) -> Claim:
    now = context.clock().astimezone(UTC)
    token, until = uuid4().hex, now + LEASE
    with context.database.writing() as connection:
        fresh = [_fresh(call_id, org, now) for call_id in sorted(call_ids)]  # in one order: nobody waits in a circle
        connection.execute(inserting(connection, tasks).on_conflict_do_nothing(), fresh)
        free = or_(tasks.c.claim.is_(None), tasks.c.claim_until < now)
        ours = select(tasks.c.call_id).where(tasks.c.call_id.in_(list(call_ids)), free).with_for_update(skip_locked=True)
        connection.execute(update(tasks).where(tasks.c.call_id.in_(ours)).values(claim=token, claim_until=until))
        rows = connection.execute(select(tasks).where(_of(token))).mappings().all()
    return Claim(context, token, until, {row["call_id"]: _standing(row) for row in rows})


def _of(token: str) -> ColumnElement[bool]:
    return tasks.c.claim == token


def _fresh(call_id: str, org: str, now: datetime) -> dict[str, Any]:
    return {"call_id": call_id, "updated_at": now, **_columns(Standing(call_id=call_id, org=org))}


def _columns(standing: Standing) -> dict[str, Any]:
    return {
        "org": standing.org,
        "state": standing.state.value,
        "task_id": standing.task_id or None,
        "written": dict(standing.written),
        "pending": [dict(one) for one in standing.pending],
        "written_at": _utc(standing.written_at),
        "asked_at": _utc(standing.asked_at),
        "target": standing.target.to_json(),
    }


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None


def _standing(row: RowMapping | Mapping[str, Any]) -> Standing:
    return Standing(
        call_id=row["call_id"],
        org=row["org"],
        state=TaskState(row["state"]),
        task_id=row["task_id"] or "",
        written=row["written"],
        pending=tuple(row["pending"]),
        written_at=utc(row["written_at"]),
        asked_at=utc(row["asked_at"]),
        target=Target.from_json(row["target"]),
    )
