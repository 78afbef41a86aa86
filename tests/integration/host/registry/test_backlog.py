"""R26, R29: what waits for a plugin, and a call's memo and analysis as they stand now, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import insert, update

from host.config import Config
from host.delivery.publisher import ADD_FACT
from host.domain.ids import new_call_id
from host.domain.settlement import DeliveryState
from host.plugin_api import Analysis, Memo
from host.registry.call_reader import CallReader
from host.services import Services, build_services
from host.storage.call_notes import put_analysis, put_memo
from host.storage.tables import calls, deliveries

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
HOOKS = ("on_memo_saved", "on_analysis_done")


@pytest.fixture
def services(database_url: str) -> Iterator[Services]:
    config = Config(database_url=database_url, secret_key="s" * 32, encryption_keys=(Fernet.generate_key().decode(),))
    services = build_services(config, plugins=[])
    yield services
    services.database.engine.dispose()


def add_call(services: Services) -> str:
    call_id = new_call_id(NOW)
    told = {"direction": "inbound", "state": "ended", "agents": [], "transfers": [], "source": "test"}
    times = {"started_at": NOW, "created_at": NOW, "updated_at": NOW}
    with services.database.writing() as connection:
        connection.execute(insert(calls).values(id=call_id, source_call_id=call_id, **told, **times))
    return call_id


def wait(services: Services, call_id: str, hook: str, state: DeliveryState = DeliveryState.WAITING) -> None:
    with services.database.writing() as connection:
        fact = {"call_id": call_id, "hook": hook, "detail": {}, "occurred_at": NOW}
        fact_id = connection.execute(ADD_FACT, fact).scalar_one()
        row = {"fact_id": fact_id, "call_id": call_id, "plugin": "crm", "hook": hook, "created_at": NOW, "updated_at": NOW}
        connection.execute(insert(deliveries).values(state=state, **row))


def backlog(services: Services, limit: int = 10) -> list[str]:
    with services.database.reading() as connection:
        return services.publisher.backlog(connection, "crm", limit, HOOKS)


def test_r29_the_calls_that_wait_each_once_oldest_first(services: Services) -> None:
    first, second, third = (add_call(services) for _ in range(3))
    for call_id in (second, first, second, third):
        wait(services, call_id, "on_memo_saved")
    wait(services, first, "on_analysis_done", DeliveryState.RETRYING)
    assert backlog(services) == [second, first, third]
    assert backlog(services, limit=2) == [second, first]


@pytest.mark.parametrize("state", [DeliveryState.RUNNING, DeliveryState.DONE, DeliveryState.PARKED, DeliveryState.FAILED])
def test_r29_what_runs_is_over_or_on_hold_does_not_wait(services: Services, state: DeliveryState) -> None:
    wait(services, add_call(services), "on_memo_saved", state)
    wait(services, add_call(services), "on_call_end")
    assert backlog(services) == []


def test_r29_another_plugins_work_is_not_told(services: Services) -> None:
    wait(services, add_call(services), "on_memo_saved")
    with services.database.writing() as connection:
        connection.execute(update(deliveries).values(plugin="other"))
    assert backlog(services) == []


def test_r26_memo_and_analysis_as_they_stand_now(services: Services) -> None:
    reader = CallReader(services.database, "crm", "https://pbx.example", services.clock, lambda _numbers: None)
    call_id = add_call(services)
    assert (reader.memo(call_id), reader.analysis(call_id)) == (None, None)
    memo = Memo(text="折り返し", items=("見積依頼",), saved_at=NOW, saved_by="a@example.com")
    analysis = Analysis(summary="要約", transcript="全文", done_at=NOW)
    with services.database.writing() as connection:
        put_memo(connection, call_id, memo, version=1)
        put_analysis(connection, call_id, analysis)
    assert (reader.memo(call_id), reader.analysis(call_id)) == (memo, analysis)
