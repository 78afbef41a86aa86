"""R24-R29: which calls have a Task, what it looks like, what it hangs on and whose it is."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from host.plugin_api import CallOutcome, Direction, RecordRef
from plugins.salesforce.domain.activity import task as rules
from plugins.salesforce.domain.activity.assignee import owner_of
from plugins.salesforce.domain.activity.call_kind import CallKind, kind_of
from plugins.salesforce.domain.activity.facts import TaskTarget, target_of
from plugins.salesforce.domain.activity.settings import ActivitySettings, Moment, activity_from
from plugins.salesforce.domain.activity.task import desired_task, is_forwarding, is_logged, why_not_logged
from plugins.salesforce.domain.activity_rights import FIELD_COSTS
from tests.unit.plugins.salesforce.activity.activity_builders import (
    NEW_YORK,
    START,
    TOKYO,
    agent,
    analysis,
    call,
    facts,
    field,
    memo,
    org,
    unanswered,
)

CONNECTED, ALICE, BOB = "005C", "005A", "005B"
RINGING = {"ended_at": None, "outcome": None, "answered_at": None, "talk_seconds": None}
TALKING = {"ended_at": None, "outcome": None, "talk_seconds": None}
ON = ActivitySettings(enabled=True)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (call(), CallKind.INBOUND),
        (call(outcome=CallOutcome.UNKNOWN), CallKind.INBOUND),
        (call(outcome=CallOutcome.ANSWERED, answered_at=None), CallKind.INBOUND),
        (call(**RINGING), CallKind.INBOUND),
        *[(unanswered(outcome), CallKind.MISSED) for outcome in (
            CallOutcome.NO_ANSWER, CallOutcome.BUSY, CallOutcome.CANCELED, CallOutcome.REJECTED, CallOutcome.FAILED,
            CallOutcome.AGENT_NO_ANSWER, CallOutcome.UNKNOWN, None)],
        (unanswered(CallOutcome.SYSTEM_ONLY), CallKind.VOICEMAIL),
        (unanswered(CallOutcome.BUSY, direction=Direction.OUTBOUND), CallKind.OUTBOUND),
        (call(direction=Direction.OUTBOUND), CallKind.OUTBOUND),
        (unanswered(direction=Direction.INTERNAL), CallKind.INTERNAL),
    ],
)  # fmt: skip
def test_r24_the_kind_of_a_call(given, kind):
    assert kind_of(given) is kind


@pytest.mark.parametrize(
    ("settings", "given", "reason"),
    [
        (ActivitySettings(), call(), rules.SWITCHED_OFF),
        (ON, call(), ""),
        (ON, call(**TALKING), rules.NOT_OVER),
        (ActivitySettings(enabled=True, moment=Moment.AFTER_START), call(**TALKING), ""),
        (ActivitySettings(enabled=True, moment=Moment.AFTER_START), call(**RINGING), ""),
        (ON, call(direction=Direction.INTERNAL), rules.KIND_NOT_LOGGED),
        (ActivitySettings(enabled=True, call_types=frozenset(CallKind)), call(direction=Direction.INTERNAL), ""),
        (ActivitySettings(enabled=True, call_types=frozenset({CallKind.INBOUND})), unanswered(), rules.KIND_NOT_LOGGED),
        (ActivitySettings(enabled=True, moment=Moment.AFTER_START, call_types=frozenset({CallKind.INBOUND})),
         call(**RINGING), rules.KIND_NOT_CERTAIN),
        (ActivitySettings(enabled=True, moment=Moment.AFTER_START, call_types=frozenset({CallKind.INBOUND})),
         call(**TALKING), ""),
        (ActivitySettings(enabled=True, moment=Moment.AFTER_START, call_types=frozenset({CallKind.OUTBOUND})),
         call(**RINGING), rules.KIND_NOT_LOGGED),
        (ON, call(direction=Direction.OUTBOUND, agents=()), rules.FORWARDED),
    ],
)  # fmt: skip
def test_r24_which_calls_have_a_task(settings, given, reason):
    assert why_not_logged(settings, given) == reason
    assert is_logged(settings, given) is (reason == "")


def test_r28_a_forwarding_leg_is_an_outbound_call_nobody_here_made():
    assert is_forwarding(call(direction=Direction.OUTBOUND, agents=()))
    assert not is_forwarding(call(direction=Direction.OUTBOUND))
    assert not is_forwarding(call(agents=())), "an inbound call that a mobile answered"
    assert not is_forwarding(
        call(direction=Direction.OUTBOUND, agents=(), clicked_record=RecordRef(object="Lead", id="00Q"))
    )


@pytest.mark.parametrize(
    ("given", "owner"),
    [
        pytest.param(call(), ALICE, id="who answered"),
        pytest.param(call(agents=(agent(user=1), agent("104", user=2, answered=30))), BOB, id="transferred"),
        pytest.param(call(agents=(agent("104", user=2, answered=30), agent(user=1))), BOB, id="in whatever order"),
        pytest.param(call(agents=(agent(user=1), agent("104", user=2, answered=None))), ALICE, id="transfer not taken"),
        pytest.param(call(agents=(agent(user=3),)), ALICE, id="two people share one user"),
        pytest.param(call(agents=(agent(user=4),)), CONNECTED, id="not active in Salesforce"),
        pytest.param(call(agents=(agent(user=9),)), CONNECTED, id="nobody assigned"),
        pytest.param(call(agents=(agent(user=None),)), CONNECTED, id="a telephone of nobody's"),
        pytest.param(call(agents=(agent(user=1), agent("104", user=None, answered=30))), CONNECTED, id="transferred to it"),
        pytest.param(call(agents=()), CONNECTED, id="nobody of the site"),
        pytest.param(unanswered(), CONNECTED, id="missed"),
        pytest.param(unanswered(CallOutcome.SYSTEM_ONLY), CONNECTED, id="voicemail"),
        pytest.param(unanswered(direction=Direction.OUTBOUND), ALICE, id="who dialled in vain"),
    ],
)
def test_r28_whose_task_it_is(given, owner):
    assignments = {1: ALICE, 2: BOB, 3: ALICE, 4: "005X"}
    assert owner_of(given, assignments, {"005X"}, CONNECTED) == owner


@pytest.mark.parametrize(
    ("record", "person", "target"),
    [
        (RecordRef(object="Contact", id="003A"), None, TaskTarget(who_id="003A")),
        (RecordRef(object="Lead", id="00QA"), None, TaskTarget(who_id="00QA")),
        (RecordRef(object="Account", id="001A"), None, TaskTarget(what_id="001A")),
        (RecordRef(object="Account", id="001A"), "003P", TaskTarget(who_id="003P")),
    ],
)
def test_r27_what_a_task_hangs_on(record, person, target):
    assert target_of(record, person) == target


def test_r24_the_whole_task():
    given = facts(
        memo=memo("Call back", "Order"), analysis=analysis("In short", "All"), match=TaskTarget(who_id="003A"),
        company="Acme", person="Taro",
    )  # fmt: skip
    wanted = ActivitySettings(
        enabled=True, subject="{CALL_TYPE}: {PERSON}", comment="{MEMO}\n{SPEECH_RECOGNITION_SUMMARY}",
        mapping={"Ended__c": "ended_at", "Gone__c": "memo"},
    )  # fmt: skip
    assert desired_task(wanted, given, ALICE, org(field("Ended__c", "datetime")), TOKYO, "en") == {
        "Subject": "Inbound call: Taro",
        "Description": "Order\nCall back\nIn short",
        "Status": "Completed",
        "WhoId": "003A",
        "WhatId": None,
        "OwnerId": ALICE,
        "CallObject": "0190aaaa-0000-7000-8000-000000000001",
        "CallType": "Inbound",
        "CallDurationInSeconds": 60,
        "CallDisposition": "Answered",
        "ActivityDate": "2026-11-23",
        "TaskSubtype": "Call",
        "Ended__c": "2026-11-22T15:31:05.000+0000",
    }


@pytest.mark.parametrize(
    ("given", "values"),
    [
        (unanswered(), {"CallType": "Inbound", "CallDisposition": "No answer", "CallDurationInSeconds": 0}),
        (unanswered(CallOutcome.SYSTEM_ONLY), {"CallType": "Inbound", "Subject": "Voicemail +819012345678"}),
        (call(direction=Direction.OUTBOUND), {"CallType": "Outbound", "Subject": "Outbound call +819012345678"}),
        (
            call(direction=Direction.INTERNAL, number=None, raw_number=""),
            {"CallType": "Internal", "Subject": "Internal call"},
        ),
        (call(**TALKING), {"CallDisposition": None, "CallDurationInSeconds": None}),
        (call(talk_seconds=-0.2), {"CallDurationInSeconds": 0}),
        (call(number=None, raw_number="", withheld=True), {"Subject": "Inbound call", "WhoId": None, "WhatId": None}),
    ],
)
def test_r24_what_follows_from_the_call(given, values):
    task = desired_task(ON, facts(call=given), CONNECTED, org(), TOKYO, "en")
    assert values.items() <= task.items()


def test_r24_in_the_sites_zone_and_language():
    assert desired_task(ON, facts(), CONNECTED, org(), NEW_YORK, "en")["ActivityDate"] == "2026-11-22"
    task = desired_task(ON, facts(person="山田 太郎"), CONNECTED, org(), TOKYO, "ja")
    assert (task["Subject"], task["CallDisposition"]) == ("着信 山田 太郎 +819012345678", "通話")


@pytest.mark.parametrize(
    ("chosen", "values", "closed", "status"),
    [
        ("In Progress", None, (), "In Progress"),
        ("", None, (), "Completed"),
        ("Gone", None, (), "Completed"),
        ("", ("未着手", "完了"), (), "完了"),
        ("", ("Open", "Erledigt"), ("Erledigt",), "Erledigt"),
        ("", ("Open", "Completed", "Filed"), ("Filed",), "Filed"),
    ],
)
def test_r24_a_status_the_org_has(chosen, values, closed, status):
    given = org(*([field("Status", "picklist", *values)] if values else []), closed=closed)
    assert desired_task(ActivitySettings(status=chosen), facts(), ALICE, given, TOKYO, "en")["Status"] == status


def test_r24_an_org_whose_done_status_nobody_knows_gives_its_own():
    given = org(field("Status", "picklist", "Offen", "Erledigt"))
    assert "Status" not in desired_task(ON, facts(), ALICE, given, TOKYO, "en")


def test_r10_what_the_user_may_not_write_is_left_out():
    fixed = field("OwnerId", "reference", updateable=False)
    task = desired_task(ON, facts(), ALICE, org(fixed, gone=("CallObject", "Description", "TaskSubtype")), TOKYO, "en")
    assert set(task) == set(FIELD_COSTS) - {"OwnerId", "CallObject", "Description", "TaskSubtype"}
    assert desired_task(ON, facts(), ALICE, org(field("OwnerId", "reference", createable=False)), TOKYO, "en").keys() == (
        set(FIELD_COSTS) - {"OwnerId"}
    ), "and every field written is one whose right is tested"


def test_r29_the_task_depends_on_the_facts_alone():
    given = facts(memo=memo("m"), analysis=analysis("s", "t"))
    one = desired_task(ON, given, ALICE, org(), TOKYO, "en")
    assert desired_task(ON, given, ALICE, org(), TOKYO, "en") == one
    assert json.loads(json.dumps(one)) == one


def test_r24_a_comment_over_the_length_ends_with_the_link():
    given = facts(analysis=analysis("", "これは文です。" * 10_000))
    wanted = ActivitySettings(enabled=True, comment="{SPEECH_RECOGNITION}")
    text = desired_task(wanted, given, ALICE, org(), TOKYO, "ja")["Description"]
    assert len(text) <= 32_000
    assert text.endswith("文です。\n続きはこちら: https://pbx.example/calls/1")


def test_the_settings_are_kept_whole():
    wanted = ActivitySettings(
        enabled=True, moment=Moment.AFTER_START, subject="s", status="Open", comment="c", mapping={"A__c": "memo"},
        call_types=frozenset({CallKind.MISSED}), unmatched=False,
    )  # fmt: skip
    assert activity_from({"activity": json.loads(json.dumps(wanted.to_json()))}) == wanted
    assert activity_from({}) == ActivitySettings()
    assert activity_from({"activity": {"mapping": {"A__c": "memo", "B__c": "of a later version"}, "later": 1}}) == (
        ActivitySettings(mapping={"A__c": "memo"})
    )


def test_r24_a_call_that_was_answered_is_not_missed_any_more():
    answered = call(**{**RINGING, "answered_at": START + timedelta(seconds=1)})
    only_missed = ActivitySettings(enabled=True, moment=Moment.AFTER_START, call_types=frozenset({CallKind.MISSED}))
    assert why_not_logged(only_missed, answered) == rules.KIND_NOT_LOGGED
