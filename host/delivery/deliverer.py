"""Delivers to one plugin what is due of one call, in order: what a job does."""

from __future__ import annotations

import time
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from host.delivery.events import NothingToTell, build_event
from host.delivery.ledger import Claimed, Ledger
from host.delivery.membership import Membership
from host.domain.settlement import Attempt, AttemptResult
from host.plugin_api import Event, NumberClicked, RetryLater
from host.registry.loading import LoadedPlugin
from host.registry.outcomes import CallResult, retry_later
from host.registry.switches import enabled_among
from host.sentences import Sentence
from host.services import Services

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Task:
    """A claimed delivery and its event, or why there is none."""

    claimed: Claimed
    event: Event | NothingToTell


class Deliverer:
    """Delivers in the name of one worker."""

    def __init__(self, services: Services, membership: Membership) -> None:
        self._services = services
        self._ledger = Ledger(membership, services.publisher, services.clock)
        self._callers = {plugin.name: services.processes.caller(plugin) for plugin in services.registry.loaded}

    @property
    def running(self) -> int:
        """How many hooks are being called now."""
        return self._ledger.running

    def deliver(self, plugin_name: str, call_id: str) -> None:
        """Deliver what is due, until something has to wait: a retry, parked work, or nothing is left."""
        plugin = self._services.registry.get(plugin_name)
        if plugin is None:
            return
        while self._deliver_next(plugin, call_id):
            pass

    def _deliver_next(self, plugin: LoadedPlugin, call_id: str) -> bool:
        """The turn comes before the claim, so that the switch and the rows are read when the hook is called, not earlier."""
        task = None
        try:
            with self._callers[plugin.name].turn():
                task = self._take(plugin, call_id)
                if task is None:
                    return False
                result = self._run(plugin, task)
                result = self._handed_over(plugin, task, result)
            return self._settle(task.claimed, result) and task.claimed.more
        finally:
            if task is not None:
                self._ledger.let_go(task.claimed)

    def _take(self, plugin: LoadedPlugin, call_id: str) -> _Task | None:
        with self._services.database.writing() as connection:
            if not enabled_among(connection, [plugin]):
                self._services.publisher.park(connection, plugin.name, call_id)
                self._end_undialled(connection, plugin.name, call_id)
                return None
            claimed = self._ledger.claim_next(connection, plugin.name, call_id)
            self._end_undialled(connection, plugin.name, call_id)  # an interrupted attempt may have been the last
            if claimed is None:
                return None
            try:
                return _Task(claimed, build_event(connection, claimed.fact, self._services.config.url))
            except NothingToTell as nothing:
                return _Task(claimed, nothing)

    def _run(self, plugin: LoadedPlugin, task: _Task) -> CallResult:
        hook = task.claimed.fact.hook
        if isinstance(task.event, NothingToTell):
            return _skipped(task.event.sentence)
        if isinstance(task.event, NumberClicked) and plugin.manifest.dials and task.event.call.ended_at:
            return _skipped(Sentence("The call is over already, so it is not dialled. Click the number again to call."))
        if hook not in plugin.implementations:
            return _skipped(Sentence("The plugin does not take %(hook)s any more.", hook=hook))
        began = time.monotonic()
        result = self._callers[plugin.name].call(hook, self._services.registry.context(plugin.name), task.event)
        log.info(
            "hook called",
            plugin=plugin.name,
            hook=hook,
            delivery=task.claimed.delivery_id,
            result=result.attempt.result.value,
            seconds=round(time.monotonic() - began, 3),
        )
        return result

    def _handed_over(self, plugin: LoadedPlugin, task: _Task, result: CallResult) -> CallResult:
        """A plugin that found nobody gives way to one that did; before it is settled, since it may be done twice."""
        if result.match is None or result.match.record or isinstance(task.event, NothingToTell):
            return result
        try:
            if task.event.call.number:
                self._services.registry.names.nobody(plugin.name, [task.event.call.number])
        except RetryLater as busy:
            return retry_later(Sentence(busy.message))
        return result

    def _settle(self, claimed: Claimed, result: CallResult) -> bool:
        with self._services.database.writing() as connection:
            settled = self._ledger.settle(connection, claimed, result)
            self._end_undialled(connection, claimed.plugin, claimed.fact.call_id)
            return settled

    def _end_undialled(self, connection: Connection, plugin: str, call_id: str) -> None:
        if self._services.dialling.dials(plugin):
            self._services.dialling.give_up(connection, call_id)


def _skipped(reason: str) -> CallResult:
    return CallResult(attempt=Attempt(result=AttemptResult.SKIPPED, message=reason))
