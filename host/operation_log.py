"""Reads the operation log: who did what, when (R18)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from host.storage.tables import operation_log

PER_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One line of the log."""

    id: int
    happened_at: datetime
    actor: str
    area: str
    action: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationPage:
    """Lines, newest first. `before` asks for the ones behind them; None when there are none."""

    operations: Sequence[Operation]
    before: int | None


def find_operations(connection: Connection, *, actor: str = "", area: str = "", before: int | None = None) -> OperationPage:
    """One page of the log. `actor` is a part of a name, `area` a whole one."""
    query = select(operation_log).order_by(operation_log.c.id.desc()).limit(PER_PAGE + 1)
    if actor:
        query = query.where(operation_log.c.actor.icontains(actor, autoescape=True))
    if area:
        query = query.where(operation_log.c.area == area)
    if before is not None:
        query = query.where(operation_log.c.id < before)
    rows = connection.execute(query).mappings().all()
    found = [Operation(**row) for row in rows[:PER_PAGE]]
    return OperationPage(operations=found, before=found[-1].id if len(rows) > PER_PAGE else None)


def known_areas(connection: Connection) -> list[str]:
    """The areas that have lines, for a list to choose from."""
    query = select(operation_log.c.area).distinct().order_by(operation_log.c.area)
    return list(connection.execute(query).scalars())
