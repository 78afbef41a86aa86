"""The digest: what failed since the last one, by its reason, in one mail however much it was (R30)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from host.domain.reasons import general
from host.domain.settlement import DeliveryState, ParkedFor
from host.domain.telling import DigestEvery, digest_slot
from host.mail.letters import Letters, ReasonCount
from host.mail.outbox import add_mails
from host.mail.settings import Digested, MailSettings, read_digested, write_digested
from host.plugin_api import JobState
from host.sentences import read
from host.services import Services
from host.storage.job_tables import job_runs
from host.storage.tables import deliveries

SETTLING = timedelta(minutes=1)
"""What happened in the last moment is left for the next digest: its transaction may not be over."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A digest that is due: for the planned moment `slot`, of what happened from `since` to before `until`."""

    slot: datetime
    since: datetime
    until: datetime


def due_turn(connection: Connection, settings: MailSettings, services: Services, *, lock: bool = False) -> Turn | None:
    """The digest that is due now. `lock`: no other worker finds it due until the transaction ends."""
    now = services.clock()
    every = settings.digest if settings.complete else DigestEvery.OFF
    slot = digest_slot(every, settings.digest_at, services.config.timezone, now)
    done = read_digested(connection, lock=lock) if slot else None
    if slot is None or done is None or slot <= done.slot:
        return None
    return Turn(slot, done.until, max(done.until, now - SETTLING))


def begin_digests(connection: Connection, now: datetime) -> None:
    """From now on; what failed before is not told."""
    write_digested(connection, Digested(slot=now, until=now))


def tell_digest(connection: Connection, settings: MailSettings, letters: Letters, services: Services) -> None:
    """Write the digest that is due, if there is anything to tell. Needs a writing transaction."""
    turn = due_turn(connection, settings, services, lock=True)
    if turn is None:
        return
    counts = failed_between(connection, turn.since, turn.until)
    if counts:
        letter = letters.digest(counts, turn.since, turn.until)
        add_mails(connection, letter, settings.recipients, services.clock())
    write_digested(connection, Digested(turn.slot, turn.until))


def failed_between(connection: Connection, since: datetime, until: datetime) -> Sequence[ReasonCount]:
    """What failed, or was put on hold for a setting, and still is: the most frequent reason first."""
    counts = [*_failed_deliveries(connection, since, until), *_failed_runs(connection, since, until)]
    return sorted(counts, key=lambda count: -count.count)


def _failed_deliveries(connection: Connection, since: datetime, until: datetime) -> list[ReasonCount]:
    needs_setting = and_(deliveries.c.state == DeliveryState.PARKED, deliveries.c.parked_for == ParkedFor.CONFIGURE)
    query = (
        select(
            deliveries.c.plugin, deliveries.c.reason, func.count().label("number"), func.max(deliveries.c.id).label("last")
        )
        .where(or_(deliveries.c.state == DeliveryState.FAILED, needs_setting))
        .where(deliveries.c.updated_at >= since, deliveries.c.updated_at < until)
        .group_by(deliveries.c.plugin, deliveries.c.reason)
    )
    rows = connection.execute(query).all()
    texts = _messages(connection, [row.last for row in rows])
    return [
        ReasonCount(plugin=row.plugin, reason=general(texts[row.last]), count=row.number, name=f"{row.plugin}:{row.reason}")
        for row in rows
    ]


def _messages(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    query = select(deliveries.c.id, deliveries.c.message).where(deliveries.c.id.in_(ids))
    return {row.id: read(row.message) for row in connection.execute(query)}


def _failed_runs(connection: Connection, since: datetime, until: datetime) -> list[ReasonCount]:
    needs_setting = and_(job_runs.c.state == JobState.PARKED, job_runs.c.parked_for == ParkedFor.CONFIGURE)
    query = (
        select(job_runs.c.plugin, job_runs.c.message, func.count().label("number"))
        .where(or_(job_runs.c.state == JobState.FAILED, needs_setting))
        .where(job_runs.c.updated_at >= since, job_runs.c.updated_at < until)
        .group_by(job_runs.c.plugin, job_runs.c.message)
    )
    return [_of_run(row) for row in connection.execute(query)]


def _of_run(row: Any) -> ReasonCount:
    return ReasonCount(plugin=row.plugin, reason=general(read(row.message)), count=row.number)
