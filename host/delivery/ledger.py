"""The rows of deliveries and attempts: claimed before a hook is called, settled after it, each in one transaction."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, RowMapping, func, select, update

from host.delivery.events import Fact
from host.delivery.membership import Membership
from host.delivery.publisher import Publisher
from host.delivery.statements import CLAIM, CLOSE_ATTEMPT, OPEN_ATTEMPT, SETTLE, UNFINISHED_OF_PAIR
from host.domain.reasons import reason_of
from host.domain.settlement import FINISHED, Attempt, AttemptResult, DeliveryState, Settled, Tries, settle
from host.registry.outcomes import CallResult
from host.sentences import Sentence
from host.storage.matches import store_match
from host.storage.tables import delivery_attempts
from host.storage.texts import storable, storable_count

INTERRUPTED = Attempt(
    result=AttemptResult.INTERRUPTED,
    message=Sentence(
        "The worker ended in the middle of it. The next one runs it again; if that "
        "happens often, look into the worker’s log."
    ),
)
COUNTED = (AttemptResult.RETRY, AttemptResult.BUG, AttemptResult.INTERRUPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery that this worker runs now. `more`: others of the same plugin and call wait behind it."""

    delivery_id: int
    attempt_id: int
    claim: str
    number: int
    tries_from: int
    plugin: str
    fact: Fact
    more: bool


class Ledger:
    """Claims and settles deliveries in the name of one worker."""

    def __init__(self, membership: Membership, publisher: Publisher, clock: Callable[[], datetime]) -> None:
        self._membership = membership
        self._publisher = publisher
        self._clock = clock
        self._held: set[str] = set()

    def claim_next(self, connection: Connection, plugin: str, call_id: str) -> Claimed | None:
        """Claim the oldest unfinished delivery of this plugin and call; None if it, and so those behind it, has to wait."""
        rows = connection.execute(UNFINISHED_OF_PAIR, {"of_plugin": plugin, "of_call": call_id}).mappings().all()
        for position, row in enumerate(rows):
            if row["state"] == DeliveryState.RUNNING:
                if self._is_held(connection, row["claim"]):
                    return None
                if self._interrupt(connection, row) in FINISHED:
                    continue
            elif not self._is_due(row):
                return None
            return self._claim(connection, row, more=position + 1 < len(rows))
        return None

    def settle(self, connection: Connection, claimed: Claimed, result: CallResult) -> bool:
        """Write what came of it; gives back whether those behind it may go on. A claim that was lost changes nothing."""
        now = self._clock()
        attempt = result.attempt
        settled = settle(attempt, self._tries(connection, claimed, attempt.result), now, random.random())  # noqa: S311
        if not self._write(connection, claimed.delivery_id, claimed.claim, settled, attempt):
            return False
        _close_attempt(connection, claimed.attempt_id, attempt, now)
        if result.match is not None:
            store_match(connection, claimed.fact.call_id, claimed.plugin, result.match, now)
        if settled.due_at is not None:
            self._publisher.deliver_later(connection, claimed.plugin, claimed.fact.call_id, settled.due_at)
        return settled.state in FINISHED

    @property
    def running(self) -> int:
        """How many deliveries this process runs now."""
        return len(self._held)

    def let_go(self, claimed: Claimed) -> None:
        """Forget that this process runs it: settled, or to be taken for interrupted."""
        self._held.discard(claimed.claim)

    def _is_due(self, row: RowMapping) -> bool:
        if row["state"] == DeliveryState.RETRYING:
            return row["due_at"] is None or bool(row["due_at"] <= self._clock())
        return bool(row["state"] == DeliveryState.WAITING)

    def _is_held(self, connection: Connection, claim: str) -> bool:
        holder = claim.rsplit("/", 1)[0]
        if holder == self._membership.worker:
            return claim in self._held
        return self._membership.lives(connection, holder)

    def _interrupt(self, connection: Connection, row: RowMapping) -> DeliveryState:
        now = self._clock()
        open_attempts = delivery_attempts.c.delivery_id == row["id"], delivery_attempts.c.finished_at.is_(None)
        connection.execute(update(delivery_attempts).where(*open_attempts).values(**_result(INTERRUPTED, now)))
        tries = _count(connection, row["id"], row["tries_from"], row["attempts"], now)
        settled = settle(INTERRUPTED, tries, now, 0.0)
        return (
            settled.state
            if self._write(connection, row["id"], row["claim"], settled, INTERRUPTED)
            else DeliveryState.RUNNING
        )

    def _claim(self, connection: Connection, row: RowMapping, *, more: bool) -> Claimed | None:
        claim = f"{self._membership.worker}/{uuid4().hex[:12]}"
        number = row["attempts"] + 1
        now = self._clock()
        worker = self._membership.worker
        running = {"state": DeliveryState.RUNNING, "claim": claim, "attempts": number, "due_at": None, "updated_at": now}
        if connection.execute(CLAIM, {"the_id": row["id"], "by_worker": worker, **running}).rowcount == 0:
            return None
        opened = {"delivery_id": row["id"], "number": number, "worker": worker, "started_at": now}
        attempt_id: int = connection.execute(OPEN_ATTEMPT, opened).scalar_one()
        self._held.add(claim)
        return Claimed(
            delivery_id=row["id"],
            attempt_id=attempt_id,
            claim=claim,
            number=number,
            tries_from=row["tries_from"],
            plugin=row["plugin"],
            fact=_fact(row),
            more=more,
        )

    def _tries(self, connection: Connection, claimed: Claimed, result: AttemptResult) -> Tries:
        now = self._clock()
        if result not in COUNTED:
            return Tries(attempts=claimed.number, since=now)
        counted = _count(connection, claimed.delivery_id, claimed.tries_from, claimed.number, now)
        bugs = counted.bugs + (result is AttemptResult.BUG)
        return Tries(attempts=counted.attempts, since=counted.since, bugs=bugs, interruptions=counted.interruptions)

    def _write(self, connection: Connection, delivery_id: int, claim: str, settled: Settled, attempt: Attempt) -> bool:
        values = {
            "the_id": delivery_id,
            "the_claim": claim,
            "state": settled.state,
            "parked_for": settled.parked_for,
            "message": storable(settled.message),
            "reason": reason_of(settled.state, settled.parked_for, settled.message),
            "due_at": settled.due_at,
            "spent": storable_count(attempt.api_calls),
            "updated_at": self._clock(),
        }
        return connection.execute(SETTLE, values).rowcount == 1


def _fact(row: RowMapping) -> Fact:
    return Fact(
        id=row["fact_id"], call_id=row["call_id"], hook=row["hook"], detail=row["detail"], occurred_at=row["occurred_at"]
    )


def _count(connection: Connection, delivery_id: int, tries_from: int, number: int, now: datetime) -> Tries:
    ours = (delivery_attempts.c.delivery_id == delivery_id, delivery_attempts.c.number > tries_from)
    query = select(delivery_attempts.c.result, func.count(), func.min(delivery_attempts.c.started_at)).where(*ours)
    rows = connection.execute(query.group_by(delivery_attempts.c.result)).all()
    by_result = {result: count for result, count, _first in rows}
    return Tries(
        attempts=number - tries_from - by_result.get(AttemptResult.WAIT, 0),
        since=min((first for result, _count, first in rows if result != AttemptResult.WAIT), default=now),
        bugs=by_result.get(AttemptResult.BUG, 0),
        interruptions=by_result.get(AttemptResult.INTERRUPTED, 0),
    )


def _close_attempt(connection: Connection, attempt_id: int, attempt: Attempt, now: datetime) -> None:
    connection.execute(CLOSE_ATTEMPT, {"the_id": attempt_id, **_result(attempt, now)})


def _result(attempt: Attempt, now: datetime) -> dict[str, Any]:
    return {
        "finished_at": now,
        "result": attempt.result,
        "message": storable(attempt.message),
        "api_calls": storable_count(attempt.api_calls),
    }
