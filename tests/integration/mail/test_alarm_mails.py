"""R30, R32: an alarm is told by mail at once, again each morning, and when it is over; never as a flood."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta

from host.delivery.membership import Membership
from host.mail.postman import Postman
from host.plugin_api import Sentence
from tests.integration.mail.conftest import Mailing, part

LOST = "The connection to Salesforce is lost"


def lose(mailing: Mailing, key: str = "connection") -> None:
    reason = Sentence("Salesforce refuses even a renewed connection. An admin must connect again.")
    text = Sentence("%(reason)s Calls are kept and looked up after connecting again.", reason=reason)
    mailing.alarms.raise_alarm(key, LOST, text)


def test_r30_an_alarm_is_told_at_once_and_once(mailing: Mailing) -> None:
    lose(mailing)
    (message,) = mailing.look()
    lose(mailing)
    assert mailing.look() == []
    assert message["Subject"] == f"[Tsunagu] Needs attention: {LOST}"
    assert message["To"] == "sato@example.com"
    assert message["From"] == "つなぐ <tsunagu@example.com>"
    assert message["Auto-Submitted"] == "auto-generated"
    for kind in ("plain", "html"):
        text = part(message, kind)
        assert LOST in text
        assert "Calls are kept and looked up after connecting again." in text
        assert "22 Nov 2026 12:00" in text  # Tokyo
        assert "https://tsunagu.example.com/settings/plugins/salesforce" in text
    assert not re.search(r"<img|<script|src=", part(message, "html"))


def test_r30_each_recipient_gets_a_mail_of_their_own(mailing: Mailing) -> None:
    mailing.set_up(recipients=("sato@example.com", "suzuki@example.com"))
    lose(mailing)
    assert [message["To"] for message in mailing.look()] == ["sato@example.com", "suzuki@example.com"]
    ids = [message["Message-ID"] for message in mailing.smtp.taken]
    assert len(set(ids)) == 2
    assert all(one.endswith("@tsunagu.example.com>") for one in ids)


def test_r30_mails_are_in_the_language_that_was_set_with_the_plugin_s_words(mailing: Mailing) -> None:
    mailing.set_up(language="ja")
    lose(mailing)
    (message,) = mailing.look()
    assert message["Subject"] == "【Tsunagu】要対応：Salesforce との接続が切れています"
    for kind in ("plain", "html"):
        text = part(message, kind)
        assert "接続を更新しても Salesforce に拒否されました。管理者が再接続してください。" in text
        assert "2026/11/22 12:00" in text
        assert "Salesforce の設定を開く" in text
    assert '<html lang="ja">' in part(message, "html")


def test_r30_a_reminder_comes_each_morning_while_it_stands(mailing: Mailing) -> None:
    lose(mailing)
    mailing.look()
    told: list[datetime] = []
    for _ in range(4 * 24 * 2):  # four days by half hours
        mailing.clock.advance(minutes=30)
        told += [mailing.clock.now for _message in mailing.look()]
    mornings = [datetime(2026, 11, day, 0, 0, tzinfo=UTC) for day in (23, 24, 25, 26)]  # 9:00 in Tokyo
    assert told == mornings
    assert mailing.smtp.subjects[1:] == [f"[Tsunagu] Still not mended: {LOST}"] * 4


def test_r30_mornings_that_no_worker_saw_are_one_reminder(mailing: Mailing) -> None:
    lose(mailing)
    mailing.look()
    mailing.clock.advance(days=3, hours=22)
    assert len(mailing.look()) == 1
    assert mailing.look() == []


def test_r30_a_recovery_tells_from_when_to_when(mailing: Mailing) -> None:
    lose(mailing)
    mailing.look()
    mailing.clock.advance(hours=2)
    mailing.alarms.clear_alarm("connection", Sentence("Work that was waiting is done now: %(count)s.", count=12))
    (message,) = mailing.look()
    assert message["Subject"] == f"[Tsunagu] It is over: {LOST}"
    text = part(message, "plain")
    assert "Work that was waiting is done now: 12." in text
    assert "Began: 22 Nov 2026 12:00\nUntil: 22 Nov 2026 14:00" in text
    mailing.clock.advance(days=2)
    assert mailing.look() == []


def test_r30_without_words_of_the_plugin_a_recovery_says_that_it_works(mailing: Mailing) -> None:
    lose(mailing)
    mailing.look()
    mailing.alarms.clear_alarm("connection")
    (message,) = mailing.look()
    assert "It works again." in part(message, "plain")


def test_r30_what_was_over_before_anybody_was_told_is_not_told(mailing: Mailing) -> None:
    lose(mailing)
    mailing.alarms.clear_alarm("connection")
    assert mailing.look() == []
    assert mailing.look() == []


def test_r30_an_alarm_that_comes_and_goes_is_at_most_six_mails_an_hour(mailing: Mailing) -> None:
    for _ in range(60):
        lose(mailing)
        mailing.look()
        mailing.alarms.clear_alarm("connection")
        mailing.look()
        mailing.clock.advance(seconds=30)
    assert len(mailing.smtp.taken) == 6
    lose(mailing)
    assert mailing.look() == []
    mailing.clock.advance(hours=1)
    (message,) = mailing.look()  # it stands, and there is room again
    assert "Needs attention" in message["Subject"]
    assert "It has begun 2 times within the last hour." in part(mailing.smtp.taken[2], "plain")


def test_r32_of_a_plugin_that_is_off_nothing_is_told(mailing: Mailing) -> None:
    lose(mailing)
    mailing.services.registry.set_enabled("salesforce", False, by="admin")
    assert mailing.look() == []
    mailing.services.registry.set_enabled("salesforce", True, by="admin")
    assert len(mailing.look()) == 1


def test_r30_without_recipients_nothing_is_written_and_what_stands_is_told_to_the_first(mailing: Mailing) -> None:
    mailing.set_up(recipients=())
    lose(mailing)
    lose(mailing, "rights")
    mailing.alarms.clear_alarm("rights")
    assert mailing.look() == []
    assert mailing.rows() == []
    mailing.set_up()
    assert mailing.look()[0]["Subject"] == f"[Tsunagu] Needs attention: {LOST}"
    assert len(mailing.smtp.taken) == 1


def test_r30_two_workers_that_look_at_once_send_one_mail(mailing: Mailing) -> None:
    others = []
    for number in range(2, 6):
        membership = Membership(mailing.services.database, f"worker-{number}", 15.0)
        if not mailing.services.database.is_sqlite:
            membership.join()
            others.append(Postman(mailing.services, membership))
    lose(mailing)
    threads = [threading.Thread(target=postman.look) for postman in (mailing.postman, *others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    mailing.look()
    assert len(mailing.smtp.taken) == 1


def test_old_mails_and_alarms_are_forgotten(mailing: Mailing) -> None:
    lose(mailing)
    mailing.look()
    mailing.alarms.clear_alarm("connection")
    mailing.look()
    mailing.clock.advance(days=29)
    mailing.postman.forget()
    assert len(mailing.rows()) == 2
    mailing.clock.now += timedelta(days=2)
    mailing.postman.forget()
    assert mailing.rows() == []
