"""R24: which fields are offered for what, the value each receives, and what is said of those that cannot take it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.salesforce.domain.activity import problems as said
from plugins.salesforce.domain.activity.mapped import mapped_value
from plugins.salesforce.domain.activity.problems import problems_of, slips_of
from plugins.salesforce.domain.activity.settings import ActivitySettings
from plugins.salesforce.domain.activity.source import OURS, TITLES, Source, fits, offered_fields
from plugins.salesforce.domain.activity.task import desired_task
from plugins.salesforce.domain.activity.task_schema import PicklistValue, read_task, task_from_json, task_to_json
from tests.unit.plugins.salesforce.activity.activity_builders import (
    HERE,
    TOKYO,
    analysis,
    call,
    described,
    facts,
    field,
    memo,
    org,
    unanswered,
)

TEXTS = {"string", "textarea", "combobox"}
TIMES = {"datetime", "date"}
CHOICES = {"picklist", "multipicklist"}
TYPES = ("string", "textarea", "url", "picklist", "multipicklist", "int", "double", "datetime", "date", "boolean", "email",
         "phone", "reference", "currency", "percent", "time", "combobox", "encryptedstring")  # fmt: skip
FULL = facts(memo=memo("Call back", "Order", "Urgent", "Other"), analysis=analysis("In short", "All\nwas said"))


@pytest.mark.parametrize(
    ("source", "types"),
    [
        (Source.DIAL_STARTED_AT, TEXTS | TIMES),
        (Source.TALK_STARTED_AT, TEXTS | TIMES),
        (Source.ENDED_AT, TEXTS | TIMES),
        (Source.MEMO, TEXTS),
        (Source.MEMO_ITEMS, TEXTS | CHOICES),
        (Source.CALL_TYPE, TEXTS | CHOICES),
        (Source.TALK_SECONDS, TEXTS | {"int", "double"}),
        (Source.CALL_URL, TEXTS | {"url"}),
        (Source.TRANSCRIPT, TEXTS),
        (Source.SUMMARY, TEXTS),
    ],
)
def test_r24_the_types_that_fit(source, types):
    assert {kind for kind in TYPES if fits(source, field("F__c", kind))} == types
    assert not fits(source, field("F__c", "textarea", rich=True)), "Salesforce would rewrite HTML"


def test_every_source_is_told_of():
    assert set(TITLES) == set(Source)


def test_r24_offered_are_writable_fields_that_are_not_ours():
    given_org = org(
        field("B__c", "string"), field("a__c", "string"), field("Fixed__c", "string", updateable=False),
        field("Once__c", "string", createable=False), field("Number__c", "double"),
    )  # fmt: skip
    assert [one.name for one in offered_fields(given_org, Source.MEMO)] == ["a__c", "B__c"]
    assert not OURS & {one.name for source in Source for one in offered_fields(given_org, source)}
    assert "ReminderDateTime" not in {one.name for one in offered_fields(given_org, Source.ENDED_AT)}


def restricted(kind: str, *values: str) -> Any:
    return field("F__c", kind, *values, restricted=True)


@pytest.mark.parametrize(
    ("source", "target", "value"),
    [
        (Source.DIAL_STARTED_AT, field("F__c", "datetime"), "2026-11-22T15:30:00.000+0000"),
        (Source.DIAL_STARTED_AT, field("F__c", "date"), "2026-11-23"),
        (Source.TALK_STARTED_AT, field("F__c", "string"), "2026-11-23 00:30:05"),
        (Source.TALK_SECONDS, field("F__c", "int", digits=8), 60),
        (Source.TALK_SECONDS, field("F__c", "double"), 60),
        (Source.TALK_SECONDS, field("F__c", "double", digits=1), None),
        (Source.TALK_SECONDS, field("F__c", "string"), "60"),
        (Source.CALL_URL, field("F__c", "url"), "https://pbx.example/calls/1"),
        (Source.CALL_URL, field("F__c", "url", length=20), None),
        (Source.MEMO, field("F__c", "string"), "Order / Urgent / Other Call back"),
        (Source.MEMO, field("F__c", "textarea"), "Order / Urgent / Other\nCall back"),
        (Source.MEMO, field("F__c", "string", length=12), "Order /"),
        (Source.TRANSCRIPT, field("F__c", "textarea"), "All\nwas said"),
        (Source.SUMMARY, field("F__c", "string"), "In short"),
        (Source.MEMO_ITEMS, field("F__c", "string"), "Order / Urgent / Other"),
        (Source.MEMO_ITEMS, restricted("picklist", "Other", "urgent"), "urgent"),
        (Source.MEMO_ITEMS, restricted("picklist", "Nothing"), None),
        (Source.MEMO_ITEMS, restricted("multipicklist", "Other", "Order", "Nothing"), "Other;Order"),
        (Source.MEMO_ITEMS, restricted("multipicklist", "Nothing"), None),
        (Source.MEMO_ITEMS, field("F__c", "multipicklist", "Urgent"), "Urgent;Order;Other"),
        (Source.CALL_TYPE, field("F__c", "string"), "Inbound call"),
        (Source.CALL_TYPE, restricted("picklist", "Outbound", "Inbound"), "Inbound"),
        (Source.CALL_TYPE, restricted("picklist", "発信", "着信"), "着信"),
        (Source.CALL_TYPE, restricted("picklist", "In", "Out"), None),
        (Source.CALL_TYPE, field("F__c", "picklist", "Something"), "Inbound call"),
    ],
)
def test_r24_the_value_a_field_receives(source, target, value):
    assert mapped_value(source, target, FULL, HERE) == value


def test_r24_a_value_is_found_by_its_label_too():
    labelled = replace(restricted("picklist"), values=(PicklistValue(value="IN_1", label="着信"),))
    assert mapped_value(Source.CALL_TYPE, labelled, FULL, HERE) == "IN_1"


@pytest.mark.parametrize(
    ("values", "value"),
    [
        (("Inbound", "Missed"), "Missed"),
        (("着信", "不在着信"), "不在着信"),
        (("Inbound", "Outbound"), "Inbound"),
        (("着信",), "着信"),
    ],
)
def test_r24_a_missed_call_is_inbound_where_the_list_knows_no_better(values, value):
    assert mapped_value(Source.CALL_TYPE, restricted("picklist", *values), facts(call=unanswered()), HERE) == value


def test_r24_what_is_not_there_is_empty():
    nothing = facts(call=call(answered_at=None, ended_at=None, talk_seconds=None, outcome=None, url=""))
    for source in set(Source) - {Source.DIAL_STARTED_AT, Source.CALL_TYPE}:
        for kind in ("string", "datetime", "int", "url", "multipicklist"):
            if fits(source, field("F__c", kind)):
                assert mapped_value(source, field("F__c", kind), nothing, HERE) is None


@given(
    st.lists(st.text(max_size=300), max_size=6), st.text(max_size=600), st.sampled_from(list(Source)), st.sampled_from(TYPES)
)
def test_r24_no_value_is_longer_than_its_field(items, text, source, kind):
    target = field("F__c", kind, length=80)
    if fits(source, target):
        told = facts(memo=memo(text, *items), analysis=analysis(text, text))
        value = mapped_value(source, target, told, HERE)
        for part in str(value).split(";") if kind == "multipicklist" else [str(value)]:
            assert len(part) <= (255 if kind in CHOICES else 80)
        json.dumps(value).encode()


def test_r24_a_mapping_that_cannot_be_kept_stops_no_other_field():
    wanted = ActivitySettings(mapping={"Gone__c": "memo", "Turned__c": "memo", "Good__c": "memo", "Subject": "memo",
                                       "Locked__c": "memo"})  # fmt: skip
    given_org = org(field("Turned__c", "double"), field("Good__c", "string"), field("Locked__c", "string", updateable=False))
    task = desired_task(wanted, FULL, "005A", given_org, TOKYO, "en")
    assert {name for name in task if name.endswith("__c")} == {"Good__c"}
    assert task["Subject"] == "Inbound call +819012345678"
    found = {problem.field: problem.text for problem in problems_of(wanted, given_org)}
    assert found == {
        "Gone__c": said.FIELD_GONE,
        "Turned__c": said.TYPE_CHANGED,
        "Good__c": "Texts of more than 255 characters are cut off here.",
        "Subject": said.FIELD_TAKEN,
        "Locked__c": said.FIELD_FIXED,
    }


@pytest.mark.parametrize(
    ("settings", "place", "text", "refused"),
    [
        (ActivitySettings(subject="{NOPE}"), "subject", "Line 1, column 1: there is no placeholder {NOPE}.", True),
        (ActivitySettings(comment="x\n {memo}"), "comment",
         "Line 2, column 2: there is no placeholder {memo}. Did you mean {MEMO}?", True),
        (ActivitySettings(comment="{MEMO"), "comment", "Line 1, column 1: the closing brace } of {MEMO is missing.", True),
        (ActivitySettings(subject="あ" * 256 + "{MEMO}"), "subject",
         "Without the placeholders it already has 256 characters; Salesforce takes 255. The rest is cut off.", False),
        (ActivitySettings(comment="x" * 32_001), "comment",
         "Without the placeholders it already has 32001 characters; Salesforce takes 32000. The rest is cut off.", False),
        (ActivitySettings(status="Gone"), "status",
         "The org has no status “Gone” any more. Tasks get the status for what is completed instead.", False),
        (ActivitySettings(mapping={"Kind__c": "call_type"}), "mapping",
         "The field has no value for: Outbound call. It stays empty for these.", False),
    ],
)  # fmt: skip
def test_r25_what_is_wrong_is_said_at_its_place(settings, place, text, refused):
    (problem,) = problems_of(settings, org(field("Kind__c", "picklist", "Inbound", restricted=True)))
    assert (problem.place, str(problem.text), problem.refused) == (place, text, refused)


def test_nothing_is_wrong_with_the_settings_as_they_come():
    assert problems_of(ActivitySettings(), org()) == slips_of(ActivitySettings()) == ()


def test_the_schema_is_read_from_describe_and_kept_whole():
    schema = read_task(described("CallObject"), ("Completed",))
    assert "CallObject" not in schema.fields
    assert schema.fields["CallType"].restricted
    assert schema.limit("Subject", 1_000) == 255
    assert schema.limit("Description", 32_000) == schema.limit("Missing", 32_000) == 32_000
    assert schema.fields["CallDurationInSeconds"].digits == 8
    assert schema.writable("TaskSubtype", creating_only=True)
    assert not schema.writable("TaskSubtype")
    assert task_from_json(json.loads(json.dumps(task_to_json(schema)))) == schema


def test_values_that_are_switched_off_and_fields_that_are_hidden_are_not_there():
    reply = {"fields": [
        {"name": "A__c", "type": "picklist", "length": 255, "createable": True, "updateable": True, "picklistValues": [
            {"value": "on", "label": "On", "active": True}, {"value": "off", "label": "Off", "active": False}]},
        {"name": "B__c", "type": "string", "deprecatedAndHidden": True},
        {"name": "C__c", "type": "double", "precision": 18, "scale": 2, "htmlFormatted": None},
    ]}  # fmt: skip
    schema = read_task(reply)
    assert [known.value for known in schema.fields["A__c"].values] == ["on"]
    assert set(schema.fields) == {"A__c", "C__c"}
    assert (schema.fields["C__c"].digits, schema.fields["C__c"].label) == (16, "C__c")
