"""Look-ups made when a call begins, as they are stored: each call is asked for by one, and the answer is kept for its end.

The answer itself is the match that is kept for the call; here stands that there is one, and who asks. Whoever is killed
while asking holds that for half a minute.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, RowMapping, and_, delete, or_, select, update

from host.plugin_api import Match, PluginContext, RetryLater
from plugins.salesforce.api_state import inserting, org_key, utc
from plugins.salesforce.asking import Found
from plugins.salesforce.connection import LiveConnection
from plugins.salesforce.tables import call_starts
from plugins.salesforce.wording import N_

LEASE = timedelta(seconds=30)
KEPT = timedelta(days=1)
PATIENCE_SECONDS = 10.0
POLL_SECONDS = 0.05
BUSY = N_("The number was asked for when the call began, and the answer has not come yet. It is tried again soon.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Early:
    """What was found when a call began."""

    found: Found
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """The turn to ask for one call, up to `until`: after that the call's end does not wait for it any more."""

    connection: LiveConnection
    call_id: str
    token: str
    until: datetime

    @property
    def is_over(self) -> bool:
        """Whether somebody else may have asked meanwhile, and found something newer."""
        return self.connection.context.clock() >= self.until

    def answered(self, found: Found) -> None:
        """Keep the answer for the call's end, and for the page "why this record?"."""
        context = self.connection.context
        context.calls.keep_match(self.call_id, found.match)
        values = {
            "answered_at": context.clock().astimezone(UTC),
            "record_id": _record_id(found.match),
            "person_contact": found.person_contact or None,
        }
        with context.database.writing() as writing:
            writing.execute(update(call_starts).where(self._own()).values(values))

    def give_up(self) -> None:
        """It came to nothing: whoever comes next may ask."""
        with self.connection.context.database.writing() as writing:
            writing.execute(delete(call_starts).where(self._own(), call_starts.c.answered_at.is_(None)))

    def _own(self) -> ColumnElement[bool]:
        return and_(call_starts.c.call_id == self.call_id, call_starts.c.token == self.token)


@contextmanager
def turn_to_ask(connection: LiveConnection, call_id: str) -> Iterator[Turn | None]:
    """The turn to ask who this is; None if somebody else has it, or there is an answer."""
    turn = Turn(connection, call_id, uuid4().hex, connection.context.clock() + LEASE)
    if not _taken(turn):
        yield None
        return
    try:
        yield turn
    except BaseException:
        turn.give_up()
        raise


def early_answer(connection: LiveConnection, call_id: str) -> Early | None:
    """What was found in this org when the call began; None if nobody asked, or whoever did came to grief.

    Raises:
        RetryLater: the answer has not come yet.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (row := _row(connection, call_id)) is not None and row["answered_at"] is None:
        if (utc(row["until"]) or connection.context.clock()) <= connection.context.clock():
            return None
        if time.monotonic() >= deadline:
            raise RetryLater(BUSY)
        time.sleep(POLL_SECONDS)
    return _early(connection.context, row) if row is not None else None


def forget_old(context: PluginContext) -> None:
    """Delete what belongs to calls that began more than a day ago."""
    with context.database.writing() as writing:
        writing.execute(delete(call_starts).where(call_starts.c.until < (context.clock() - KEPT).astimezone(UTC)))


def _taken(turn: Turn) -> bool:
    connection = turn.connection
    now = connection.context.clock().astimezone(UTC)
    nothing = {"answered_at": None, "record_id": None, "person_contact": None}
    values = {
        "org": org_key(connection.info.org_id),
        "token": turn.token,
        "until": turn.until.astimezone(UTC),
        **nothing,
    }
    left = and_(call_starts.c.answered_at.is_(None), call_starts.c.until <= now)
    free = or_(left, call_starts.c.org != values["org"])
    with connection.context.database.writing() as writing:
        making = inserting(writing, call_starts).values(call_id=turn.call_id, **values)
        taking = making.on_conflict_do_update(index_elements=["call_id"], set_=values, where=free)
        return writing.execute(taking.returning(call_starts.c.token)).first() is not None


def _row(connection: LiveConnection, call_id: str) -> RowMapping | None:
    ours = (call_starts.c.call_id == call_id, call_starts.c.org == org_key(connection.info.org_id))
    with connection.context.database.reading() as reading:
        return reading.execute(select(call_starts).where(*ours)).mappings().first()


def _early(context: PluginContext, row: RowMapping) -> Early | None:
    """The kept match, unless another look-up has replaced it since."""
    match = context.calls.match(row["call_id"])
    if match is None or _record_id(match) != row["record_id"]:
        return None
    found = Found(match=match, person_contact=row["person_contact"] or "")
    return Early(found=found, answered_at=utc(row["answered_at"]) or row["answered_at"])


def _record_id(match: Match) -> str | None:
    return match.record.id if match.record else None
