"""The calls that go on now, of which something was told lately: what a worker announces to plugins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, bindparam, select

from host.domain.call_report import CallState
from host.storage.tables import GOING_ON, calls

AT_ONCE = 500
LONGEST_WAIT = timedelta(hours=1)
"""A call that began before that and is answered only now is not looked for."""

_CHANGED = (
    select(calls.c.id, calls.c.state, calls.c.started_at, calls.c.answered_at, calls.c.updated_at)
    .where(GOING_ON, calls.c.started_at >= bindparam("started"), calls.c.updated_at >= bindparam("since"))
    .order_by(calls.c.updated_at)
    .limit(AT_ONCE)
)
_ONE = select(calls).where(calls.c.id == bindparam("call_id"), GOING_ON)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    """A call that is not over. `told_at`: when the host was last told of it. `happened_at`: it began, or was answered."""

    id: str
    answered: bool
    happened_at: datetime
    told_at: datetime


def live_calls(connection: Connection, since: datetime) -> list[LiveCall]:
    """The calls that go on of which something was told at `since` or later, at most `AT_ONCE`, the longest waiting first."""
    return [
        LiveCall(
            id=row.id,
            answered=row.state == CallState.ANSWERED.value,
            happened_at=row.answered_at or row.started_at,
            told_at=row.updated_at,
        )
        for row in connection.execute(_CHANGED, {"since": since, "started": since - LONGEST_WAIT})
    ]


def live_call(connection: Connection, call_id: str) -> RowMapping | None:
    """The row of this call, if it is not over."""
    return connection.execute(_ONE, {"call_id": call_id}).mappings().first()
