"""R29: the rows of Tasks and who works on them, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from cryptography.fernet import Fernet

from host.config import Config
from host.plugin_api import PluginContext, RecordRef, RetryLater
from host.services import build_services
from plugins.salesforce.activity import rows
from plugins.salesforce.activity.rows import claimed, claimed_many, claimed_of, read_standing, read_standings
from plugins.salesforce.domain.activity.facts import TaskTarget
from plugins.salesforce.domain.activity.standing import Standing, Target, TaskState
from tests.integration.salesforce.conftest import Clock

ORG = "00D000000000001"
AT = datetime(2026, 11, 22, 3, 0, 5, tzinfo=UTC)
FULL = Standing(
    call_id="call-1",
    org=ORG,
    state=TaskState.CREATING,
    task_id="00T000000000001AAA",
    written={"Subject": "電話", "CallDurationInSeconds": 3, "WhoId": None},
    pending=({"Subject": "次"}, {"Subject": "その次"}),
    written_at=AT,
    asked_at=AT,
    target=Target(
        known=True,
        record=RecordRef(object="Account", id="001"),
        link=TaskTarget(who_id="003"),
        company="個人",
        person="個人",
        fact=7,
    ),
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def context(database_url: str, clock: Clock) -> Iterator[PluginContext]:
    config = Config(database_url=database_url, secret_key="s" * 40, encryption_keys=(Fernet.generate_key().decode(),))
    services = build_services(config, clock=clock)
    yield services.registry.context("salesforce")
    services.database.engine.dispose()


def test_r29_a_row_comes_back_as_it_was_saved(context: PluginContext) -> None:
    with claimed(context, "call-1", ORG) as claim:
        assert claim.rows == {"call-1": Standing(call_id="call-1", org=ORG)}
        claim.save(FULL)
        assert claim.rows == {"call-1": FULL}
    assert read_standing(context, "call-1") == FULL
    assert read_standing(context, "call-2") is None


def test_r29_a_row_is_one_holders_at_a_time(context: PluginContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "PATIENCE_SECONDS", 0.1)
    with claimed(context, "call-1", ORG):
        with pytest.raises(RetryLater), claimed(context, "call-1", ORG):
            pass
        with claimed_many(context, ["call-1", "call-2"], ORG) as others:
            assert list(others.rows) == ["call-2"]
    with claimed(context, "call-1", ORG) as free:
        assert list(free.rows) == ["call-1"]


def test_r29_who_claims_many_at_the_same_moment_gets_rows_of_their_own(context: PluginContext) -> None:
    call_ids = [f"call-{number}" for number in range(30)]
    together = Barrier(4)

    def claim(turn: int) -> list[str]:
        together.wait(10)
        with claimed_many(context, call_ids if turn % 2 else call_ids[::-1], ORG) as mine:
            together.wait(10)
            return list(mine.rows)

    with ThreadPoolExecutor(4) as threads:
        shared = [call_id for mine in threads.map(claim, range(4)) for call_id in mine]
    assert sorted(shared) == sorted(call_ids)


def test_r29_what_somebody_works_on_is_seen(context: PluginContext, clock: Clock) -> None:
    with claimed(context, "call-1", ORG):
        assert claimed_of(context, ["call-1", "call-2"]) == {"call-1"}
        clock.advance(seconds=rows.LEASE.total_seconds() + 1)
        assert claimed_of(context, ["call-1"]) == set()


def test_r29_a_claim_ends_by_itself_and_its_late_holder_writes_nothing(context: PluginContext, clock: Clock) -> None:
    with claimed(context, "call-1", ORG) as killed:
        clock.advance(seconds=rows.LEASE.total_seconds() + 1)
        with claimed(context, "call-1", ORG) as successor:
            with pytest.raises(RetryLater):
                killed.save(FULL)
            killed.release()
            successor.save(FULL)
    assert read_standings(context, ["call-1"]) == {"call-1": FULL}


def test_r29_nobody_begins_a_request_that_may_outlast_the_claim(context: PluginContext, clock: Clock) -> None:
    with claimed(context, "call-1", ORG) as claim:
        claim.require_time()
        clock.now += rows.LEASE - rows.LONGEST_REQUEST + timedelta(seconds=1)
        with pytest.raises(RetryLater):
            claim.require_time()
