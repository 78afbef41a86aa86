"""Publishes facts and sets parked or failed work going again, always inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Connection, and_, bindparam, func, insert, literal, or_, select, true, update

from host.delivery.jobs import JobQueue
from host.delivery.statements import BACKLOG
from host.domain.reasons import STOPPED, reason_of
from host.domain.settlement import DeliveryState, ParkedFor
from host.registry.loading import LoadedPlugin
from host.scheduling.runs import park_runs, release_runs
from host.sentences import Sentence
from host.storage.plugin_tables import plugins as switches
from host.storage.tables import deliveries, facts
from host.storage.texts import storable

SWITCHED_OFF = Sentence("The plugin is switched off. This goes on as soon as an admin switches the plugin on.")
MENDED = (ParkedFor.REAUTHORISE, ParkedFor.CONFIGURE)
SET_ASIDE = Sentence("The connection this belongs to was ended. It goes out when the same one is made again.")

_PARKED = and_(deliveries.c.state == DeliveryState.PARKED, deliveries.c.parked_for.in_(MENDED))
NOT_ASIDE = or_(deliveries.c.parked_for.is_(None), deliveries.c.parked_for != ParkedFor.SET_ASIDE)

# Built once: publishing is on the way of every event that comes in.
ADD_FACT = insert(facts).returning(facts.c.id)
_SWITCH = select(switches.c.enabled).where(switches.c.name == bindparam("plugin")).scalar_subquery()
_GIVEN = {
    "fact_id": bindparam("fact_id", type_=deliveries.c.fact_id.type),
    **{name: bindparam(name, type_=deliveries.c[name].type) for name in ("call_id", "plugin", "hook", "created_at")},
    "updated_at": bindparam("created_at", type_=deliveries.c.created_at.type),
    "state": literal(DeliveryState.WAITING.value),
}
# one row if the plugin is on, read in the same statement: a fact that finds it off is not kept for it
ADD_DELIVERY = insert(deliveries).from_select(
    list(_GIVEN), select(*_GIVEN.values()).where(func.coalesce(_SWITCH, bindparam("by_default", type_=Boolean)))
)


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
        """Store that something happened to a call, and one delivery for each enabled plugin that wants it.

        A worker makes the jobs. Gives back the fact's id.
        """
        now = self._clock()
        fact = {"call_id": call_id, "hook": hook, "detail": dict(detail or {}), "occurred_at": now}
        fact_id: int = connection.execute(ADD_FACT, fact).scalar_one()
        for plugin in self._by_hook.get(hook, ()):
            delivery = {"fact_id": fact_id, "call_id": call_id, "plugin": plugin.name, "hook": hook, "created_at": now}
            connection.execute(ADD_DELIVERY, {**delivery, "by_default": plugin.manifest.enabled_by_default})
        return fact_id

    def retry(self, connection: Connection, delivery_id: int) -> None:
        """Try one failed, parked or retrying delivery again at once, with all its attempts before it.

        Raises:
            DeliveryNotFound: there is none such, or it was set aside: what it belongs to is not connected.
        """
        if not self.retry_all(connection, [delivery_id]):
            raise DeliveryNotFound("There is no delivery with this id that could be tried again.")

    def retry_all(self, connection: Connection, ids: Collection[int]) -> int:
        """As `retry`, for those of these deliveries that can be tried again; gives back how many."""
        chosen = and_(deliveries.c.id.in_(ids), deliveries.c.state.in_(STOPPED), NOT_ASIDE)
        return self._set_going(connection, chosen)

    def release(self, connection: Connection, plugin: str, parked_for: Collection[ParkedFor] = MENDED) -> int:
        """Let the work of a plugin go that was parked for these reasons, its jobs too; gives back how many deliveries."""
        release_runs(connection, plugin, parked_for, self._clock())
        parked = and_(deliveries.c.state == DeliveryState.PARKED, deliveries.c.parked_for.in_(parked_for))
        return self._set_going(connection, and_(deliveries.c.plugin == plugin, parked))

    def count_parked(self, connection: Connection, plugin: str) -> int:
        """How many deliveries of a plugin wait for an admin who mends a connection, a setting or a right."""
        return connection.execute(select(func.count()).where(deliveries.c.plugin == plugin, _PARKED)).scalar_one()

    def backlog(self, connection: Connection, plugin: str, limit: int, hooks: Collection[str]) -> list[str]:
        """The calls of which facts of these hooks wait to be delivered to a plugin, and are not being delivered now.

        Each once, the one that has waited longest first; what is parked does not count.
        """
        asked = {"of_plugin": plugin, "of_hooks": list(hooks), "most": limit}
        return list(connection.execute(BACKLOG, asked).scalars())

    def drop(self, connection: Connection, plugin: str, where: ColumnElement[bool], by: str) -> int:
        """Have stopped deliveries of a plugin done with: they end as skipped. What waits behind them goes on.

        Args:
            where: which of those that are failed, parked or retrying; a condition on the table `deliveries`.
            by: who says so; each of them tells.
        """
        chosen = and_(deliveries.c.plugin == plugin, deliveries.c.state.in_(STOPPED), where)
        pairs = select(deliveries.c.call_id).where(chosen).correlate(None)
        behind = (
            deliveries.c.plugin == plugin,
            deliveries.c.state == DeliveryState.WAITING,
            deliveries.c.call_id.in_(pairs),
        )
        connection.execute(update(deliveries).where(*behind).values(queued=False))
        dropped = {
            "state": DeliveryState.SKIPPED,
            "reason": "",
            "message": storable(Sentence("Dropped by %(name)s.", name=by)),
            "queued": True,
            "parked_for": None,
            "aside_key": None,
            "due_at": None,
            "updated_at": self._clock(),
        }
        return connection.execute(update(deliveries).where(chosen).values(dropped)).rowcount

    def drop_parked(self, connection: Connection, plugin: str, by: str) -> int:
        """Drop what waits for an admin who mends a connection, a setting or a right."""
        return self.drop(connection, plugin, _PARKED, by)

    def drop_switched_off(self, connection: Connection, plugin: str, by: str) -> int:
        """Drop what was parked because the plugin was switched off."""
        return self.drop(connection, plugin, deliveries.c.parked_for == ParkedFor.DISABLED, by)

    def put_aside(self, connection: Connection, plugin: str, key: str, *, pending: bool) -> int:
        """Set aside what is parked for a connection that ends, with what waits behind it; gives back how many deliveries.

        Args:
            pending: also what was still to be delivered or tried again.
        """
        pairs = select(deliveries.c.call_id).where(deliveries.c.plugin == plugin, _PARKED).correlate(None)
        unfinished = deliveries.c.state.in_((DeliveryState.WAITING, DeliveryState.RETRYING))
        further = unfinished if pending else and_(unfinished, deliveries.c.call_id.in_(pairs))
        aside = {
            "state": DeliveryState.PARKED,
            "parked_for": ParkedFor.SET_ASIDE,
            "message": SET_ASIDE,
            "reason": reason_of(DeliveryState.PARKED, ParkedFor.SET_ASIDE, SET_ASIDE),
            "aside_key": key,
            "queued": True,
            "due_at": None,
            "updated_at": self._clock(),
        }
        chosen = (deliveries.c.plugin == plugin, or_(_PARKED, further))
        return connection.execute(update(deliveries).where(*chosen).values(aside)).rowcount

    def aside_counts(self, connection: Connection, plugin: str) -> dict[str, int]:
        """How many deliveries are set aside, by their keys."""
        asked = (
            deliveries.c.plugin == plugin,
            deliveries.c.state == DeliveryState.PARKED,
            deliveries.c.aside_key.is_not(None),
        )
        query = select(deliveries.c.aside_key, func.count()).where(*asked).group_by(deliveries.c.aside_key)
        return {row.aside_key: row[1] for row in connection.execute(query)}

    def release_aside(self, connection: Connection, plugin: str, key: str) -> int:
        """Let go what was set aside under this key; gives back how many deliveries."""
        return self._set_going(connection, and_(deliveries.c.plugin == plugin, _aside(key)))

    def drop_aside(self, connection: Connection, plugin: str, key: str, by: str) -> int:
        """Drop what was set aside under this key."""
        return self.drop(connection, plugin, _aside(key), by)

    def park(self, connection: Connection, plugin: str, call_id: str | None = None) -> int:
        """Park what waits for a plugin that was switched off, of all calls and its jobs, or of one call.

        Gives back how many deliveries.
        """
        if call_id is None:
            park_runs(connection, plugin, self._clock())
        pending = deliveries.c.state.in_((DeliveryState.WAITING, DeliveryState.RETRYING))
        of_call = deliveries.c.call_id == call_id if call_id else true()
        parked = {
            "state": DeliveryState.PARKED,
            "queued": True,
            "parked_for": ParkedFor.DISABLED,
            "message": SWITCHED_OFF,
            "reason": reason_of(DeliveryState.PARKED, ParkedFor.DISABLED, SWITCHED_OFF),
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
            "queued": False,
            "parked_for": None,
            "aside_key": None,
            "due_at": None,
            "tries_from": deliveries.c.attempts,
            "updated_at": self._clock(),
        }
        return connection.execute(update(deliveries).where(where).values(going)).rowcount


def _aside(key: str) -> ColumnElement[bool]:
    return and_(deliveries.c.parked_for == ParkedFor.SET_ASIDE, deliveries.c.aside_key == key)
