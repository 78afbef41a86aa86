"""B4: our counting equals Salesforce's; the reserve; the daily limit pauses everything and it recovers (both databases)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import func, select

from host.config import Config
from host.plugin_api import Done, LimitReached
from host.services import build_services
from plugins.salesforce import connecting, usage
from plugins.salesforce.api_state import org_key, read_known
from plugins.salesforce.budget import ALARM, RESERVE_SETTING, RESERVE_WAITS
from plugins.salesforce.client import Client
from plugins.salesforce.connection import read_connection
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.errors import DAILY_LIMIT
from plugins.salesforce.plugin import plugin
from plugins.salesforce.tables import api_hours, api_usage
from tests.integration.salesforce.conftest import SITE, Clock, Host, Org
from tests.integration.salesforce.test_salesforce_delivered import Delivery

NUMBER = "+81312345678"
ORG = "00D000000000001"


@pytest.fixture
def connected(org: Org, database_url: str, clock: Clock) -> Iterator[Host]:
    """A host, connected to an empty org; on SQLite and on PostgreSQL."""
    config = Config(
        database_url=database_url, secret_key="s" * 40, encryption_keys=(Fernet.generate_key().decode(),), url=SITE
    )
    services = build_services(config, clock=clock)
    host = Host(services, org, clock)
    org.control("reset", {"seed": "empty"})
    host.connect("password")
    yield host
    usage.meter_of(host.context).write(host.context)
    services.database.engine.dispose()


def client(host: Host, purpose: Purpose) -> Client:
    return Client(connecting.live_connection(host.context), purpose)


def call(host: Host, purpose: Purpose) -> Any:
    return client(host, purpose).get("query/", {"q": "SELECT Id FROM Lead LIMIT 1"})


def end(host: Host, *, refetch: bool = False) -> Any:
    return plugin.on_call_end(host.context, host.ended(NUMBER, refetch=refetch))


def known(host: Host) -> Any:
    info = read_connection(host.context)
    assert info is not None
    return read_known(host.context, org_key(info.org_id))


def counted(host: Host) -> dict[str, int]:
    usage.meter_of(host.context).write(host.context)
    query = select(api_usage.c.purpose, func.sum(api_usage.c.calls)).group_by(api_usage.c.purpose)
    with host.context.database.reading() as connection:
        return {purpose: int(calls) for purpose, calls in connection.execute(query)}


def with_limit(host: Host, left: int, of: int = 1000) -> None:
    """The org has this many calls left; one call tells us."""
    host.org.settings(daily_limit=of)
    spare = of - host.org.used() - left
    host.org.running.org.usage.count(spare, "others", "somebody@example.com")


def alarms(host: Host) -> list[str]:
    from host.alarms import standing_alarms

    with host.services.database.reading() as connection:
        return [alarm.key for alarm in standing_alarms(connection, ["salesforce"])]


def test_b4_our_count_is_salesforces_by_purpose(connected: Host):
    host = connected
    host.org.record("Lead", LastName="鈴木", Company="Beta KK", Phone="03-1234-5678")
    end(host)
    end(host, refetch=True)
    plugin.on_call_end(host.context, host.ended("+81399998888"))
    call(host, Purpose.TEST)
    for _ in range(3):
        call(host, Purpose.BULK)
    call(host, Purpose.ACTIVITY)
    host.org.control("faults", [{"match": {"path": "/query"}, "kind": "expired-session", "times": 1}])
    call(host, Purpose.OTHER)
    counts = counted(host)
    assert sum(counts.values()) == host.org.used()
    assert counts == {"test": counts["test"], "look_up": 3, "by_hand": 1, "bulk": 3, "activity": 1, "other": 1}
    with host.context.database.reading() as connection:
        hour = connection.execute(select(api_hours)).one()
    assert (hour.used, hour.total) == (host.org.used(), 15000)


def test_b4_counting_costs_no_transaction_per_call(connected: Host, monkeypatch: pytest.MonkeyPatch):
    writes = []
    written = usage.Meter.write
    monkeypatch.setattr(usage.Meter, "write", lambda self, context: (writes.append(1), written(self, context)))
    call(connected, Purpose.LOOK_UP)
    before = known(connected)
    for _ in range(5):
        call(connected, Purpose.LOOK_UP)
    assert (writes, known(connected)) == ([], before)
    assert counted(connected)["look_up"] == 6


def test_b4_a_database_that_is_away_keeps_the_counts(connected: Host, monkeypatch: pytest.MonkeyPatch):
    from sqlalchemy.exc import OperationalError

    def away(*_args: object) -> None:
        raise OperationalError("", {}, Exception())

    call(connected, Purpose.BULK)
    with monkeypatch.context() as patch:
        patch.setattr(usage, "_store", away)
        usage.meter_of(connected.context).write(connected.context)
    assert counted(connected)["bulk"] == 1


def test_b4_old_statistics_are_forgotten(connected: Host):
    call(connected, Purpose.BULK)
    assert counted(connected)["bulk"] == 1
    connected.clock.advance(days=401)
    call(connected, Purpose.LOOK_UP)
    assert counted(connected) == {"look_up": 1}


COUNTING = """
import sys
from datetime import UTC, datetime
from host.config import Config
from host.services import build_services
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.usage import meter_of
services = build_services(Config(database_url=sys.argv[1], secret_key="s" * 40, encryption_keys=(sys.argv[2],)))
context = services.registry.context("salesforce")
for _ in range(100):
    meter_of(context).count(context, "00D000000000001", Purpose.LOOK_UP)
"""


def test_b4_processes_add_up_and_write_when_they_end(database_url: str):
    key = Fernet.generate_key().decode()
    processes = [subprocess.Popen([sys.executable, "-c", COUNTING, database_url, key]) for _ in range(2)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    services = build_services(Config(database_url=database_url, secret_key="s" * 40, encryption_keys=(key,)))
    with services.database.reading() as connection:
        total = connection.execute(select(func.sum(api_usage.c.calls)).where(api_usage.c.org == ORG)).scalar_one()
    services.database.engine.dispose()
    assert total == 200


def test_b4_bulk_waits_first_then_look_ups_memos_last(connected: Host):
    host = connected
    with_limit(host, left=201)
    call(host, Purpose.BULK)
    with pytest.raises(LimitReached) as bulk:
        call(host, Purpose.BULK)
    assert (bulk.value.message, bulk.value.api_calls) == (RESERVE_WAITS[Purpose.BULK], 0)
    assert bulk.value.after == timedelta(minutes=15)
    with_limit(host, left=101)
    call(host, Purpose.LOOK_UP)
    used = host.org.used()
    with pytest.raises(LimitReached) as look_up:
        end(host)
    assert (look_up.value.message, look_up.value.api_calls) == (RESERVE_WAITS[Purpose.LOOK_UP], 0)
    assert host.org.used() == used
    call(host, Purpose.ACTIVITY)
    call(host, Purpose.TEST)
    assert isinstance(end(host, refetch=True), Done)
    assert host.org.used() > used
    assert alarms(host) == []


def test_b4_no_reserve_lets_look_ups_take_the_last_call(connected: Host):
    connected.context.settings.write({RESERVE_SETTING: 0})
    with_limit(connected, left=3)
    for _ in range(3):
        call(connected, Purpose.LOOK_UP)
    with pytest.raises(LimitReached):
        call(connected, Purpose.LOOK_UP)


def test_b4_a_process_that_comes_near_the_reserve_tells_the_others_at_once(connected: Host):
    other = build_services(connected.services.config, clock=connected.clock)
    theirs = other.registry.context("salesforce")
    call(connected, Purpose.LOOK_UP)
    with_limit(connected, left=101)
    call(connected, Purpose.LOOK_UP)
    with pytest.raises(LimitReached):
        Client(connecting.live_connection(theirs), Purpose.LOOK_UP).get("query/", {"q": "SELECT Id FROM Lead LIMIT 1"})
    other.database.engine.dispose()


def test_b4_old_figures_let_one_call_ask(connected: Host):
    host = connected
    with_limit(host, left=50)
    call(host, Purpose.LOOK_UP)
    with pytest.raises(LimitReached):
        call(host, Purpose.LOOK_UP)
    host.clock.advance(minutes=16)
    call(host, Purpose.LOOK_UP)
    with pytest.raises(LimitReached):
        call(host, Purpose.LOOK_UP)
    host.org.settings(daily_limit=15000)
    host.clock.advance(minutes=16)
    for _ in range(3):
        call(host, Purpose.LOOK_UP)


def test_b4_the_daily_limit_pauses_everything_until_a_probe_is_answered(connected: Host):
    host = connected
    call(host, Purpose.LOOK_UP)
    host.org.settings(daily_limit=host.org.used())
    for purpose in (Purpose.ACTIVITY, Purpose.LOOK_UP, Purpose.BULK, Purpose.BY_HAND):
        with pytest.raises(LimitReached) as refusal:
            call(host, purpose)
        assert (refusal.value.message, refusal.value.after) == (DAILY_LIMIT, timedelta(minutes=15))
    refusals = [request for request in host.org.requests("/query") if request["status"] == 403]
    assert len(refusals) == 1
    assert alarms(host) == [ALARM]
    assert known(host).refusals == 1

    for minutes, refused in ((16, 2), (31, 3), (61, 4)):
        host.clock.advance(minutes=minutes)
        for _ in range(3):
            with pytest.raises(LimitReached):
                call(host, Purpose.LOOK_UP)
        assert known(host).refusals == refused
        assert len([request for request in host.org.requests("/query") if request["status"] == 403]) == refused

    host.org.settings(daily_limit=15000)
    with pytest.raises(LimitReached):
        call(host, Purpose.LOOK_UP)
    host.clock.advance(minutes=61)
    call(host, Purpose.LOOK_UP)
    call(host, Purpose.BULK)
    assert known(host).refused_at is None
    assert alarms(host) == []


def test_b4_a_test_by_hand_asks_at_once_and_ends_the_pause(connected: Host):
    host = connected
    call(host, Purpose.LOOK_UP)
    host.org.settings(daily_limit=host.org.used())
    with pytest.raises(LimitReached):
        call(host, Purpose.LOOK_UP)
    with pytest.raises(LimitReached):
        call(host, Purpose.TEST)
    assert known(host).refusals == 1
    host.org.settings(daily_limit=15000)
    call(host, Purpose.TEST)
    call(host, Purpose.LOOK_UP)
    assert alarms(host) == []


def test_b4_the_concurrency_limit_only_backs_off(connected: Host):
    host = connected
    host.org.control("faults", [{"match": {"path": "/query"}, "kind": "concurrency-limit", "times": 1}])
    with pytest.raises(Exception, match="too many long requests") as refusal:
        call(host, Purpose.LOOK_UP)
    assert not isinstance(refusal.value, LimitReached)
    call(host, Purpose.LOOK_UP)
    assert alarms(host) == []


def test_b4_work_that_waits_for_days_is_done_in_the_end(connected: Host):
    """Waiting for the limit does not use up the 48 hours, nor does it leave none of them for what comes after."""
    host = connected
    worker = Delivery(host)
    host.org.record("Lead", LastName="鈴木", Company="Beta KK", Phone="03-1234-5678")
    call(host, Purpose.LOOK_UP)
    host.org.settings(daily_limit=host.org.used())
    call_id = worker.call(number=NUMBER)
    assert worker.ended(call_id).state == "retrying"
    for _ in range(40):
        host.clock.advance(hours=2)
        view = worker.go_on(call_id)
        assert (view.state, view.message) == ("retrying", DAILY_LIMIT)
    host.org.settings(daily_limit=15000)
    host.org.control("faults", [{"match": {"path": "/search"}, "kind": "unavailable", "times": 1}])
    host.clock.advance(hours=2)
    assert worker.go_on(call_id).state == "retrying"
    host.clock.advance(hours=2)
    assert worker.go_on(call_id).state == "done"
    entry = host.entry(NUMBER)
    assert entry.company == "Beta KK"


def test_b4_what_waits_for_the_reserve_goes_on_when_there_is_room(connected: Host):
    host = connected
    worker = Delivery(host)
    with_limit(host, left=50)
    call(host, Purpose.LOOK_UP)
    call_id = worker.call(number=NUMBER)
    view = worker.ended(call_id)
    assert (view.state, view.message, view.api_calls) == ("retrying", RESERVE_WAITS[Purpose.LOOK_UP], 0)
    host.org.settings(daily_limit=15000)
    host.clock.advance(minutes=31)
    assert worker.go_on(call_id).state == "done"


def test_b4_many_at_once_send_one_call_to_ask(connected: Host):
    """Threads meet stale figures together: one goes, the others wait."""
    host = connected
    with_limit(host, left=50)
    call(host, Purpose.LOOK_UP)
    host.clock.advance(minutes=16)
    before = host.org.used()

    def attempt(_number: int) -> bool:
        try:
            call(host, Purpose.LOOK_UP)
        except LimitReached:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        went = list(pool.map(attempt, range(16)))
    assert went.count(True) == 1
    assert host.org.used() - before == 1
