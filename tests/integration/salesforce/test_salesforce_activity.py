"""R25, R26, R27, R29, B12: one Task per call, with the memo as it stands, whatever happens on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from host.plugin_api import Done, LimitReached, PermanentFailure, RetryLater, Skipped
from plugins.salesforce.domain.activity.settings import Moment
from plugins.salesforce.domain.activity.source import Source
from plugins.salesforce.tables import tasks
from tests.integration.salesforce.activity_site import NUMBER, SETTINGS, ActivitySite
from tests.integration.salesforce.conftest import Host

PHONE = "03-1234-5678"


@pytest.fixture
def site(host: Host) -> ActivitySite:
    host.org.control("reset", {"seed": "empty"})
    host.connect("oauth")
    made = ActivitySite(host)
    made.switch()
    return made


def contact(site: ActivitySite) -> str:
    return site.host.org.record("Contact", LastName="山田", MobilePhone=PHONE)


def spent(result: object) -> int:
    assert isinstance(result, Done | Skipped), result
    return result.api_calls


def test_r29_the_whole_life_of_a_call_costs_four_api_calls_and_makes_one_task(site: ActivitySite) -> None:
    person = contact(site)
    site.tell_end(site.call())  # reads the org's fields once
    site.delete(site.task()["Id"])
    before = site.host.org.used()
    call_id = site.call()
    results = [
        site.tell_end(call_id),
        site.memo(call_id, "折り返しをお願いします"),
        site.analysis(call_id, "見積の相談"),
        site.tell_memo(call_id),
        site.tell_analysis(call_id),
    ]
    task = site.task()
    assert (task["CallObject"], task["WhoId"], task["WhatId"]) == (call_id, person, None)
    assert task["Description"] == "折り返しをお願いします\n見積の相談"
    assert [spent(result) for result in results] == [2, 1, 1, 0, 0]
    assert site.host.org.used() - before == 4


def test_r24_switched_off_nothing_is_written(site: ActivitySite) -> None:
    site.switch(replace(SETTINGS, enabled=False))
    contact(site)
    call_id = site.call()
    results = [site.tell_end(call_id), site.memo(call_id, "x"), site.analysis(call_id, "y")]
    assert site.tasks() == []
    assert [spent(result) for result in results] == [1, 0, 0]


@pytest.mark.parametrize("fetch", ["none", "bulk"])
def test_r21_without_fetching_contacts_activities_are_written_all_the_same(site: ActivitySite, fetch: str) -> None:
    site.context.settings.write({"fetch": fetch})
    person = contact(site)
    result = site.tell_end(site.call())
    assert site.task()["WhoId"] == person
    assert isinstance(result, Done)
    assert result.match is not None
    assert fetch == "bulk" or site.host.entry(NUMBER) is None


def test_r27_contact_account_lead_and_person_account(site: ActivitySite) -> None:
    account = site.host.org.record("Account", Name="取引先", Phone="03-1111-1111")
    lead = site.host.org.record("Lead", LastName="L", Company="C", Phone="03-2222-2222")
    for number in ("+81311111111", "+81322222222"):
        site.tell_end(site.call(number))
    assert [(task["WhoId"], task["WhatId"]) for task in site.tasks()] == [(None, account), (lead, None)]


def test_r27_a_person_account_by_its_contact(host: Host) -> None:
    host.org.control("reset", {"seed": "empty"})
    host.org.settings(person_accounts=True)
    host.connect("oauth")
    site = ActivitySite(host)
    site.switch()
    account = host.org.record("Account", LastName="個人", PersonMobilePhone=PHONE)
    row = host.org.running.org.database.row("SELECT PersonContactId FROM Account WHERE Id = ?", (account,))
    site.tell_end(site.call())
    assert (site.task()["WhoId"], site.task()["WhatId"]) == (row[0], None)


@pytest.mark.parametrize(("unmatched", "count"), [(True, 1), (False, 0)])
def test_r27_a_call_without_a_match(site: ActivitySite, unmatched: bool, count: int) -> None:
    site.switch(replace(SETTINGS, unmatched=unmatched))
    site.tell_end(site.call())
    assert len(site.tasks()) == count


def test_r27_a_withheld_number_has_a_task_without_a_look_up(site: ActivitySite) -> None:
    site.tell_end(site.call(None))
    assert (site.task()["WhoId"], site.task()["WhatId"]) == (None, None)


@pytest.mark.parametrize("kind", ["drop-after", "drop-before", "unavailable", "bad-gateway"])
def test_r29_a_lost_answer_to_the_creation_makes_no_second_task(site: ActivitySite, kind: str) -> None:
    contact(site)
    site.tell_end(site.call("+81399999999"))
    call_id = site.call()
    site.fault(kind, times=1)
    with pytest.raises(RetryLater):
        site.tell_end(call_id, fact=77)
    site.host.clock.advance(seconds=30)
    site.write_memo(call_id, "あとから")
    result = site.tell_end(call_id, fact=77)
    assert isinstance(result, Done)
    assert [task["CallObject"] for task in site.tasks()].count(call_id) == 1
    assert site.tasks()[-1]["Description"] == "あとから"


def test_r29_a_lost_answer_to_a_change_is_not_taken_for_a_persons_text(site: ActivitySite) -> None:
    call_id = site.call()
    site.tell_end(call_id)
    site.fault("drop-after", times=1)
    with pytest.raises(RetryLater):
        site.memo(call_id, "erste")
    site.memo(call_id, "zweite")
    assert site.task()["Description"] == "zweite"


def test_b12_a_persons_edits_stay(site: ActivitySite) -> None:
    call_id = site.call()
    site.tell_end(call_id)
    site.memo(call_id, "Memo 1")
    site.edit(site.task()["Id"], Subject="My subject", Description="Memo 1\nMy own notes")
    result = site.memo(call_id, "Memo 2")
    task = site.task()
    assert task["Subject"] == "My subject"
    assert task["Description"].startswith("Memo 1\nMy own notes\n")
    assert "Memo 2" in task["Description"]
    assert spent(result) <= 2
    site.memo(call_id, "Memo 3")
    last = site.task()["Description"]
    assert "Memo 3" in last
    assert "Memo 2" not in last
    assert last.startswith("Memo 1\nMy own notes\n")


def test_r29_a_task_deleted_by_a_person_is_not_made_anew(site: ActivitySite) -> None:
    call_id = site.call()
    site.tell_end(call_id)
    site.delete(site.task()["Id"])
    results = [site.memo(call_id, "x"), site.memo(call_id, "y")]
    assert all(isinstance(result, Skipped) and "deleted" in result.reason for result in results)
    assert spent(results[1]) == 0
    assert site.tasks() == []


def test_r24_a_memo_before_the_end_waits_for_it(site: ActivitySite) -> None:
    call_id = site.call(ended=False)
    assert isinstance(site.memo(call_id, "mitten drin"), Skipped)
    assert site.tasks() == []
    site.end(call_id)
    site.tell_end(call_id)
    assert site.task()["Description"] == "mitten drin"


def test_r26_without_the_feature_an_analysis_writes_nothing(host: Host) -> None:
    host.org.control("reset", {"seed": "empty"})
    host.connect("password")
    site = ActivitySite(host)
    site.switch()
    call_id = site.call()
    site.tell_end(call_id)
    assert isinstance(site.analysis(call_id, "要約"), Skipped)
    assert site.task()["Description"] is None
    site.memo(call_id, "Memo")
    assert site.task()["Description"] == "Memo\n要約"


def test_r27_a_record_deleted_since_is_looked_up_once_more_and_then_left_out(site: ActivitySite) -> None:
    person = contact(site)
    call_id = site.call()
    site.fault("drop-before", path="composite$", times=1, after=1)  # the first one reads the org's fields
    with pytest.raises(RetryLater):
        site.tell_end(call_id, fact=5)
    site.delete(person, "Contact")
    site.host.clock.advance(seconds=30)
    result = site.tell_end(call_id, fact=5)
    assert isinstance(result, Done)
    assert site.task()["WhoId"] is None


def test_r28_an_inactive_user_is_replaced_by_the_connected_one(site: ActivitySite) -> None:
    (gone,) = site.host.org.running.org.database.row("SELECT Id FROM User WHERE Alias = 'carol'", ())
    kept = {"1": {"id": gone, "name": "Gone", "email": "", "active": True}}
    site.context.settings.write({"assignees": kept})
    result = site.tell_end(site.call())
    assert isinstance(result, Done)
    assert "not active" in result.summary
    assert site.task()["OwnerId"] != gone
    assert site.context.settings.read()["assignees"]["1"]["active"] is False


def test_r27_r28_an_owner_who_cannot_be_used_does_not_cost_the_task_its_record(site: ActivitySite) -> None:
    person = contact(site)
    unknown = {"1": {"id": "005000000000000AAA", "name": "Gone", "email": "", "active": True}}
    site.context.settings.write({"assignees": unknown})
    result = site.tell_end(site.call())
    assert isinstance(result, Done)
    assert "may not own it" in result.summary
    assert "hangs on none" not in result.summary
    assert site.task()["WhoId"] == person
    before = site.host.org.used()
    site.tell_end(site.call())
    assert site.host.org.used() - before == 2, "it is known from now on"


def test_r31_a_validation_rule_is_told_with_its_field(site: ActivitySite) -> None:
    rule = {"object": "Task", "condition": "NOT(ISBLANK(Subject))", "message": "選択してください", "field": "Priority"}
    site.host.org.control("automation", {"validation_rules": [rule]})
    with pytest.raises(PermanentFailure, match=r"Priority.*選択してください"):
        site.tell_end(site.call())
    site.host.org.control("automation", {"validation_rules": []})
    assert site.tasks() == []


def test_b11_do_not_sync_is_respected(site: ActivitySite) -> None:
    from plugins.salesforce.do_not_sync import Entry, add
    from plugins.salesforce.domain.do_not_sync import Excluded

    now = site.host.clock()
    add(site.context, [Entry(kind=Excluded.NUMBER, value=NUMBER, note="", added_by="a", added_at=now)])
    call_id = site.call()
    results = [site.tell_end(call_id), site.memo(call_id, "x")]
    assert all(isinstance(result, Skipped) for result in results)
    assert site.tasks() == []


def test_r23_looked_up_again_the_task_moves_with_the_match(site: ActivitySite) -> None:
    call_id = site.call()
    site.tell_end(call_id)
    assert site.task()["WhoId"] is None
    person = contact(site)
    site.tell_end(call_id, refetch=True)
    assert site.task()["WhoId"] == person
    account = site.host.org.record("Account", Name="取引先", Phone=PHONE)
    site.delete(person, "Contact")
    site.tell_end(call_id, refetch=True)
    assert (site.task()["WhoId"], site.task()["WhatId"]) == (None, account)


def test_r22_r24_a_clicked_call_has_its_task_when_it_begins_and_hangs_on_the_clicked_record(site: ActivitySite) -> None:
    site.switch(replace(SETTINGS, moment=Moment.AFTER_START))
    contact(site)
    lead = site.host.org.record("Lead", LastName="L", Company="C", Phone=PHONE)
    changes = {"direction": "outbound", "clicked_object": "Lead", "clicked_record_id": lead}
    call_id = site.call(ended=False, **changes)
    site.tell_click(call_id)
    assert (site.task()["WhoId"], site.task()["CallType"]) == (lead, "Outbound")
    site.end(call_id)
    site.tell_end(call_id)
    assert (site.task()["WhoId"], site.task()["CallDurationInSeconds"]) == (lead, 120)


def test_r29_another_org_gets_a_task_of_its_own_and_the_first_is_found_again(site: ActivitySite) -> None:
    call_id = site.call()
    site.tell_end(call_id)
    first = site.task()["Id"]
    with site.host.services.database.writing() as connection:
        connection.execute(update(tasks).values(org="00DOTHER0000000", task_id="00T000000000000AAA"))
    site.memo(call_id, "zurück")
    assert (site.task()["Id"], site.task()["Description"]) == (first, "zurück")


def test_r29_a_field_that_was_hidden_since_is_left_out(site: ActivitySite) -> None:
    field = {"object": "Task", "name": "Note__c", "type": "string", "length": 100, "label": "Note"}
    site.host.org.control("fields", field)
    site.switch(replace(SETTINGS, mapping={"Note__c": Source.MEMO.value}))
    call_id = site.call()
    site.tell_end(call_id)
    site.host.org.user(fields={"Task.Note__c": {"read": False, "edit": False}})
    site.memo(call_id, "trotzdem")
    assert site.task()["Description"] == "trotzdem"


def test_r29_a_daily_limit_is_waited_for_without_asking_whether_it_was_written(site: ActivitySite) -> None:
    contact(site)
    site.tell_end(site.call("+81399999999"))
    call_id = site.call()
    site.fault("daily-limit", path="composite$", times=1)
    with pytest.raises(LimitReached):
        site.tell_end(call_id, fact=9)
    site.host.clock.advance(hours=2)
    before = site.host.org.used()
    site.tell_end(call_id, fact=9)
    assert site.host.org.used() - before == 1
    assert len(site.tasks()) == 2
