"""Publishes facts and sets parked or failed work going again, always inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, true, update

from host.delivery.jobs import JobQueue
from host.domain.settlement import DeliveryState, ParkedFor
from host.registry.loading import LoadedPlugin
from host.registry.switches import enabled_among
from host.storage.tables import deliveries, facts

MENDED = (ParkedFor.REAUTHORISE, ParkedFor.CONFIGURE)
AT_ONCE = 500  # jobs added in one transaction; a worker's sweep adds the rest within half a minute

# Built once: publishing is on the way of every event that comes in.
ADD_FACT = insert(facts).returning(facts.c.id)
ADD_DELIVERIES = insert(deliveries)


class DeliveryNotFound(Exception):
    """No such delivery, or it is not one that can be tried again."""


class Publisher:
    """What web, worker and command line use to set deliveries going."""

    def __init__(self, plugins: Collection[LoadedPlugin], jobs: JobQueue, clock: Callable[[], datetime]) -> None:
        self._by_hook: dict[str, list[LoadedPlugin]] = {}
        for plugin in plugins:
            for hook in plugin.hooks:
                self._by_hook.setdefault(hook, []).append(plugin)
        self._jobs = jobs
        self._clock = clock

    def publish(self, connection: Connection, call_id: str, hook: str, detail: Mapping[str, Any] | None = None) -> int:
        """Store that something happened to a call, one delivery for each enabled plugin that wants it, and their jobs.

        Gives back the fact's id.
        """
        now = self._clock()
        fact = {"call_id": call_id, "hook": hook, "detail": dict(detail or {}), "occurred_at": now}
        fact_id: int = connection.execute(ADD_FACT, fact).scalar_one()
        wanted = enabled_among(connection, self._by_hook.get(hook, []))
        if wanted:
            rows = [_delivery(fact_id, call_id, plugin.name, hook, now) for plugin in wanted]
            connection.execute(ADD_DELIVERIES, rows)
        for plugin in wanted:
            self._jobs.add(connection, plugin.name, call_id)
        return fact_id

    def retry(self, connection: Connection, delivery_id: int) -> None:
        """Try one failed, parked or retrying delivery again at once, with all its attempts before it.

        Raises:
            DeliveryNotFound: there is none such.
        """
        stopped = (DeliveryState.FAILED, DeliveryState.PARKED, DeliveryState.RETRYING)
        where = and_(deliveries.c.id == delivery_id, deliveries.c.state.in_(stopped))
        if not self._set_going(connection, where):
            raise DeliveryNotFound("There is no delivery with this id that could be tried again.")

    def release(self, connection: Connection, plugin: str, parked_for: Collection[ParkedFor] = MENDED) -> int:
        """Let the work of a plugin go that was parked for these reasons; gives back how many deliveries."""
        parked = and_(deliveries.c.state == DeliveryState.PARKED, deliveries.c.parked_for.in_(parked_for))
        return self._set_going(connection, and_(deliveries.c.plugin == plugin, parked))

    def park(self, connection: Connection, plugin: str, call_id: str | None = None) -> int:
        """Park what waits for a plugin that was switched off, of all calls or of one; gives back how many deliveries."""
        pending = deliveries.c.state.in_((DeliveryState.WAITING, DeliveryState.RETRYING))
        of_call = deliveries.c.call_id == call_id if call_id else true()
        parked = {
            "state": DeliveryState.PARKED,
            "parked_for": ParkedFor.DISABLED,
            "message": "The plugin is switched off.",
            "due_at": None,
            "updated_at": self._clock(),
        }
        return connection.execute(
            update(deliveries).where(deliveries.c.plugin == plugin, pending, of_call).values(parked)
        ).rowcount

    def deliver_later(self, connection: Connection, plugin: str, call_id: str, due_at: datetime) -> None:
        """A job for when a retry is due."""
        self._jobs.add(connection, plugin, call_id, due_at - self._clock())

    def deliver_now(self, connection: Connection, plugin: str, call_id: str) -> None:
        """A job for what is due of this call."""
        self._jobs.add(connection, plugin, call_id)

    def _set_going(self, connection: Connection, where: Any) -> int:
        going = {
            "state": DeliveryState.WAITING,
            "parked_for": None,
            "due_at": None,
            "tries_from": deliveries.c.attempts,
            "updated_at": self._clock(),
        }
        columns = (deliveries.c.plugin, deliveries.c.call_id)
        released = connection.execute(update(deliveries).where(where).values(going).returning(*columns)).all()
        for plugin, call_id in list(dict.fromkeys((row.plugin, row.call_id) for row in released))[:AT_ONCE]:
            self._jobs.add(connection, plugin, call_id)
        return len(released)


def _delivery(fact_id: int, call_id: str, plugin: str, hook: str, now: datetime) -> dict[str, Any]:
    return {
        "fact_id": fact_id,
        "call_id": call_id,
        "plugin": plugin,
        "hook": hook,
        "state": DeliveryState.WAITING,
        "created_at": now,
        "updated_at": now,
    }
