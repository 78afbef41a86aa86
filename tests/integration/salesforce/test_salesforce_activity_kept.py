"""R3, R27, R29: what was found and written is not forgotten when an attempt breaks off, nor taken into another org."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from host.delivery import match_of
from host.plugin_api import NeedsConfiguration, PluginError, RetryLater
from plugins.salesforce.activity import many_changed
from plugins.salesforce.activity.wish import Desk, open_desk
from plugins.salesforce.activity.writing import TaskWriter
from plugins.salesforce.client import Client
from plugins.salesforce.connection import ANOTHER_ORG, read_connection
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.tables import tasks
from tests.integration.salesforce.activity_site import NUMBER, SETTINGS, ActivitySite
from tests.integration.salesforce.conftest import Host
from tests.integration.salesforce.test_salesforce_activity_backlog import CALLS, descriptions, waiting_memos
from tests.integration.salesforce.test_salesforce_delivered import Delivery

OTHER_ORG = "00DOTHER0000000"


class Killed(BaseException):
    """The worker is gone in the middle of it."""


@pytest.fixture
def site(host: Host) -> ActivitySite:
    host.org.control("reset", {"seed": "empty"})
    host.connect("oauth")
    made = ActivitySite(host)
    made.switch()
    return made


def move_to_another_org(site: ActivitySite) -> None:
    """As if the Tasks so far had been written there."""
    with site.host.services.database.writing() as connection:
        connection.execute(update(tasks).values(org=OTHER_ORG, task_id="00T000000000000AAA"))


def test_r29_the_name_is_in_the_call_history_although_the_task_took_a_second_attempt(site: ActivitySite) -> None:
    person = site.host.org.record("Contact", LastName="山田", MobilePhone="03-1234-5678")
    site.tell_end(site.call("+81399999999"))  # reads the org's fields
    delivery = Delivery(site.host)
    call_id = delivery.call(number=NUMBER, ended_at=site.host.clock())
    site.host.clock.advance(seconds=3)  # the telephone system tells of it a little later
    site.fault("unavailable", path="composite$", times=1)
    first = delivery.ended(call_id)
    assert first.state == "retrying"
    site.host.clock.advance(minutes=10)
    assert delivery.go_on(call_id).state == "done"
    assert delivery.match(call_id).record.id == person


def test_r29_the_name_is_in_the_call_history_although_a_worker_died(
    site: ActivitySite, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = site.host.org.record("Contact", LastName="山田", MobilePhone="03-1234-5678")
    call_id = site.call()
    with monkeypatch.context() as patch:
        patch.setattr(TaskWriter, "write", _killed)
        with pytest.raises(Killed):
            site.tell_end(call_id, fact=7)
    site.tell_end(call_id, fact=7)
    with site.host.services.database.reading() as connection:
        (kept,) = match_of(connection, call_id)
    assert kept.match.record is not None
    assert kept.match.record.id == person


def test_r29_what_was_written_for_others_is_not_taken_for_a_persons_text_when_the_worker_dies(
    site: ActivitySite, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_ids = waiting_memos(site)
    with monkeypatch.context() as patch:
        patch.setattr(many_changed._Change, "_take", _killed)
        with pytest.raises(Killed):
            site.tell_memo(call_ids[0])
    site.host.clock.advance(minutes=2)
    for number, call_id in enumerate(call_ids):
        site.write_memo(call_id, f"zuletzt {number}")
        site.until_done(site.tell_memo, call_id)
    assert descriptions(site) == [f"zuletzt {number}" for number in range(CALLS)]


def test_r27_without_a_record_nothing_is_written_into_another_org_either(site: ActivitySite) -> None:
    call_id = site.call()
    site.tell_end(call_id)
    site.delete(site.task()["Id"])
    move_to_another_org(site)
    site.switch(replace(SETTINGS, unmatched=False))
    result = site.memo(call_id, "hier nicht")
    assert site.tasks() == []
    assert "without a record" in result.reason


def test_r32_what_was_looked_up_in_another_org_is_looked_up_in_this_one(site: ActivitySite) -> None:
    call_id = site.call()
    site.tell_end(call_id, fact=7)
    move_to_another_org(site)
    site.host.org.record("Contact", LastName="山田", MobilePhone="03-1234-5678")
    site.tell_end(call_id, fact=7)
    assert site.host.entry(NUMBER).person == "山田"


def test_r32_work_for_one_org_is_not_sent_to_another_that_is_connected_meanwhile(site: ActivitySite) -> None:
    call_id = site.call()
    site.tell_end(call_id)
    call, info = site.context.calls.get(call_id), read_connection(site.context)
    assert call
    assert info
    desk = open_desk(site.context, call)
    assert isinstance(desk, Desk)
    site.context.settings.write({"connection": replace(info, org_id="00DOTHER0000000AAA").to_json()})
    site.fault("expired-session", path="composite$", times=1)
    before = len(site.host.org.requests("composite"))
    with pytest.raises(RetryLater, match=re.escape(ANOTHER_ORG)):
        Client(desk.connection, Purpose.ACTIVITY).post("composite", {"allOrNone": False, "compositeRequest": []})
    assert len(site.host.org.requests("composite")) == before + 1


def test_r29_a_creation_that_salesforce_was_slow_at_is_given_time_from_when_it_was_given_up(
    site: ActivitySite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.tell_end(site.call("+81399999999"))
    call_id = site.call()

    def timed_out(*_: Any, **__: Any) -> None:
        site.host.clock.advance(seconds=20)
        raise RetryLater("no answer")

    with monkeypatch.context() as patch:
        patch.setattr("plugins.salesforce.activity.writing.create_task", timed_out)
        with pytest.raises(RetryLater):
            site.tell_end(call_id, fact=7)
    before = site.host.org.used()
    with pytest.raises(RetryLater):
        site.tell_end(call_id, fact=7)
    assert site.host.org.used() == before


def _killed(*_: Any, **__: Any) -> None:
    raise Killed


def test_r29_r31_a_right_taken_away_for_a_while_is_not_taken_for_a_deleted_task(site: ActivitySite) -> None:
    call_id = site.call()
    site.tell_end(call_id)
    site.host.org.user(objects={"Task": {"read": False, "create": False, "edit": False, "delete": False}})
    try:
        problem: Any = site.memo(call_id, "nicht verlieren")
    except PluginError as error:
        problem = error
    site.host.org.user(objects={"Task": {"read": True, "create": True, "edit": True, "delete": True}})
    site.host.clock.advance(minutes=2)
    site.until_done(site.tell_memo, call_id)
    assert site.task()["Description"] == "nicht verlieren"
    assert isinstance(problem, NeedsConfiguration)
