"""What pages, API and command line show of deliveries: what each plugin did with a call, and why this record (B1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from host.plugin_api import Match
from host.sentences import read
from host.storage.matches import match_from
from host.storage.tables import deliveries, delivery_attempts, facts, matches


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptView:
    """One attempt. `result` is None while it runs."""

    number: int
    worker: str
    started_at: datetime
    finished_at: datetime | None
    result: str | None
    message: str
    api_calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """One fact on its way to one plugin. `reason`: the key of what stopped it (host.domain.reasons), or ""."""

    id: int
    fact_id: int
    plugin: str
    hook: str
    state: str
    parked_for: str | None
    message: str
    reason: str
    api_calls: int
    due_at: datetime | None
    occurred_at: datetime
    updated_at: datetime
    attempts: tuple[AttemptView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchView:
    """What a plugin matched a call with, and when."""

    plugin: str
    matched_at: datetime
    match: Match


def deliveries_of(connection: Connection, call_id: str) -> list[DeliveryView]:
    """The deliveries of a call in the order of their facts, each with all its attempts."""
    query = (
        select(deliveries, facts.c.occurred_at)
        .join_from(deliveries, facts, facts.c.id == deliveries.c.fact_id)
        .where(deliveries.c.call_id == call_id)
        .order_by(deliveries.c.id)
    )
    rows = connection.execute(query).all()
    attempts = _attempts(connection, [row.id for row in rows])
    return [_view(row, attempts.get(row.id, [])) for row in rows]


def match_of(connection: Connection, call_id: str) -> list[MatchView]:
    """What each plugin matched this call with, the latest look-up first."""
    query = select(matches).where(matches.c.call_id == call_id).order_by(matches.c.matched_at.desc())
    return [
        MatchView(plugin=row.plugin, matched_at=row.matched_at, match=match_from(row.match))
        for row in connection.execute(query)
    ]


def _attempts(connection: Connection, ids: Sequence[int]) -> dict[int, list[AttemptView]]:
    query = select(delivery_attempts).where(delivery_attempts.c.delivery_id.in_(ids)).order_by(delivery_attempts.c.id)
    found: dict[int, list[AttemptView]] = {}
    for row in connection.execute(query):
        attempt = AttemptView(
            number=row.number,
            worker=row.worker,
            started_at=row.started_at,
            finished_at=row.finished_at,
            result=row.result,
            message=read(row.message),
            api_calls=row.api_calls,
        )
        found.setdefault(row.delivery_id, []).append(attempt)
    return found


def _view(row: Any, attempts: Sequence[AttemptView]) -> DeliveryView:
    return DeliveryView(
        id=row.id,
        fact_id=row.fact_id,
        plugin=row.plugin,
        hook=row.hook,
        state=row.state,
        parked_for=row.parked_for,
        message=read(row.message),
        reason=row.reason,
        api_calls=row.api_calls,
        due_at=row.due_at,
        occurred_at=row.occurred_at,
        updated_at=row.updated_at,
        attempts=tuple(attempts),
    )
