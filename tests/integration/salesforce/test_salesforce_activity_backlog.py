"""R29, B12: memos that have piled up are written together, and a person's text among them stays."""

from __future__ import annotations

import pytest

from host.plugin_api import Done, RetryLater
from plugins.salesforce.activity import many_changed
from tests.integration.salesforce.activity_site import ActivitySite
from tests.integration.salesforce.conftest import Host

CALLS = 12


@pytest.fixture
def site(host: Host) -> ActivitySite:
    host.org.control("reset", {"seed": "empty"})
    host.connect("oauth")
    made = ActivitySite(host)
    made.switch()
    return made


def waiting_memos(site: ActivitySite) -> list[str]:
    """Calls that have their Tasks, and a memo each that nobody has delivered."""
    call_ids = [site.call(f"+8131111{number:04}") for number in range(CALLS)]
    for call_id in call_ids:
        site.tell_end(call_id)
    for number, call_id in enumerate(call_ids):
        site.write_memo(call_id, f"メモ {number}")
        with site.host.services.database.writing() as connection:
            site.host.services.publisher.publish(connection, call_id, "on_memo_saved", {"origin": "phone"})
    return call_ids


def descriptions(site: ActivitySite) -> list[str]:
    return [task["Description"] for task in site.tasks()]


def test_r29_waiting_memos_are_written_in_two_calls_and_their_deliveries_cost_nothing(site: ActivitySite) -> None:
    call_ids = waiting_memos(site)
    before = site.host.org.used()
    results = [site.tell_memo(call_id) for call_id in call_ids]
    assert site.host.org.used() - before == 2
    assert [result.api_calls for result in results] == [2] + [0] * (CALLS - 1)
    assert all(isinstance(result, Done) for result in results)
    assert descriptions(site) == [f"メモ {number}" for number in range(CALLS)]


def test_b12_a_persons_text_among_them_stays(site: ActivitySite) -> None:
    call_ids = waiting_memos(site)
    theirs = site.tasks()[3]["Id"]
    site.edit(theirs, Description="Von Hand")
    site.tell_memo(call_ids[0])
    text = descriptions(site)[3]
    assert text.startswith("Von Hand\n")
    assert "メモ 3" in text


def test_b12_a_text_written_while_they_are_sent_is_put_back(site: ActivitySite, monkeypatch: pytest.MonkeyPatch) -> None:
    call_ids = waiting_memos(site)
    theirs = site.tasks()[3]["Id"]
    send = many_changed._Change._send

    def edited_meanwhile(*arguments: object) -> None:
        site.edit(theirs, Description="Im letzten Augenblick")
        send(*arguments)

    monkeypatch.setattr(many_changed._Change, "_send", edited_meanwhile)
    site.tell_memo(call_ids[0])
    text = descriptions(site)[3]
    assert text.startswith("Im letzten Augenblick\n")
    assert "メモ 3" in text


def test_r29_a_lost_answer_is_found_out_and_one_that_was_deleted_is_left_to_its_own_delivery(site: ActivitySite) -> None:
    call_ids = waiting_memos(site)
    site.delete(site.tasks()[5]["Id"])
    site.fault("drop-after", path="composite$", times=1, after=1)
    with pytest.raises(RetryLater):
        site.tell_memo(call_ids[0])
    results = [site.until_done(site.tell_memo, call_id) for call_id in call_ids]
    assert descriptions(site) == [f"メモ {number}" for number in range(CALLS) if number != 5]
    assert "deleted" in results[5].reason


def test_r29_one_that_salesforce_refuses_stops_no_other(site: ActivitySite) -> None:
    call_ids = waiting_memos(site)
    rule = {"object": "Task", "condition": 'CONTAINS(Description, "メモ 4")', "message": "nein", "field": "Description"}
    site.host.org.control("automation", {"validation_rules": [rule]})
    site.tell_memo(call_ids[0])
    assert descriptions(site) == [f"メモ {number}" if number != 4 else None for number in range(CALLS)]
    site.host.org.control("automation", {"validation_rules": []})
    site.tell_memo(call_ids[4])
    assert descriptions(site)[4] == "メモ 4"


def test_b12_where_a_rule_does_not_let_a_text_be_put_back_the_others_are_written_all_the_same(
    site: ActivitySite, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_ids = waiting_memos(site)
    theirs = site.tasks()[3]["Id"]
    send = many_changed._Change._send

    def edited_meanwhile(*arguments: object) -> None:
        site.edit(theirs, Description="Im letzten Augenblick")
        rule = {
            "object": "Task",
            "condition": 'CONTAINS(Description, "Augenblick")',
            "message": "nein",
            "field": "Description",
        }
        site.host.org.control("automation", {"validation_rules": [rule]})
        send(*arguments)

    monkeypatch.setattr(many_changed._Change, "_send", edited_meanwhile)
    assert isinstance(site.tell_memo(call_ids[0]), Done)
    before = site.host.org.used()
    assert all(isinstance(site.tell_memo(call_id), Done) for call_id in call_ids)
    assert site.host.org.used() - before <= 1, "only the one that was edited is looked at again"
    assert descriptions(site) == [f"メモ {number}" for number in range(CALLS)]


def test_r26_an_analysis_that_waits_is_not_written_with_them_where_the_auth_method_does_not_declare_it(
    site: ActivitySite,
) -> None:
    site.host.connect("password")
    analysed = site.call("+81311112222")
    site.tell_end(analysed)
    site.analyse(analysed, "要約")
    with site.host.services.database.writing() as connection:
        site.host.services.publisher.publish(connection, analysed, "on_analysis_done")
    call_ids = waiting_memos(site)
    site.tell_memo(call_ids[0])
    assert descriptions(site) == [None, *(f"メモ {number}" for number in range(CALLS))]
