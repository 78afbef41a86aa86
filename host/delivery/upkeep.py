"""What a worker does beside delivering: take over the jobs of the dead, find work without a job, forget what is old."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import Connection, and_, delete, or_, select

from host.delivery.jobs import JobRunner
from host.delivery.membership import Membership
from host.domain.settlement import DeliveryState
from host.memos import tell_kept_memos
from host.plugin_api import RetryLater
from host.registry.switches import enabled_among
from host.services import Services
from host.storage.locks import exclusive
from host.storage.tables import deliveries, received_events

UNHEARD = timedelta(hours=1)  # a click of which the telephone system has not told by then
STILL = timedelta(seconds=30)  # work that has not moved for so long is looked at
SWEEP_BATCH = 200
JOBS_KEPT = timedelta(hours=24)
EVENT_IDS_KEPT = timedelta(days=30)


class Upkeep:
    """The upkeep of one worker; safe to be done by several workers at once."""

    def __init__(self, services: Services, membership: Membership, runner: JobRunner) -> None:
        self._services = services
        self._membership = membership
        self._runner = runner
        self._plugins = [plugin.name for plugin in services.registry.loaded if plugin.hooks]

    def take_over(self) -> int:
        """Put the jobs of dead workers back into their queues; gives back how many."""
        try:
            lease = self._services.config.lease_seconds  # short: a worker may be frozen while it holds this
            with exclusive(self._services.database, "workers:take over", wait_seconds=0, lease_seconds=lease):
                living = {self._membership.worker, *self._membership.expel_dead()}
                orphans = self._runner.orphans(living, self._plugins)
                self._runner.take_over(orphans)
                return len(orphans)
        except RetryLater:
            return 0

    def sweep(self) -> int:
        """Add a job for each plugin and call with work that has none; gives back how many. Tells of typed memos too."""
        self.end_unheard()
        tell_kept_memos(self._services)
        added = 0
        after = 0
        while True:
            with self._services.database.reading() as connection:
                rows = self._still(connection, after)
            if not rows:
                return added
            after = rows[-1][0]
            added += self._add_jobs(list(dict.fromkeys((plugin, call_id) for _id, plugin, call_id in rows)))

    def end_unheard(self) -> None:
        """End the calls that were clicked long ago and never heard of: the plugin or the telephone system is gone."""
        with self._services.database.writing() as connection:
            self._services.dialling.end_unheard(connection, self._services.clock() - UNHEARD)

    def forget(self) -> None:
        """Delete finished jobs and the ids of received events when they are old."""
        now = self._services.clock()
        while self._runner.forget(now - JOBS_KEPT):
            pass
        with self._services.database.writing() as connection:
            connection.execute(delete(received_events).where(received_events.c.received_at < now - EVENT_IDS_KEPT))

    def _still(self, connection: Connection, after: int) -> list[tuple[int, str, str]]:
        now = self._services.clock()
        enabled = [plugin.name for plugin in enabled_among(connection, self._services.registry.loaded)]
        unmoved = and_(
            deliveries.c.state.in_((DeliveryState.WAITING, DeliveryState.RUNNING)), deliveries.c.updated_at < now - STILL
        )
        overdue = and_(deliveries.c.state == DeliveryState.RETRYING, deliveries.c.due_at < now - STILL)
        query = (
            select(deliveries.c.id, deliveries.c.plugin, deliveries.c.call_id)
            .where(deliveries.c.id > after, deliveries.c.plugin.in_(enabled), or_(unmoved, overdue))
            .order_by(deliveries.c.id)
            .limit(SWEEP_BATCH)
        )
        return [(row.id, row.plugin, row.call_id) for row in connection.execute(query)]

    def _add_jobs(self, pairs: Collection[tuple[str, str]]) -> int:
        missing = self._runner.without_job(pairs)
        with self._services.database.writing() as connection:
            for plugin, call_id in missing:
                self._services.publisher.deliver_now(connection, plugin, call_id)
        return len(missing)
