"""Ends calls that were asked for by a click and that nobody dials: no telephone system will ever say that they are over."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, select

from host.delivery.publisher import Publisher
from host.domain.call import undialled_picture
from host.domain.call_report import CallState
from host.domain.settlement import DeliveryState
from host.plugin_api import CallOutcome
from host.registry.loading import LoadedPlugin
from host.registry.switches import enabled_among
from host.storage.call_store import OWN_SOURCE, end_asked
from host.storage.tables import calls, deliveries

CLICK = "on_click_to_call"
DIALLING_FAILED = "Dialling failed."
NEVER_TOLD = "The telephone system never told of this call."
STOPPED = (DeliveryState.PARKED, DeliveryState.FAILED)
HOPEFUL = (DeliveryState.WAITING, DeliveryState.RUNNING, DeliveryState.RETRYING, DeliveryState.DONE)
_UNHEARD = (calls.c.source == OWN_SOURCE, calls.c.state == CallState.DIALLING)


class Dialling:
    """What the host knows of the plugins that dial (`Manifest.dials`)."""

    def __init__(self, plugins: Collection[LoadedPlugin], publisher: Publisher, clock: Callable[[], datetime]) -> None:
        self._diallers = [plugin for plugin in plugins if plugin.manifest.dials and CLICK in plugin.hooks]
        self._names = frozenset(plugin.name for plugin in self._diallers)
        self._publisher = publisher
        self._clock = clock

    def possible(self, connection: Connection) -> bool:
        """Whether a plugin that dials is switched on."""
        return bool(enabled_among(connection, self._diallers))

    def dials(self, plugin: str) -> bool:
        return plugin in self._names

    def give_up(self, connection: Connection, call_id: str | None = None) -> int:
        """End this call, or every one, whose click came back from all plugins that dial; gives back how many."""
        of_call = [calls.c.id == call_id] if call_id else []
        given_up = select(calls.c.id).where(*_UNHEARD, *of_call, self._click_is(STOPPED), ~self._click_is(HOPEFUL))
        ids = connection.execute(given_up).scalars().all()
        return sum(self._end(connection, one, CallOutcome.FAILED, DIALLING_FAILED) for one in ids)

    def end_unheard(self, connection: Connection, before: datetime) -> int:
        """End the calls asked for before this time of which the telephone system never told; gives back how many."""
        ids = connection.execute(select(calls.c.id).where(*_UNHEARD, calls.c.created_at < before)).scalars().all()
        return sum(self._end(connection, one, CallOutcome.UNKNOWN, NEVER_TOLD) for one in ids)

    def _click_is(self, states: Collection[DeliveryState]) -> ColumnElement[bool]:
        ours = (deliveries.c.call_id == calls.c.id, deliveries.c.hook == CLICK, deliveries.c.plugin.in_(self._names))
        return exists().where(*ours, deliveries.c.state.in_(states))

    def _end(self, connection: Connection, call_id: str, outcome: CallOutcome, why: str) -> bool:
        now = self._clock()
        ended = end_asked(connection, call_id, undialled_picture(now, outcome, why), now)
        if ended:
            self._publisher.publish(connection, call_id, "on_call_end")
        return ended
