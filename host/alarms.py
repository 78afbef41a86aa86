"""The alarms of plugins: kept from when they are raised until they are cleared, and shown to admins meanwhile (R32)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from host.sentences import read
from host.storage.alarm_tables import STANDING, alarms
from host.storage.engine import Database
from host.storage.texts import storable
from host.storage.upsert import dialect_insert

LONGEST_KEY = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm that stands. Its texts are English, or Sentences of the plugin."""

    plugin: str
    key: str
    title: str
    text: str
    raised_at: datetime


class StoredAlarms:
    """The alarms of one plugin. Raising and clearing only write the row; a worker writes the mails it is owed."""

    def __init__(self, database: Database, plugin: str, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._plugin = plugin
        self._clock = clock

    def raise_alarm(self, key: str, title: str, text: str) -> None:
        if not 0 < len(key) <= LONGEST_KEY:
            raise ValueError(f"The key of an alarm has 1 to {LONGEST_KEY} characters.")
        texts = {"title": storable(title), "text": storable(text)}
        if self._stands(key, texts):
            return
        row = {"plugin": self._plugin, "key": key, "raised_at": self._clock(), **texts}
        with self._database.writing() as connection:
            adding = dialect_insert(connection, alarms).values(**row)
            keys = [alarms.c.plugin, alarms.c.key]
            connection.execute(adding.on_conflict_do_update(index_elements=keys, index_where=STANDING, set_=texts))

    def clear_alarm(self, key: str, text: str = "") -> None:
        if not self._stands(key, {}):
            return
        cleared = {"cleared_at": self._clock(), "cleared_text": storable(text)}
        with self._database.writing() as connection:
            connection.execute(update(alarms).where(*self._standing(key)).values(cleared))

    def _stands(self, key: str, texts: dict[str, str]) -> bool:
        """Whether the alarm stands with these texts: the one cheap read that most calls are."""
        same = [alarms.c[name] == text for name, text in texts.items()]
        with self._database.reading() as connection:
            return connection.execute(select(alarms.c.id).where(*self._standing(key), *same)).first() is not None

    def _standing(self, key: str) -> tuple[Any, ...]:
        return alarms.c.plugin == self._plugin, alarms.c.key == key, STANDING


def standing_alarms(connection: Connection, plugins: Collection[str]) -> list[Alarm]:
    """The alarms of these plugins that stand, the oldest first."""
    columns = (alarms.c.plugin, alarms.c.key, alarms.c.title, alarms.c.text, alarms.c.raised_at)
    query = select(*columns).where(alarms.c.plugin.in_(plugins), STANDING).order_by(alarms.c.id)
    return [
        Alarm(plugin=row.plugin, key=row.key, title=read(row.title), text=read(row.text), raised_at=row.raised_at)
        for row in connection.execute(query)
    ]
