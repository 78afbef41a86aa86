"""A plugin's waiting and parked work, as it and its admins may handle it. Each step is one transaction; drops are logged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from host.domain.settlement import ParkedFor
from host.sentences import Sentence
from host.storage.engine import Database
from host.storage.operations import log_operation

DROPPED, COUNT = Sentence("work on hold dropped"), Sentence("how many")


class PendingWork(Protocol):
    """What is needed of delivery: to see, stop, release, set aside and drop the work of a plugin."""

    def park(self, connection: Connection, plugin: str) -> int: ...

    def release(self, connection: Connection, plugin: str, parked_for: Collection[ParkedFor] = ...) -> int: ...

    def count_parked(self, connection: Connection, plugin: str) -> int: ...

    def backlog(self, connection: Connection, plugin: str, limit: int, hooks: Collection[str]) -> Sequence[str]: ...

    def drop_parked(self, connection: Connection, plugin: str, by: str) -> int: ...

    def drop_switched_off(self, connection: Connection, plugin: str, by: str) -> int: ...

    def put_aside(self, connection: Connection, plugin: str, key: str, *, pending: bool) -> int: ...

    def aside_counts(self, connection: Connection, plugin: str) -> Mapping[str, int]: ...

    def release_aside(self, connection: Connection, plugin: str, key: str) -> int: ...

    def drop_aside(self, connection: Connection, plugin: str, key: str, by: str) -> int: ...


class ParkedWork:
    """The work of one plugin that waits or is parked now, and what was set aside (`host.plugin_api.WorkAside`)."""

    def __init__(self, database: Database, work: PendingWork, clock: Callable[[], datetime], plugin: str) -> None:
        self._database = database
        self._work = work
        self._clock = clock
        self._plugin = plugin

    def parked(self) -> int:
        with self._database.reading() as connection:
            return self._work.count_parked(connection, self._plugin)

    def backlog(self, limit: int, hooks: Collection[str]) -> Sequence[str]:
        with self._database.reading() as connection:
            return self._work.backlog(connection, self._plugin, limit, hooks)

    def resume_parked(self) -> int:
        with self._database.writing() as connection:
            return self._work.release(connection, self._plugin)

    def drop_parked(self, by: str) -> int:
        with self._database.writing() as connection:
            return self._logged(connection, by, self._work.drop_parked(connection, self._plugin, by))

    def put(self, key: str, *, pending: bool = False) -> int:
        with self._database.writing() as connection:
            return self._work.put_aside(connection, self._plugin, key, pending=pending)

    def counts(self) -> Mapping[str, int]:
        with self._database.reading() as connection:
            return self._work.aside_counts(connection, self._plugin)

    def resume(self, key: str) -> int:
        with self._database.writing() as connection:
            return self._work.release_aside(connection, self._plugin, key)

    def drop(self, key: str, by: str) -> int:
        with self._database.writing() as connection:
            return self._logged(connection, by, self._work.drop_aside(connection, self._plugin, key, by))

    def _logged(self, connection: Connection, by: str, dropped: int) -> int:
        if dropped:
            detail: dict[str, int] = {COUNT: dropped}
            log_operation(connection, at=self._clock(), actor=by, area=self._plugin, action=DROPPED, detail=detail)
        return dropped
