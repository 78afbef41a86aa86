"""Tries stopped work again, or drops it: one, all of a reason, or everything, in short transactions (R31, B5)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection, select

from host.delivery.inbox import keys, reason_groups
from host.delivery.publisher import Publisher
from host.domain.reasons import STOPPED, general
from host.sentences import Sentence
from host.services import Services
from host.storage.operations import log_operation
from host.storage.tables import WAS_STOPPED, deliveries

AT_ONCE = 500
"""Deliveries of one transaction: on SQLite nobody else can write meanwhile."""
LONGEST_SECONDS = 20.0
"""How long one call may take; what is left then is told."""
RETRIED = Sentence("errors tried again")
DROPPED = Sentence("errors dropped")
HOW_MANY = Sentence("how many")
REASON = Sentence("reason")
Act = Callable[[Connection, str, list[int]], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which stopped work is meant: these deliveries; or that of a reason or a plugin; with nothing given, everything."""

    deliveries: frozenset[int] = frozenset()
    plugin: str = ""
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class Mended:
    """What was done, by plugin. `unfinished`: the time was over before everything was reached."""

    by_plugin: Counter[str] = field(default_factory=Counter)
    unfinished: bool = False

    @property
    def count(self) -> int:
        return self.by_plugin.total()


def retry_errors(services: Services, chosen: Chosen, by: str) -> Mended:
    """Set it going again. What is on hold because its plugin is off, or was set aside, stays.

    A delivery that a worker takes meanwhile is left to it.
    """
    enabled = [plugin.name for plugin in services.registry.loaded if services.registry.is_enabled(plugin.name)]
    return _mend(services, chosen, by, RETRIED, partial(_retry, services.publisher, frozenset(enabled)))


def drop_errors(services: Services, chosen: Chosen, by: str) -> Mended:
    """End it: it is not sent any more, and says who dropped it."""
    return _mend(services, chosen, by, DROPPED, partial(_drop, services.publisher, by))


def _retry(publisher: Publisher, enabled: frozenset[str], connection: Connection, plugin: str, ids: list[int]) -> int:
    return publisher.retry_all(connection, ids) if plugin in enabled else 0


def _drop(publisher: Publisher, by: str, connection: Connection, plugin: str, ids: list[int]) -> int:
    return publisher.drop(connection, plugin, deliveries.c.id.in_(ids), by)


def _mend(services: Services, chosen: Chosen, by: str, action: str, act: Act) -> Mended:
    mended, why = Mended(), _why(services, chosen)
    until = time.monotonic() + LONGEST_SECONDS
    for plugin, count in _batches(services, chosen, act):
        mended.by_plugin[plugin] += count
        if time.monotonic() > until:
            mended.unfinished = True
            break
    _log(services, mended.by_plugin, by, action, why)
    return mended


def _batches(services: Services, chosen: Chosen, act: Act) -> Iterator[tuple[str, int]]:
    if chosen.deliveries:
        with services.database.writing() as connection:
            found = _plugins_of(connection, chosen.deliveries)
            done = {plugin: act(connection, plugin, ids) for plugin, ids in found.items()}
        yield from done.items()
        return
    with services.database.reading() as connection:
        groups = keys(connection, chosen.plugin, chosen.reason)
    for plugin, reason in groups:
        for count in _of_group(services, plugin, reason, act):
            yield plugin, count


def _plugins_of(connection: Connection, ids: frozenset[int]) -> Mapping[str, list[int]]:
    query = select(deliveries.c.plugin, deliveries.c.id).where(deliveries.c.id.in_(ids)).order_by(deliveries.c.id)
    found: dict[str, list[int]] = {}
    for plugin, delivery_id in connection.execute(query.with_for_update()):
        found.setdefault(plugin, []).append(delivery_id)
    return found


def _of_group(services: Services, plugin: str, reason: str, act: Act) -> Iterator[int]:
    """Each delivery that is stopped at the start is looked at once: one that is stopped anew meanwhile stays so."""
    after, began = 0, services.clock()
    stopped = (WAS_STOPPED, deliveries.c.plugin == plugin, deliveries.c.reason == reason, deliveries.c.state.in_(STOPPED))
    query = select(deliveries.c.id).where(*stopped, deliveries.c.updated_at <= began).order_by(deliveries.c.id)
    free = query.limit(AT_ONCE).with_for_update(skip_locked=True)  # what a worker has in hand is left to it
    while True:
        with services.database.writing() as connection:
            ids = list(connection.execute(free.where(deliveries.c.id > after)).scalars())
            count = act(connection, plugin, ids) if ids else 0
        if not ids:
            return
        after = ids[-1]
        yield count


def _why(services: Services, chosen: Chosen) -> str:
    """The reason in words, if one is chosen."""
    if not chosen.reason:
        return ""
    with services.database.reading() as connection:
        groups = reason_groups(connection, chosen.plugin, chosen.reason).shown
    return next((general(group.example) for group in groups), "")


def _log(services: Services, by_plugin: Mapping[str, int], by: str, action: str, why: str) -> None:
    with services.database.writing() as connection:
        for plugin, count in by_plugin.items():
            if count:
                detail: dict[str, object] = {HOW_MANY: count, **({REASON: why} if why else {})}
                log_operation(connection, at=services.clock(), actor=by, area=plugin, action=action, detail=detail)
