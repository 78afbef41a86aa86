"""R30: single errors are told as a digest: one mail an interval, however many there were, none when there was nothing."""

from __future__ import annotations

import time
from datetime import time as clock_time
from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from host.domain.reasons import reason_of
from host.domain.telling import DigestEvery
from host.plugin_api import Sentence
from host.storage.job_tables import job_runs
from host.storage.tables import calls, deliveries, facts
from host.storage.texts import storable
from tests.integration.mail.conftest import Mailing, part

REFUSED = "Salesforce refuses this request."
LINK = "https://tsunagu.example.com/settings/errors"


def fail(
    mailing: Mailing, count: int = 1, message: str = REFUSED, state: str = "failed", parked_for: str | None = None
) -> None:
    """So many deliveries that come to this end now."""
    now = mailing.clock.now
    rows: dict[str, list[dict[str, Any]]] = {"calls": [], "facts": [], "deliveries": []}
    first = _highest(mailing)
    for number in range(first + 1, first + count + 1):
        call_id = f"call-{number}"
        times = {"started_at": now, "created_at": now, "updated_at": now}
        call = {"id": call_id, "source": "t", "source_call_id": call_id, "state": "ended", "direction": "inbound"}
        rows["calls"].append({**call, "agents": [], "transfers": [], "stamps": {}, "number": "+819012345678", **times})
        fact = {"id": number, "call_id": call_id, "hook": "on_call_end", "detail": {}, "occurred_at": now}
        rows["facts"].append(fact)
        delivery = {"fact_id": number, "call_id": call_id, "plugin": "salesforce", "hook": "on_call_end", "state": state}
        reason = reason_of(state, parked_for, message)
        told = {"parked_for": parked_for, "message": storable(message), "reason": reason, "queued": True}
        rows["deliveries"].append({**delivery, **told, "created_at": now, "updated_at": now})
    with mailing.services.database.writing() as connection:
        for table in (calls, facts, deliveries):
            connection.execute(insert(table), rows[table.name])


def _highest(mailing: Mailing) -> int:
    from sqlalchemy import func, select

    with mailing.services.database.reading() as connection:
        return connection.execute(select(func.max(facts.c.id))).scalar() or 0


def test_r30_ten_thousand_failures_are_one_digest(mailing: Mailing) -> None:
    mailing.set_up(recipients=("sato@example.com", "suzuki@example.com"))
    fail(mailing, 9_990)
    fail(mailing, 10, "The record is locked.")
    mailing.clock.advance(hours=1)
    started = time.monotonic()
    told = mailing.look()
    assert time.monotonic() - started < 5
    assert [message["Subject"] for message in told] == ["[Tsunagu] Digest of errors: Integration errors: 10,000"] * 2
    text = part(told[0], "plain")
    assert f"- 9,990 – Salesforce: {REFUSED}\n  {LINK}?open=salesforce:failed-" in text
    assert "- 10 – Salesforce: The record is locked." in text
    assert "9,990" in part(told[0], "html")
    for _ in range(20):
        mailing.clock.advance(minutes=2)
        assert mailing.look() == []


def test_r30_errors_that_go_on_are_one_mail_an_hour(mailing: Mailing) -> None:
    for _ in range(3 * 30):
        fail(mailing, 5)
        mailing.look()
        mailing.clock.advance(minutes=2)
    mailing.look()
    assert len(mailing.smtp.taken) == 3
    totals = [int(str(message["Subject"]).rpartition(" ")[2]) for message in mailing.smtp.taken]
    assert sum(totals) == 5 * 3 * 30


def test_r30_nothing_new_is_no_mail_and_nothing_is_told_twice(mailing: Mailing) -> None:
    mailing.clock.advance(hours=3)
    assert mailing.look() == []
    fail(mailing)
    mailing.clock.advance(hours=1)
    assert len(mailing.look()) == 1
    mailing.clock.advance(hours=5)
    assert mailing.look() == []


def test_r30_what_is_tried_again_or_waits_for_a_connection_is_not_in_it(mailing: Mailing) -> None:
    fail(mailing, state="retrying")
    fail(mailing, state="parked", parked_for="reauthorise")
    fail(mailing, state="parked", parked_for="disabled")
    fail(mailing, state="done")
    mailing.clock.advance(hours=1)
    assert mailing.look() == []
    fail(mailing, state="parked", parked_for="configure", message="A right is missing.")
    mailing.clock.advance(hours=1)
    (message,) = mailing.look()
    assert "- 1 – Salesforce: A right is missing." in part(message, "plain")


def test_r30_values_are_left_out_and_reasons_are_in_the_mails_language(mailing: Mailing) -> None:
    mailing.set_up(language="ja")
    one = Sentence("Salesforce refused: %(reply)s (%(code)s)", reply="山田様 +819012345678", code="X")
    fail(mailing, 2, one)
    fail(mailing, 3, "Salesforce does not accept the connection any more. An admin must connect again.")
    mailing.clock.advance(hours=1)
    (message,) = mailing.look()
    text = part(message, "plain")
    assert message["Subject"] == "【Tsunagu】エラーのまとめ：連携エラー 5 件"
    assert "- 3 – Salesforce: Salesforce が接続を受け付けなくなりました。管理者が再接続してください。" in text
    for kind in ("plain", "html"):
        assert "9012345678" not in part(message, kind)
        assert "山田" not in part(message, kind)


def test_r30_a_job_that_failed_is_in_it(mailing: Mailing) -> None:
    now = mailing.clock.now
    times = {"due_at": now, "created_at": now, "updated_at": now, "finished_at": now}
    with mailing.services.database.writing() as connection:
        run = {"plugin": "salesforce", "job": "bulk", "state": "failed", "message": "The org refused it.", "kept": {}}
        connection.execute(insert(job_runs).values(**run, **times))
    mailing.clock.advance(hours=1)
    (message,) = mailing.look()
    assert "- 1 – Salesforce: The org refused it." in part(message, "plain")


def test_r30_a_daily_digest_is_at_the_hour_that_was_set(mailing: Mailing) -> None:
    mailing.set_up(digest=DigestEvery.DAILY, digest_at=clock_time(18, 30))
    fail(mailing)
    mailing.clock.advance(hours=6, minutes=29)  # 18:29 in Tokyo
    assert mailing.look() == []
    mailing.clock.advance(minutes=1)
    assert len(mailing.look()) == 1


def test_r30_switched_on_it_tells_what_fails_from_then_on(mailing: Mailing) -> None:
    mailing.set_up(digest=DigestEvery.OFF)
    fail(mailing, 7)
    mailing.clock.advance(days=2)
    assert mailing.look() == []
    mailing.set_up(digest=DigestEvery.HOURLY)
    mailing.clock.advance(hours=1)
    assert mailing.look() == []


def test_r30_what_fails_at_the_turn_of_the_hour_is_told_once(mailing: Mailing) -> None:
    mailing.clock.advance(minutes=59, seconds=50)
    fail(mailing, 2)
    mailing.clock.advance(seconds=10)
    mailing.look()
    mailing.clock.now += timedelta(seconds=5)
    fail(mailing, 3)
    mailing.clock.advance(hours=1)
    mailing.look()
    mailing.clock.advance(hours=1)
    mailing.look()
    totals = [int(str(message["Subject"]).rpartition(" ")[2]) for message in mailing.smtp.taken]
    assert sum(totals) == 5
