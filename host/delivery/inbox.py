"""Reads what is stopped, grouped by its reason, for pages, API and command line (R31, B5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, literal, select, true

from host.domain.reasons import GOING, OWN_WAY, STOPPED, general, kind_of
from host.sentences import read
from host.storage.tables import WAS_STOPPED, deliveries, facts

MOST_GROUPS = 50
MOST_COUNTED = 1000
LOOKED_AT = 20
"""How many of a group's newest messages are read to see whether their values differ."""
PER_PAGE = 25
_IS_STOPPED = deliveries.c.state.in_(STOPPED)
_IS_GOING = deliveries.c.state.in_(GOING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonGroup:
    """All work of one plugin that is stopped for one reason.

    Args:
        kind: failed, retrying, or what it is on hold for: reauthorise, configure, disabled, set_aside.
        message: what happened, as a sentence; with … in place of values that are not the same in all of the group.
        example: the newest one's own sentence.
        stopped: how many are stopped.
        going: how many of those that were stopped are being tried again now.
        since, latest: when the oldest and the newest of them were published.
        due_at: of the kind retrying, when the next one is tried again.
    """

    plugin: str
    reason: str
    message: str
    example: str
    stopped: int
    going: int
    since: datetime
    latest: datetime
    due_at: datetime | None

    @property
    def kind(self) -> str:
        return kind_of(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """One delivery of a group."""

    id: int
    call_id: str
    hook: str
    state: str
    parked_for: str | None
    message: str
    occurred_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedPage:
    """Deliveries of a group, newest first. `before` asks for the ones behind them, `newer` for those before them.

    `newer` is 0 for the first page, None on the first page.
    """

    deliveries: Sequence[Affected]
    before: int | None
    newer: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The biggest groups first, at most `MOST_GROUPS`; `more` says how many there are besides."""

    shown: Sequence[ReasonGroup]
    more: int


def reason_groups(connection: Connection, plugin: str = "", reason: str = "") -> Groups:
    """What is stopped, of all plugins or of one, for all reasons or for one."""
    rows = connection.execute(_grouped(plugin, reason).order_by(_stopped().desc(), func.max(deliveries.c.id).desc())).all()
    shown = rows[:MOST_GROUPS]
    ends = _messages(connection, {end for row in shown for end in (row.oldest, row.newest)})
    return Groups(shown=[_group(connection, row, ends) for row in shown], more=len(rows) - len(shown))


def keys(connection: Connection, plugin: str = "", reason: str = "") -> list[tuple[str, str]]:
    """Plugin and reason of each group that has anything stopped."""
    query = _grouped(plugin, reason).having(_stopped() > 0).order_by(deliveries.c.plugin, deliveries.c.reason)
    return [(row.plugin, row.reason) for row in connection.execute(query)]


def troubled(connection: Connection, plugin: str = "") -> int:
    """How many deliveries need a person: failed, or on hold for one who mends something. Counted up to `MOST_COUNTED`."""
    own_way = [~deliveries.c.reason.startswith(f"{kind}-", autoescape=True) for kind in OWN_WAY]
    found = select(literal(1)).where(WAS_STOPPED, _IS_STOPPED, *own_way, *_of(plugin)).limit(MOST_COUNTED).subquery()
    return connection.execute(select(func.count()).select_from(found)).scalar_one()


def affected(connection: Connection, plugin: str, reason: str, before: int | None = None) -> AffectedPage:
    """A page of one group's deliveries, by id, so that a deep page costs what the first one does."""
    group: tuple[Any, ...] = (WAS_STOPPED, *_of(plugin, reason), deliveries.c.state.in_((*STOPPED, *GOING)))
    query = (
        select(deliveries, facts.c.occurred_at)
        .join_from(deliveries, facts, facts.c.id == deliveries.c.fact_id)
        .where(*group, deliveries.c.id < before if before else true())
        .order_by(deliveries.c.id.desc())
    )
    rows = connection.execute(query.limit(PER_PAGE + 1)).all()
    shown = [_affected(row) for row in rows[:PER_PAGE]]
    return AffectedPage(
        deliveries=shown,
        before=shown[-1].id if len(rows) > PER_PAGE else None,
        newer=_newer(connection, group, before) if before else None,
    )


def _newer(connection: Connection, group: Sequence[Any], before: int) -> int:
    """The `before` of the page in front of this one; 0 if that is the first."""
    upwards = select(deliveries.c.id).where(*group, deliveries.c.id >= before).order_by(deliveries.c.id)
    return connection.execute(upwards.offset(PER_PAGE).limit(1)).scalar() or 0


def _of(plugin: str = "", reason: str = "") -> list[ColumnElement[bool]]:
    wanted = {deliveries.c.plugin: plugin, deliveries.c.reason: reason}
    return [column == value for column, value in wanted.items() if value]


def _stopped() -> ColumnElement[int]:
    return func.sum(case((_IS_STOPPED, 1), else_=0))


def _grouped(plugin: str, reason: str) -> Select[Any]:
    return (
        select(
            deliveries.c.plugin,
            deliveries.c.reason,
            _stopped().label("stopped"),
            func.sum(case((_IS_GOING, 1), else_=0)).label("going"),
            func.min(deliveries.c.id).label("oldest"),
            func.max(deliveries.c.id).label("newest"),
        )
        .where(WAS_STOPPED, *_of(plugin, reason))
        .group_by(deliveries.c.plugin, deliveries.c.reason)
    )


def _messages(connection: Connection, ids: set[int]) -> Mapping[int, Any]:
    query = select(deliveries.c.id, deliveries.c.message, deliveries.c.created_at).where(deliveries.c.id.in_(ids))
    return {row.id: row for row in connection.execute(query)}


def _group(connection: Connection, row: Any, ends: Mapping[int, Any]) -> ReasonGroup:
    newest = ends[row.newest]
    example = read(newest.message)
    same = _newest_messages(connection, row.plugin, row.reason)
    return ReasonGroup(
        plugin=row.plugin,
        reason=row.reason,
        message=example if same <= {newest.message} else general(example),
        example=example,
        stopped=row.stopped,
        going=row.going,
        since=ends[row.oldest].created_at,
        latest=newest.created_at,
        due_at=_next_due(connection, row.plugin, row.reason) if kind_of(row.reason) == "retrying" else None,
    )


def _newest_messages(connection: Connection, plugin: str, reason: str) -> set[str]:
    query = select(deliveries.c.message).where(WAS_STOPPED, *_of(plugin, reason)).order_by(deliveries.c.id.desc())
    return set(connection.execute(query.limit(LOOKED_AT)).scalars())


def _next_due(connection: Connection, plugin: str, reason: str) -> datetime | None:
    query = select(deliveries.c.due_at).where(WAS_STOPPED, *_of(plugin, reason), deliveries.c.due_at.is_not(None))
    return connection.execute(query.order_by(deliveries.c.id).limit(1)).scalar()


def _affected(row: Any) -> Affected:
    return Affected(
        id=row.id,
        call_id=row.call_id,
        hook=row.hook,
        state=row.state,
        parked_for=row.parked_for,
        message=read(row.message),
        occurred_at=row.occurred_at,
        updated_at=row.updated_at,
    )
