"""R30: what cannot be sent is tried again for two days; a worker that dies in the middle loses no mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from host.delivery.membership import Membership
from host.mail.outbox import claim, trouble
from host.mail.postman import Postman
from host.mail.settings import read_settings
from host.storage.alarm_tables import mails
from host.storage.tables import workers
from tests.integration.mail.conftest import Mailing

TITLE = "The connection to Salesforce is lost"


@pytest.fixture(autouse=True)
def _alarm(mailing: Mailing) -> None:
    mailing.alarms.raise_alarm("connection", TITLE, "Connect again.")


def said(mailing: Mailing) -> str:
    with mailing.services.database.reading() as connection:
        recipients = read_settings(connection, "en").recipients
        return trouble(connection, recipients, mailing.clock.now)


def test_r30_what_the_server_does_not_take_now_is_tried_again_with_growing_waits(mailing: Mailing) -> None:
    mailing.smtp.refuses["sato@example.com"] = "451 greylisted, come back"
    mailing.look()
    (row,) = mailing.rows()
    assert (row.state, row.attempts, row.claim) == ("waiting", 1, None)
    assert row.due_at <= mailing.clock.now + timedelta(seconds=2)
    assert said(mailing) == "The server refuses the recipient: 451 greylisted, come back"
    tries = 1
    for _ in range(60):
        mailing.clock.advance(minutes=1)
        mailing.look()
        tries = mailing.rows()[0].attempts
    assert 5 < tries < 30
    del mailing.smtp.refuses["sato@example.com"]
    mailing.clock.advance(minutes=15)
    assert len(mailing.look()) == 1
    assert mailing.rows()[0].state == "sent"
    assert said(mailing) == ""


def test_r30_after_two_days_it_is_given_up_and_said(mailing: Mailing) -> None:
    mailing.smtp.refuses[""] = "550 5.7.1 not this sender"
    mailing.look()
    mailing.clock.advance(hours=48, minutes=1)
    mailing.look()
    assert next(row.state for row in mailing.rows()) == "failed"
    assert "5.7.1 not this sender" in said(mailing)


def test_r30_a_recipient_that_does_not_exist_is_not_tried_again(mailing: Mailing) -> None:
    mailing.smtp.refuses["sato@example.com"] = "550 5.1.1 no such mailbox"
    mailing.look()
    (row,) = mailing.rows()
    assert (row.state, row.attempts) == ("failed", 1)
    assert "5.1.1 no such mailbox" in said(mailing)
    mailing.set_up(recipients=("suzuki@example.com",))
    assert said(mailing) == ""
    mailing.set_up()
    mailing.clock.advance(days=1)
    assert said(mailing) == ""


def test_r30_one_bad_recipient_keeps_no_mail_from_the_others(mailing: Mailing) -> None:
    mailing.set_up(recipients=("gone@example.com", "sato@example.com"))
    mailing.smtp.refuses["gone@example.com"] = "550 5.1.1 no such mailbox"
    assert [message["To"] for message in mailing.look()] == ["sato@example.com"]


def test_r30_saving_the_settings_tries_what_waits_at_once(mailing: Mailing) -> None:
    mailing.smtp.refuses[""] = "451 not now"
    for _ in range(8):
        mailing.look()
        mailing.clock.advance(minutes=15)
    mailing.look()
    mailing.smtp.refuses.clear()
    assert mailing.look() == []
    mailing.set_up()
    assert len(mailing.look()) == 1


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # SQLite has one worker at a time
def test_r30_a_mail_claimed_by_a_worker_that_lives_is_left_to_it(mailing: Mailing) -> None:
    mailing.set_up(recipients=())
    other = Membership(mailing.services.database, "worker-2", 15.0)
    other.join()
    mailing.set_up()
    mailing.postman._send_due = lambda _settings: None  # type: ignore[method-assign]
    mailing.look()
    with mailing.services.database.writing() as connection:
        assert claim(connection, "worker-2", mailing.clock.now, lambda _worker: True)
    again = Postman(mailing.services, mailing.postman._membership)
    again.look()
    assert mailing.smtp.taken == []
    other.leave()
    again.look()
    assert len(mailing.smtp.taken) == 1


def test_r30_a_claim_of_a_worker_that_died_is_free(mailing: Mailing) -> None:
    mailing.postman._send_due = lambda _settings: None  # type: ignore[method-assign]
    mailing.look()
    with mailing.services.database.writing() as connection:
        connection.execute(update(mails).values(claim="worker-that-died"))
        assert connection.execute(select(workers.c.executor_id)).scalars().all() == ["worker-1"]
    Postman(mailing.services, mailing.postman._membership).look()
    assert len(mailing.smtp.taken) == 1


def test_r30_a_mail_that_is_sent_twice_has_one_message_id(mailing: Mailing) -> None:
    mailing.look()
    with mailing.services.database.writing() as connection:  # as if the worker had died right after the server took it
        connection.execute(update(mails).values(state="waiting", claim="worker-that-died"))
    mailing.look()
    first, second = mailing.smtp.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]
