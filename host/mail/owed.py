"""Writes the mails that alarms are owed: the mail and the note that it was written are one transaction (R30, R32)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, func, select, update

from host.domain.telling import FLAPPING_WITHIN, AlarmTimes, Telling, telling
from host.mail.letter import Letter
from host.mail.letters import Letters, ToldAlarm
from host.mail.outbox import KEPT, add_mails
from host.sentences import read
from host.storage.alarm_tables import alarms

_OPEN = alarms.c.settled.is_(False)


@dataclass(frozen=True, slots=True)
class Owed:
    """An alarm's row, and what is to be told of it now."""

    row: Any
    telling: Telling
    times: int

    @property
    def told(self) -> ToldAlarm:
        row = self.row
        return ToldAlarm(
            plugin=row.plugin,
            title=read(row.title),
            text=read(row.text),
            raised_at=row.raised_at,
            cleared_at=row.cleared_at,
            cleared_text=read(row.cleared_text),
            times=self.times,
        )


def owed_now(connection: Connection, enabled: Collection[str], now: datetime, zone: ZoneInfo) -> list[Owed]:
    """What is to be told now. Of a plugin that is off nothing is told."""
    rows = connection.execute(select(alarms).where(_OPEN, alarms.c.plugin.in_(enabled)).order_by(alarms.c.id)).all()
    if not rows:
        return []
    lately = _lately(connection, now)
    found = [_owed(row, lately.get((row.plugin, row.key), (0, 0)), now, zone) for row in rows]
    return [owed for owed in found if owed.telling is not Telling.NOTHING]


def tell(connection: Connection, owed: Owed, letters: Letters, recipients: Collection[str], now: datetime) -> None:
    """Note that it is told and write its mails. Needs a writing transaction; what another worker has told is left alone."""
    if _noted(connection, owed, now) and owed.telling in _WRITE:
        add_mails(connection, _WRITE[owed.telling](letters, owed.told), recipients, now)


def settle_unheard(connection: Connection) -> None:
    """Nobody gets mails: alarms that are over need none when somebody does."""
    connection.execute(update(alarms).where(_OPEN, alarms.c.cleared_at.is_not(None)).values(settled=True))


def forget_settled(connection: Connection, now: datetime) -> None:
    """Delete alarms that were over long ago."""
    connection.execute(delete(alarms).where(alarms.c.settled, alarms.c.cleared_at < now - KEPT))


_WRITE: Mapping[Telling, Callable[[Letters, ToldAlarm], Letter]] = {
    Telling.ALARM: Letters.alarm,
    Telling.REMINDER: Letters.reminder,
    Telling.RECOVERY: Letters.recovery,
}


def _owed(row: Any, lately: tuple[int, int], now: datetime, zone: ZoneInfo) -> Owed:
    told, raised = lately
    times = AlarmTimes(raised_at=row.raised_at, told_at=row.told_at, cleared_at=row.cleared_at)
    return Owed(row, telling(times, told, now, zone), raised)


def _lately(connection: Connection, now: datetime) -> Mapping[tuple[str, str], tuple[int, int]]:
    """For each plugin and key: how often it was told, and how often it was raised, a short while back."""
    since = now - FLAPPING_WITHIN
    told = func.count(alarms.c.told_at).filter(alarms.c.told_at > since)
    raised = func.count(alarms.c.id).filter(alarms.c.raised_at > since)
    query = select(alarms.c.plugin, alarms.c.key, told, raised).group_by(alarms.c.plugin, alarms.c.key)
    return {(plugin, key): (told, raised) for plugin, key, told, raised in connection.execute(query)}


def _noted(connection: Connection, owed: Owed, now: datetime) -> bool:
    row = owed.row
    over = owed.telling in (Telling.RECOVERY, Telling.SILENCE)
    values = {"settled": True} if over else {"told_at": now}
    still = alarms.c.cleared_at.is_not(None) if over else alarms.c.cleared_at.is_(None)
    as_read = alarms.c.told_at.is_(None) if row.told_at is None else alarms.c.told_at == row.told_at
    here = update(alarms).where(alarms.c.id == row.id, _OPEN, still, as_read)
    return connection.execute(here.values(values)).rowcount == 1
