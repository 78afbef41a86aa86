"""What the host keeps for one plugin in rows of its own tables: links, API calls spent, counters."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from host.plugin_api import Counter, LimitReached
from host.sentences import Sentence
from host.storage.engine import Database
from host.storage.plugin_tables import plugin_counters, plugin_links, plugin_spent
from host.storage.texts import storable
from host.storage.upsert import dialect_insert, upsert

LONGEST_KIND, LONGEST_LOCAL, LONGEST_CRM = 64, 100, 255
LONGEST_LABEL = 60
SPENT = Sentence("What the CRM allows in a day is spent, or kept for more urgent work. It goes on tomorrow.")


@dataclass(frozen=True, slots=True)
class StoredLinks:
    """Implements `host.plugin_api.Links`."""

    database: Database
    plugin: str
    clock: Callable[[], datetime]

    def get(self, kind: str, local_id: str) -> str | None:
        return self.many(kind, [local_id]).get(local_id)

    def many(self, kind: str, local_ids: Collection[str]) -> Mapping[str, str]:
        of = (plugin_links.c.plugin == self.plugin, plugin_links.c.kind == kind, plugin_links.c.local_id.in_(local_ids))
        with self.database.reading() as connection:
            rows = connection.execute(select(plugin_links.c.local_id, plugin_links.c.crm_id).where(*of))
            return {row.local_id: row.crm_id for row in rows}

    def put(self, kind: str, local_id: str, crm_id: str) -> None:
        for text, longest in ((kind, LONGEST_KIND), (local_id, LONGEST_LOCAL), (crm_id, LONGEST_CRM)):
            if not 0 < len(text) <= longest or "\0" in text:
                raise ValueError("a link's kind, local id and CRM id are texts of 1 to 64, 100 and 255 characters")
        key = {"plugin": self.plugin, "kind": kind, "local_id": local_id}
        with self.database.writing() as connection:
            upsert(connection, plugin_links, key, {"crm_id": crm_id, "linked_at": self.clock()})

    def find(self, kind: str, crm_id: str) -> Sequence[str]:
        of = (plugin_links.c.plugin == self.plugin, plugin_links.c.kind == kind, plugin_links.c.crm_id == crm_id)
        query = select(plugin_links.c.local_id).where(*of).order_by(plugin_links.c.local_id)
        with self.database.reading() as connection:
            return connection.execute(query).scalars().all()

    def forget(self, kind: str, local_id: str) -> None:
        of = (plugin_links.c.plugin == self.plugin, plugin_links.c.kind == kind, plugin_links.c.local_id == local_id)
        with self.database.writing() as connection:
            connection.execute(delete(plugin_links).where(*of))


@dataclass(frozen=True, slots=True)
class StoredBudget:
    """Implements `host.plugin_api.Budget`; a day is one of the site's zone."""

    database: Database
    plugin: str
    zone: ZoneInfo
    clock: Callable[[], datetime]

    def spent(self) -> int:
        query = select(plugin_spent.c.calls).where(plugin_spent.c.plugin == self.plugin, plugin_spent.c.day == self._today)
        with self.database.reading() as connection:
            return connection.execute(query).scalar() or 0

    def spend(self, calls: int = 1) -> None:
        today = self._today
        with self.database.writing() as connection:
            row = dialect_insert(connection, plugin_spent).values(plugin=self.plugin, day=today, calls=calls)
            more = {"calls": plugin_spent.c.calls + calls}
            connection.execute(row.on_conflict_do_update(index_elements=["plugin", "day"], set_=more))
            connection.execute(delete(plugin_spent).where(plugin_spent.c.plugin == self.plugin, plugin_spent.c.day < today))

    def require(self, limit: int, *, calls: int = 1, reserve: int = 0) -> None:
        if self.spent() + calls > limit - reserve:
            midnight = datetime.combine(self._today + timedelta(days=1), time(), self.zone)
            raise LimitReached(SPENT, after=midnight - self.clock())

    @property
    def _today(self) -> date:
        return self.clock().astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class StoredCounters:
    """Adds to the counters that a manifest declares; any process may, and what was counted outlives it."""

    database: Database
    plugin: str
    declared: Sequence[Counter]

    def count(self, name: str, amount: int = 1, **labels: str) -> None:
        """As `PluginContext.count` says."""
        counter = next((one for one in self.declared if one.name == name), None)
        if counter is None or set(labels) != set(counter.labels) or amount < 0:
            raise ValueError(
                f"{self.plugin} declares no counter {name} with exactly these labels, or the amount is negative"
            )
        told = json.dumps({label: storable(labels[label])[:LONGEST_LABEL] for label in counter.labels}, ensure_ascii=False)
        key = {"plugin": self.plugin, "name": name, "labels": told}
        with self.database.writing() as connection:
            row = dialect_insert(connection, plugin_counters).values(**key, value=amount)
            more = {"value": plugin_counters.c.value + amount}
            connection.execute(row.on_conflict_do_update(index_elements=list(key), set_=more))
