"""R24, R29: with "after the call starts" every logged call has its Task when it begins, and keeps that one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import update

from host.plugin_api import PluginContext, RetryLater
from host.storage.tables import calls
from plugins.salesforce.activity import hooks
from plugins.salesforce.activity.rows import read_standing
from plugins.salesforce.domain.activity.call_kind import CallKind
from plugins.salesforce.domain.activity.settings import Moment
from plugins.salesforce.domain.activity.standing import Standing
from plugins.salesforce.plugin import plugin
from tests.integration.salesforce.activity_site import NUMBER, SETTINGS, ActivitySite
from tests.integration.salesforce.conftest import Host

PHONE = "03-1234-5678"
AT_START = replace(SETTINGS, moment=Moment.AFTER_START)
RINGING = {"state": "ringing", "answered_at": None, "agents": []}


@pytest.fixture
def site(host: Host) -> ActivitySite:
    host.org.control("reset", {"seed": "empty"})
    host.connect("oauth")
    made = ActivitySite(host)
    made.switch()
    made.tell_end(made.call("+81399999999"))  # reads the org's fields once
    made.delete(made.task()["Id"])
    made.switch(AT_START)
    return made


def contact(site: ActivitySite) -> str:
    return site.host.org.record("Contact", LastName="山田", MobilePhone=PHONE)


def announce(site: ActivitySite, call_id: str) -> None:
    call = site.context.calls.get(call_id)
    assert call is not None
    assert plugin.manifest.announce is not None
    plugin.manifest.announce(site.context, call)


def answer(site: ActivitySite, call_id: str) -> None:
    with site.host.services.database.writing() as connection:
        answered = {"state": "answered", "answered_at": site.host.clock()}
        connection.execute(update(calls).where(calls.c.id == call_id).values(answered))


def test_r24_an_inbound_call_has_its_task_while_it_rings_and_one_update_at_its_end(site: ActivitySite) -> None:
    person = contact(site)
    before = site.host.org.used()
    call_id = site.call(ended=False, **RINGING)
    announce(site, call_id)
    assert (site.task()["CallObject"], site.task()["WhoId"], site.task()["CallType"]) == (call_id, person, "Inbound")
    assert site.host.org.used() - before == 2
    answer(site, call_id)
    announce(site, call_id)
    assert site.host.org.used() - before == 2, "answered: nothing that could not wait for the end"
    site.end(call_id)
    site.tell_end(call_id)
    assert (site.task()["CallDurationInSeconds"], site.host.org.used() - before) == (120, 3)
    site.memo(call_id, "折り返し")
    assert (site.task()["Description"], site.host.org.used() - before) == ("折り返し", 4)


def test_r24_an_outbound_call_has_its_task_when_it_is_dialled(site: ActivitySite) -> None:
    person = contact(site)
    agents = [{"extension": "101", "name": "", "user_id": 1, "answered_at": None, "left_at": None}]
    announce(site, site.call(ended=False, direction="outbound", state="ringing", answered_at=None, agents=agents))
    assert (site.task()["WhoId"], site.task()["CallType"]) == (person, "Outbound")


def test_r24_a_withheld_number_has_its_task_without_a_look_up(site: ActivitySite) -> None:
    before = site.host.org.used()
    announce(site, site.call(None, ended=False, **RINGING))
    assert (site.task()["WhoId"], site.host.org.used() - before) == (None, 1)


def test_r24_what_depends_on_how_the_call_ends_waits_until_it_is_answered(site: ActivitySite) -> None:
    site.switch(replace(AT_START, call_types=frozenset({CallKind.INBOUND})))
    person = contact(site)
    call_id = site.call(ended=False, **RINGING)
    announce(site, call_id)
    assert site.tasks() == []
    answer(site, call_id)
    announce(site, call_id)
    assert site.task()["WhoId"] == person


def test_r24_after_the_end_nothing_is_written_while_it_rings(site: ActivitySite) -> None:
    site.switch(SETTINGS)
    contact(site)
    call_id = site.call(ended=False, **RINGING)
    announce(site, call_id)
    assert site.tasks() == []
    before = site.host.org.used()
    site.end(call_id)
    site.tell_end(call_id)
    assert site.host.org.used() - before == 1, "looked up while it rang, so only the Task is made"
    assert site.task()["CallObject"] == call_id


@pytest.mark.parametrize("fetch", ["none", "bulk"])
def test_r21_r24_without_fetching_contacts_the_task_is_there_all_the_same(site: ActivitySite, fetch: str) -> None:
    site.host.connect("password")
    site.context.settings.write({"fetch": fetch})
    person = contact(site)
    call_id = site.call(ended=False, **RINGING)
    announce(site, call_id)
    assert (site.task()["WhoId"], site.host.entry(NUMBER)) == (person, None)
    before = site.host.org.used()
    site.end(call_id)
    site.tell_end(call_id)
    assert site.host.org.used() - before == 1


def test_r27_a_person_account_found_while_it_rang_hangs_by_its_contact(host: Host) -> None:
    host.org.control("reset", {"seed": "empty"})
    host.org.settings(person_accounts=True)
    host.connect("oauth")
    site = ActivitySite(host)
    site.switch()
    account = host.org.record("Account", LastName="個人", PersonMobilePhone=PHONE)
    row = host.org.running.org.database.row("SELECT PersonContactId FROM Account WHERE Id = ?", (account,))
    call_id = site.call(ended=False, **RINGING)
    announce(site, call_id)
    site.end(call_id)
    assert site.tell_end(call_id).api_calls == 1
    assert (site.task()["WhoId"], site.task()["WhatId"]) == (row[0], None)


def test_r22_r24_a_number_clicked_without_a_record_is_asked_for_once(site: ActivitySite) -> None:
    person = contact(site)
    agents = [{"extension": "101", "name": "", "user_id": 1, "answered_at": None, "left_at": None}]
    call_id = site.call(ended=False, direction="outbound", state="dialling", answered_at=None, agents=agents)
    before = site.host.org.used()
    with ThreadPoolExecutor(2) as threads:
        for told in [threads.submit(announce, site, call_id), threads.submit(site.tell_click, call_id)]:
            told.result(30)
    assert (site.task()["WhoId"], site.host.org.used() - before) == (person, 2)


def test_r22_r24_a_call_whose_clicked_record_wins_is_left_to_the_click(site: ActivitySite) -> None:
    contact(site)
    lead = site.host.org.record("Lead", LastName="L", Company="C", Phone=PHONE)
    clicked = {"direction": "outbound", "clicked_object": "Lead", "clicked_record_id": lead}
    call_id = site.call(ended=False, state="dialling", answered_at=None, **clicked)
    before = site.host.org.used()
    announce(site, call_id)
    assert (site.tasks(), site.host.org.used()) == ([], before)
    site.tell_click(call_id)
    answer(site, call_id)
    announce(site, call_id)
    assert (site.task()["WhoId"], site.host.org.used() - before) == (lead, 2)


def test_r29_a_lost_answer_while_it_rings_makes_no_second_task(site: ActivitySite) -> None:
    contact(site)
    call_id = site.call(ended=False, **RINGING)
    site.fault("drop-after", path="composite$", times=1)
    with pytest.raises(RetryLater):
        announce(site, call_id)
    announce(site, call_id)
    site.host.clock.advance(minutes=1)
    site.end(call_id)
    site.until_done(site.tell_end, call_id)
    assert (len(site.tasks()), site.task()["CallDurationInSeconds"]) == (1, 120)


def test_r29_the_end_may_come_before_what_was_announced(site: ActivitySite) -> None:
    contact(site)
    call_id = site.call(ended=False, **RINGING)
    call = site.context.calls.get(call_id)
    site.end(call_id)
    site.tell_end(call_id)
    assert call is not None
    assert plugin.manifest.announce is not None
    plugin.manifest.announce(site.context, call)
    assert (len(site.tasks()), site.task()["CallDurationInSeconds"]) == (1, 120)


def test_r29_an_announcement_that_is_late_does_not_take_back_what_the_end_found(
    site: ActivitySite, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_id = site.call(ended=False, **RINGING)
    people: list[str] = []

    def ends_meanwhile(context: PluginContext, of_call: str) -> Standing | None:
        standing = read_standing(context, of_call)
        if not people:
            people.append(contact(site))
            site.end(call_id)
            site.tell_end(call_id)
        return standing

    monkeypatch.setattr(hooks, "read_standing", ends_meanwhile)
    call = site.context.calls.get(call_id)
    assert call is not None
    hooks.call_began(site.context, call)
    assert site.task()["WhoId"] == people[0]
