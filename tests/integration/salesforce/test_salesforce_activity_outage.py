"""R19, R27, R29: calls that ended in an outage are looked up together and have their Tasks made together, each once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from host.plugin_api import Done, PermanentFailure, RetryLater
from plugins.salesforce.activity import many_created, many_looked_up
from plugins.salesforce.activity.rows import Claim
from plugins.salesforce.bulk_lookup import BulkLookUp
from plugins.salesforce.do_not_sync import Entry, add
from plugins.salesforce.domain.do_not_sync import Excluded
from tests.integration.salesforce.activity_site import SETTINGS, ActivitySite
from tests.integration.salesforce.conftest import Host

CALLS = 12
KNOWN = 8
"""Of so many calls the number is in the org."""


class Killed(BaseException):
    """As kill -9: nothing that handles errors sees it."""


def killed(*_: object) -> None:
    raise Killed


@pytest.fixture
def site(host: Host) -> ActivitySite:
    host.org.control("reset", {"seed": "empty"})
    host.connect("oauth")
    made = ActivitySite(host)
    made.switch()
    return made


def number_of(position: int) -> str:
    return f"+8131111{position:04}"


def wait(site: ActivitySite, call_id: str, *hooks: str) -> None:
    for hook in hooks:
        with site.host.services.database.writing() as connection:
            detail = {"origin": "phone"} if hook == "on_memo_saved" else {}
            site.host.services.publisher.publish(connection, call_id, hook, detail)


def outage(site: ActivitySite) -> list[str]:
    """Calls that ended, with a memo each, while nothing could be delivered; the last ones' numbers are in no record."""
    people = [{"LastName": f"山田{at}", "MobilePhone": f"03-1111-{at:04}"} for at in range(KNOWN)]
    site.host.org.control("records", {"records": [{"object": "Contact", "fields": fields} for fields in people]})
    call_ids = [site.call(number_of(at)) for at in range(CALLS)]
    for at, call_id in enumerate(call_ids):
        site.write_memo(call_id, f"メモ {at}")
        wait(site, call_id, "on_call_end", "on_memo_saved")
    return call_ids


def in_org(site: ActivitySite) -> dict[str, str]:
    """The texts of the Tasks by call; each call has one."""
    found = [(task["CallObject"], task["Description"]) for task in site.tasks()]
    assert len(dict(found)) == len(found), "a call has two Tasks"
    return dict(found)


def texts(call_ids: list[str]) -> dict[str, str]:
    return {call_id: f"メモ {at}" for at, call_id in enumerate(call_ids)}


def read_fields(site: ActivitySite) -> None:
    """The org's fields are read once a day: not part of what is counted here."""
    site.tell_end(site.call("+81399998888"))
    site.delete(site.tasks()[0]["Id"])


def test_r19_r27_r29_an_outage_costs_one_search_one_query_and_one_creation(site: ActivitySite) -> None:
    read_fields(site)
    call_ids = outage(site)
    before = site.host.org.used()
    ends = [site.tell_end(call_id) for call_id in call_ids]
    memos = [site.tell_memo(call_id) for call_id in call_ids]
    assert site.host.org.used() - before == 3
    assert [result.api_calls for result in ends + memos] == [3] + [0] * (2 * CALLS - 1)
    assert all(isinstance(result, Done) for result in ends + memos)
    assert in_org(site) == texts(call_ids)
    hangs = {task["CallObject"]: task["WhoId"] is not None for task in site.tasks()}
    assert [hangs[call_id] for call_id in call_ids] == [at < KNOWN for at in range(CALLS)]
    entries = [site.host.entry(number_of(at)) for at in range(CALLS)]
    assert [entry.person if entry else "" for entry in entries] == [f"山田{at}" if at < KNOWN else "" for at in range(CALLS)]


def test_r27_accounts_leads_and_withheld_numbers_among_them(site: ActivitySite) -> None:
    call_ids = outage(site)
    account = site.host.org.record("Account", Name="取引先", Phone=f"03-1111-{CALLS - 1:04}")
    lead = site.host.org.record("Lead", LastName="L", Company="C", Phone=f"03-1111-{CALLS - 2:04}")
    withheld = site.call(None)
    wait(site, withheld, "on_call_end")
    site.tell_end(call_ids[0])
    by_call = {task["CallObject"]: (task["WhoId"], task["WhatId"]) for task in site.tasks()}
    assert by_call[call_ids[-1]] == (None, account)
    assert by_call[call_ids[-2]] == (lead, None)
    assert by_call[withheld] == (None, None)


def test_r27_a_person_account_among_them_by_its_contact(host: Host) -> None:
    host.org.control("reset", {"seed": "empty"})
    host.org.settings(person_accounts=True)
    host.connect("oauth")
    site = ActivitySite(host)
    site.switch()
    call_ids = outage(site)
    account = host.org.record("Account", LastName="個人", PersonMobilePhone=f"03-1111-{CALLS - 1:04}")
    twin = host.org.running.org.database.row("SELECT PersonContactId FROM Account WHERE Id = ?", (account,))[0]
    site.tell_end(call_ids[0])
    assert next(task["WhoId"] for task in site.tasks() if task["CallObject"] == call_ids[-1]) == twin


def test_r27_without_a_record_none_is_made_where_that_is_switched_off(site: ActivitySite) -> None:
    site.switch(replace(SETTINGS, unmatched=False))
    call_ids = outage(site)
    for call_id in call_ids:
        site.tell_end(call_id)
        site.tell_memo(call_id)
    assert in_org(site) == texts(call_ids[:KNOWN])


def test_r21_without_fetching_contacts_no_names_are_entered(site: ActivitySite) -> None:
    site.context.settings.write({"fetch": "none"})
    call_ids = outage(site)
    for call_id in call_ids:
        site.tell_end(call_id)
    assert site.host.entry(number_of(0)) is None
    assert in_org(site) == texts(call_ids)


def test_r22_where_a_record_was_clicked_its_own_delivery_asks_for_it(site: ActivitySite) -> None:
    call_ids = outage(site)
    lead = site.host.org.record("Lead", LastName="L", Company="C", Phone="03-1111-0000")
    clicked = site.call(number_of(0), direction="outbound", clicked_object="Lead", clicked_record_id=lead)
    wait(site, clicked, "on_call_end")
    site.tell_end(call_ids[0])
    assert clicked not in in_org(site)
    site.tell_end(clicked)
    assert next(task["WhoId"] for task in site.tasks() if task["CallObject"] == clicked) == lead


def test_b11_what_must_not_reach_salesforce_is_left_out(site: ActivitySite) -> None:
    call_ids = outage(site)
    now = site.host.clock()
    add(site.context, [Entry(kind=Excluded.NUMBER, value=number_of(3), note="", added_by="a", added_at=now)])
    for call_id in call_ids:
        site.tell_end(call_id)
    assert in_org(site).keys() == set(call_ids) - {call_ids[3]}
    assert site.host.entry(number_of(3)) is None


def test_r23_fetched_again_by_hand_it_is_asked_for_again(site: ActivitySite) -> None:
    call_ids = outage(site)
    site.tell_end(call_ids[0])
    before = site.host.org.used()
    site.tell_end(call_ids[0], refetch=True)
    assert site.host.org.used() - before == 1


@pytest.mark.parametrize("kind", ["drop-after", "drop-before", "unavailable", "error"])
def test_r29_a_lost_answer_to_the_creation_of_many_makes_no_second_tasks(site: ActivitySite, kind: str) -> None:
    read_fields(site)
    call_ids = outage(site)
    site.fault(kind, path="composite$", times=1, after=1)  # the first one queries the numbers that the search did not find
    with pytest.raises(RetryLater):
        site.tell_end(call_ids[0])
    assert len(site.tasks()) == (CALLS if kind == "drop-after" else 0)
    site.host.clock.advance(seconds=5)
    with pytest.raises(RetryLater):  # Salesforce may still be at it
        site.tell_end(call_ids[1])
    site.host.clock.advance(seconds=30)
    before = site.host.org.used()
    for call_id in call_ids:
        site.tell_end(call_id)
        site.tell_memo(call_id)
    assert in_org(site) == texts(call_ids)
    assert site.host.org.used() - before == 2  # looked for; made, or read


@pytest.mark.parametrize("moment", ["before it is sent", "when it is answered"])
def test_r29_a_worker_killed_at_the_creation_of_many_makes_no_second_tasks(
    site: ActivitySite, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    call_ids = outage(site)
    with monkeypatch.context() as patch:
        if moment == "before it is sent":
            patch.setattr(many_created, "create_tasks", killed)
        else:
            patch.setattr(many_created._Creation, "_take", killed)
        patch.setattr(Claim, "release", lambda _: None)
        with pytest.raises(Killed):
            site.tell_end(call_ids[0])
    site.host.clock.advance(minutes=2)
    for at, call_id in enumerate(call_ids):
        site.write_memo(call_id, f"zuletzt {at}")
        site.until_done(site.tell_end, call_id)
        site.until_done(site.tell_memo, call_id)
    assert in_org(site) == {call_id: f"zuletzt {at}" for at, call_id in enumerate(call_ids)}


def test_r29_a_worker_killed_between_the_answers_goes_on_where_it_was(
    site: ActivitySite, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_ids = outage(site)
    kept: list[object] = []
    keep = many_looked_up._keep

    def then_killed(*arguments: object) -> None:
        if kept:
            raise Killed
        keep(*arguments)
        kept.append(arguments)

    with monkeypatch.context() as patch:
        patch.setattr(many_looked_up, "_keep", then_killed)
        with pytest.raises(Killed):
            site.tell_end(call_ids[0])
    site.host.clock.advance(minutes=2)
    searches = len(site.host.org.requests("/search"))
    for call_id in call_ids:
        site.tell_end(call_id)
    assert in_org(site) == texts(call_ids)
    assert len(site.host.org.requests("/search")) == searches + 1, "only for those that nothing was kept of"


def test_r29_what_was_answered_before_salesforce_broke_off_is_written(
    site: ActivitySite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BulkLookUp, "how_many_search", lambda *_: 5)
    read_fields(site)
    call_ids = outage(site)
    site.fault("unavailable", path="/search", times=1, after=2)
    with suppress(RetryLater):  # if its own number was in the search that was not answered
        site.tell_end(call_ids[0])
    assert len(in_org(site)) == 10
    for call_id in call_ids:
        site.tell_end(call_id)
    assert in_org(site) == texts(call_ids)


def test_r31_one_that_salesforce_refuses_stops_no_other_and_says_why_itself(site: ActivitySite) -> None:
    call_ids = outage(site)
    rule = {"object": "Task", "condition": 'CONTAINS(Description, "メモ 4")', "message": "nein", "field": "Description"}
    site.host.org.control("automation", {"validation_rules": [rule]})
    site.tell_end(call_ids[0])
    wanted = texts(call_ids)
    del wanted[call_ids[4]]
    assert in_org(site) == wanted
    with pytest.raises(PermanentFailure, match="nein"):
        site.tell_end(call_ids[4])
    site.host.org.control("automation", {"validation_rules": []})
    site.tell_end(call_ids[4])
    assert in_org(site) == texts(call_ids)


def test_r29_in_an_org_without_the_keys_field_each_is_made_alone(site: ActivitySite) -> None:
    read_fields(site)
    schema = site.context.settings.read()["task_schema"]
    schema["fields"] = [field for field in schema["fields"] if field["name"] != "CallObject"]
    site.context.settings.write({"task_schema": schema})
    call_ids = outage(site)
    site.tell_end(call_ids[0])
    assert [task["Description"] for task in site.tasks()] == ["メモ 0"]
