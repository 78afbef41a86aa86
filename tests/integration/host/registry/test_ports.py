"""R33: what the host keeps for a plugin: links, API calls spent, counters; on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from standing_clock import Clock

from host.plugin_api import Counter, LimitReached
from host.registry.ports import StoredBudget, StoredCounters, StoredLinks
from host.storage.engine import Database
from host.storage.plugin_tables import plugin_counters

TOKYO = ZoneInfo("Asia/Tokyo")


def now() -> datetime:
    return datetime(2026, 11, 22, 3, tzinfo=UTC)


def test_r33_links_lead_from_a_local_id_to_a_record_and_back(database: Database) -> None:
    links, others = StoredLinks(database, "crm", now), StoredLinks(database, "other", now)
    links.put("memo", "call-2", "n1")
    links.put("memo", "call-1", "n1")
    others.put("memo", "call-1", "else")
    assert links.get("memo", "call-1") == "n1"
    assert links.get("task", "call-1") is None
    assert links.find("memo", "n1") == ["call-1", "call-2"]
    links.put("memo", "call-1", "n2")
    links.forget("memo", "call-2")
    assert links.many("memo", ["call-1", "call-2", "call-3"]) == {"call-1": "n2"}
    assert links.find("memo", "n1") == []


@pytest.mark.parametrize(
    ("kind", "local", "crm"), [("", "a", "b"), ("k" * 65, "a", "b"), ("k", "a\0", "b"), ("k", "a", "b" * 256)]
)
def test_r33_a_link_that_cannot_be_stored_is_refused(sqlite_url: str, kind: str, local: str, crm: str) -> None:
    with pytest.raises(ValueError, match="1 to 64, 100 and 255"):
        StoredLinks(Database(sqlite_url), "crm", now).put(kind, local, crm)


def test_r33_calls_are_counted_by_the_sites_day(database: Database) -> None:
    clock = Clock(datetime(2026, 11, 22, 14, 0, tzinfo=UTC))
    budget = StoredBudget(database, "crm", TOKYO, clock)
    StoredBudget(database, "other", TOKYO, clock).spend(90)
    budget.spend(4)
    budget.spend()
    assert budget.spent() == 5
    budget.require(10, calls=5)
    with pytest.raises(LimitReached) as reached:
        budget.require(10, calls=5, reserve=1)
    assert reached.value.after == timedelta(hours=1), "till midnight in Tokyo"
    clock.advance(hours=1)
    assert budget.spent() == 0
    budget.spend()
    assert budget.spent() == 1


def test_r33_counters_add_up_by_their_labels(database: Database) -> None:
    count = StoredCounters(database, "crm", (Counter(name="lookups", help="Look-ups", labels=("outcome",)),)).count
    count("lookups", outcome="found")
    count("lookups", 2, outcome="found")
    count("lookups", outcome="\0見" * 500)
    with database.reading() as connection:
        values = sorted(row.value for row in connection.execute(select(plugin_counters)))
    assert values == [1, 3]
    for wrong in ({"name": "calls"}, {"name": "lookups"}, {"name": "lookups", "outcome": "x", "more": "y"}):
        with pytest.raises(ValueError, match="declares no counter"):
            count(**wrong)
