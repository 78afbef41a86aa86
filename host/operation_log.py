"""Reads the operation log: who did what, when (R18)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from host.plugin_api.operations import Changed, Operation, OperationPage
from host.sentences import read
from host.storage.engine import Database
from host.storage.tables import operation_log

PER_PAGE = 100


def find_operations(
    connection: Connection,
    *,
    actor: str = "",
    area: str = "",
    action: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = PER_PAGE,
) -> OperationPage:
    """One page of the log. `actor` is a part of a name, `area` and `action` are whole ones; `until` is not part of it."""
    log = operation_log.c
    conditions = (
        log.actor.icontains(actor, autoescape=True) if actor else None,
        log.area == area if area else None,
        log.action == action if action else None,
        log.happened_at >= since if since else None,
        log.happened_at < until if until else None,
        log.id < before if before is not None else None,
    )
    asked = [condition for condition in conditions if condition is not None]
    query = select(operation_log).where(*asked).order_by(log.id.desc()).limit(limit + 1)
    rows = connection.execute(query).mappings().all()
    found = [_operation(row) for row in rows[:limit]]
    return OperationPage(operations=found, before=found[-1].id if len(rows) > limit else None)


def known_areas(connection: Connection) -> list[str]:
    """The areas that have lines, for a list to choose from."""
    query = select(operation_log.c.area).distinct().order_by(operation_log.c.area)
    return list(connection.execute(query).scalars())


class PluginOperations:
    """The lines about one plugin."""

    def __init__(self, database: Database, plugin: str) -> None:
        self._database = database
        self._plugin = plugin

    def find(
        self,
        *,
        actor: str = "",
        action: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = PER_PAGE,
    ) -> OperationPage:
        with self._database.reading() as connection:
            return find_operations(
                connection,
                actor=actor,
                area=self._plugin,
                action=action,
                since=since,
                until=until,
                before=before,
                limit=limit,
            )

    def actions(self) -> Sequence[str]:
        log = operation_log.c
        query = select(log.action).where(log.area == self._plugin).distinct().order_by(log.action)
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())


def _operation(row: RowMapping) -> Operation:
    return Operation(**{**row, "detail": {name: _value(value) for name, value in row["detail"].items()}})


def _value(stored: Any) -> Any:
    if isinstance(stored, dict) and stored.keys() == {"before", "after"}:
        return Changed(_value(stored["before"]), _value(stored["after"]))
    return read(stored) if isinstance(stored, str) else stored
