"""R10: the lines of the connection test, as tables: what is missing, what it costs, what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from builders import ACCOUNT, CONTACT, LEAD, ORG, PLAIN_ACCOUNT, PLAIN_CONTACT

from host.plugin_api import Sentence
from plugins.salesforce.domain.access import Organization, access_findings, refused_finding, version_finding
from plugins.salesforce.domain.activity_rights import (
    FIELD_COSTS,
    USER_FIELDS,
    ActivityNeeds,
    FieldRights,
    ObjectRights,
    activity_findings,
    read_rights,
)
from plugins.salesforce.domain.finding import Finding, Group, Level, Right, finding_from_json, finding_to_json
from plugins.salesforce.domain.inspection import (
    Inspection,
    inspection_from_json,
    inspection_to_json,
    lost_findings,
    still_accepted,
)
from plugins.salesforce.domain.object_rights import object_findings
from plugins.salesforce.domain.schema import ObjectSchema, OrgSchema, without

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ALL_OBJECTS = ("Contact", "Account", "Lead")


def org_of(*objects: ObjectSchema) -> OrgSchema:
    return OrgSchema(objects=objects, read_at=NOW)


def gaps(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.missing for finding in findings if finding.missing}


def test_r10_nothing_is_missing_where_everything_is_visible():
    found = object_findings(ORG)
    assert [(line.group, line.level, line.right) for line in found] == [
        (Group(name), Level.GOOD, Right.READ) for name in ALL_OBJECTS
    ]


MISSING_OBJECTS = [
    (org_of(ACCOUNT, LEAD), "Contact.:read"),
    (org_of(CONTACT, LEAD), "Account.:read"),
    (org_of(CONTACT, ACCOUNT), "Lead.:read"),
    (org_of(replace(CONTACT, phones=()), ACCOUNT, LEAD), "Contact.:read"),
]


@pytest.mark.parametrize(("schema", "missing"), MISSING_OBJECTS)
def test_r10_a_missing_object_is_red_and_blocks_no_other(schema: OrgSchema, missing: str):
    found = object_findings(schema)
    assert gaps(found) == {missing}
    red = next(line for line in found if line.missing)
    assert red.level is Level.BAD
    assert red.cost
    assert red.remedy
    assert sum(line.level is Level.GOOD for line in found) == 2


def test_r10_an_object_without_its_date_is_told_apart_from_one_that_may_not_be_read():
    hidden, unusable = (object_findings(org_of(ACCOUNT, LEAD), (), seen)[0] for seen in ((), ("Contact",)))
    assert "may not read" in hidden.text
    assert "LastModifiedDate" in unusable.text


HIDDEN_FIELDS = [f"{found.name}.{phone.name}" for found in (CONTACT, ACCOUNT, LEAD) for phone in found.phones]
HIDDEN_FIELDS += ["Contact.Name", "Contact.AccountId", "Account.Name", "Lead.Name", "Lead.Company"]


@pytest.mark.parametrize("field", HIDDEN_FIELDS)
def test_r10_each_hidden_field_is_an_amber_line_of_its_own(field: str):
    found = object_findings(without(ORG, field))
    assert gaps(found) == {f"{field}:read"}
    amber = next(line for line in found if line.missing)
    assert (amber.level, f"{amber.group}.{amber.field}") == (Level.WARN, field)
    assert amber.cost
    assert amber.remedy


def test_r10_an_object_that_cannot_be_searched():
    found = object_findings(org_of(replace(CONTACT, searchable=False), ACCOUNT, LEAD))
    assert gaps(found) == {"Contact.:search"}


def test_r3_a_field_that_should_not_count_is_not_missed():
    assert gaps(object_findings(without(ORG, "Contact.Fax"), ["Contact.Fax"])) == set()


def test_an_org_without_person_accounts_misses_no_field_of_theirs():
    assert gaps(object_findings(org_of(PLAIN_CONTACT, PLAIN_ACCOUNT, LEAD))) == set()


TASK = ObjectRights(
    createable=True,
    updateable=True,
    fields={name: FieldRights(createable=True, updateable=name != "TaskSubtype") for name in FIELD_COSTS},
)
USER = ObjectRights(
    createable=False,
    updateable=False,
    fields=dict.fromkeys(USER_FIELDS, FieldRights(createable=False, updateable=False)),
)
BOTH = ActivityNeeds(logging=True, assignees=True)


def test_r10_tasks_and_users_are_good_where_nothing_is_missing():
    for needs in (ActivityNeeds(), BOTH):
        assert [line.level for line in activity_findings(TASK, USER, needs)] == [Level.GOOD, Level.GOOD]


TASK_GAPS: list[tuple[ObjectRights | None, Level, str]] = [
    (None, Level.BAD, "Task.:read"),
    (replace(TASK, createable=False), Level.BAD, "Task.:create"),
    (replace(TASK, updateable=False), Level.BAD, "Task.:edit"),
]
for _name in FIELD_COSTS:
    _right = "create" if _name == "TaskSubtype" else "edit"
    _others = {name: rights for name, rights in TASK.fields.items() if name != _name}
    _fixed = {**TASK.fields, _name: FieldRights(createable=False, updateable=False)}
    TASK_GAPS.append((replace(TASK, fields=_others), Level.WARN, f"Task.{_name}:{_right}"))
    TASK_GAPS.append((replace(TASK, fields=_fixed), Level.WARN, f"Task.{_name}:{_right}"))


@pytest.mark.parametrize(("task", "level", "missing"), TASK_GAPS)
def test_r10_what_activity_logging_lacks(task: ObjectRights | None, level: Level, missing: str):
    found = activity_findings(task, USER, BOTH)
    assert gaps(found) == {missing}
    assert next(line for line in found if line.missing).level is level
    silent = activity_findings(task, USER, ActivityNeeds())
    assert gaps(silent) == set(), "nobody is troubled by what is not set up"
    assert [line.level for line in silent] == [Level.NOTE, Level.GOOD]


@pytest.mark.parametrize("field", ["", *USER_FIELDS])
def test_r10_what_the_assignment_lacks(field: str):
    fields = {name: rights for name, rights in USER.fields.items() if name != field}
    user = replace(USER, fields=fields) if field else None
    assert gaps(activity_findings(TASK, user, BOTH)) == {f"User.{field}:read"}
    assert gaps(activity_findings(TASK, user, replace(BOTH, assignees=False))) == set()


def test_r10_only_the_task_fields_that_are_used_are_needed():
    fields = {**TASK.fields, "Own__c": FieldRights(createable=True, updateable=False)}
    needs = ActivityNeeds(logging=True, task_fields=("Subject", "Own__c"))
    assert gaps(activity_findings(replace(TASK, fields=fields), USER, needs)) == {"Task.Own__c:edit"}


def test_the_rights_are_read_from_a_describe():
    described = {"createable": True, "fields": [{"name": "Subject", "createable": True}, "no field"]}
    assert read_rights(described) == ObjectRights(
        createable=True, updateable=False, fields={"Subject": FieldRights(createable=True, updateable=False)}
    )


SINCE_SUMMER_25 = tuple(f"{number}.0" for number in range(31, 69))


@pytest.mark.parametrize(
    ("version", "offered", "level"),
    [
        ("51.0", ("51.0", "52.0", "59.0"), Level.GOOD),
        ("51.0", ("51.0", "60.0"), Level.WARN),
        ("60.0", ("51.0", "60.0"), Level.GOOD),
        ("51.0", SINCE_SUMMER_25, Level.NOTE),
        ("41.0", SINCE_SUMMER_25, Level.NOTE),
        ("40.0", SINCE_SUMMER_25, Level.WARN),
        ("59.0", SINCE_SUMMER_25, Level.NOTE),
        ("60.0", SINCE_SUMMER_25, Level.GOOD),
        ("51.0", tuple(reversed(SINCE_SUMMER_25)), Level.NOTE),
        ("40.0", tuple(reversed(SINCE_SUMMER_25)), Level.WARN),
        ("51.0", ("52.0",), Level.BAD),
        ("51.0", (), Level.BAD),
        ("99.0", ("98.0", "99.0", "100.0"), Level.GOOD),
    ],
)
def test_r7_the_version_against_the_guaranteed_and_the_oldest_ones(version: str, offered: tuple[str, ...], level: Level):
    found = version_finding(version, offered)
    assert found.level is level
    assert not found.missing, "a version is no right"
    assert bool(found.cost and found.remedy) is found.needs_attention
    if level is not Level.BAD:
        assert max(offered, key=float) in found.text


ORGANIZATION = Organization(name="Acme", edition="Developer Edition", is_sandbox=False)


def level_with(words: str, **values: Any) -> Level:
    facts: dict[str, Any] = {"organization": ORGANIZATION, "calls": (100, 1000), "now": NOW, **values}
    return next(line.level for line in access_findings(**facts) if words in line.text)


@pytest.mark.parametrize(
    ("calls", "words", "level"),
    [
        ((0, 1000), "1,000 of 1,000", Level.GOOD),
        ((800, 1000), "200 of 1,000", Level.GOOD),
        ((801, 1000), "199 of 1,000", Level.WARN),
        ((999, 1000), "1 of 1,000", Level.WARN),
        ((1000, 1000), "0 of 1,000", Level.BAD),
        ((1005, 1000), "0 of 1,000", Level.BAD),
        (None, "did not say", Level.NOTE),
        ((0, 0), "did not say", Level.NOTE),
    ],
)
def test_b4_the_calls_that_are_left(calls: tuple[int, int] | None, words: str, level: Level):
    assert level_with(words, calls=calls) is level


@pytest.mark.parametrize(
    ("organization", "words", "level"),
    [
        (ORGANIZATION, "Developer Edition, production org", Level.GOOD),
        (replace(ORGANIZATION, is_sandbox=True), "Developer Edition, sandbox", Level.GOOD),
        (None, "cannot be read", Level.NOTE),
        (replace(ORGANIZATION, trial_ends=NOW + timedelta(days=30)), "ends on 2026-12-22", Level.WARN),
        (replace(ORGANIZATION, trial_ends=NOW + timedelta(days=31)), "ends on 2026-12-23", Level.NOTE),
    ],
)
def test_r9_the_edition_and_the_end_of_a_trial(organization: Organization | None, words: str, level: Level):
    assert level_with(words, organization=organization) is level


def run_of(*findings: Finding, failed: bool = False) -> Inspection:
    return Inspection(at=NOW, by="admin@example.com", api_calls=1, findings=findings, failed=failed)


def test_b10_what_was_missing_from_the_first_is_not_lost():
    inspection = run_of(*object_findings(without(without(ORG, "Contact.Fax"), "Lead")))
    assert {one.missing for one in lost_findings(inspection, frozenset({"Contact.Fax:read"}))} == {"Lead.:read"}


ACCEPTED = frozenset({"Contact.Fax:read"})


@pytest.mark.parametrize(
    ("schema", "accepted"),
    [
        (without(ORG, "Contact.Fax"), ACCEPTED),
        (without(ORG, "Contact"), ACCEPTED),
        (ORG, frozenset()),
        (without(ORG, "Lead"), frozenset()),
    ],
    ids=["still missing", "its object is hidden now", "given back", "another is missing"],
)
def test_b10_an_accepted_gap_is_forgotten_when_it_is_seen_closed(schema: OrgSchema, accepted: frozenset[str]):
    assert still_accepted(run_of(*object_findings(schema)), ACCEPTED) == accepted


def test_b10_newer_findings_about_some_objects_replace_theirs_only():
    whole = run_of(refused_finding("x"), *object_findings(ORG), *activity_findings(TASK, USER, BOTH))
    newer = whole.with_groups(object_findings(without(ORG, "Lead")))
    assert [line.group for line in newer.findings] == [line.group for line in whole.findings]
    assert newer.missing == whole.missing | {"Lead.:read"}


def test_a_test_is_kept_with_its_sentences():
    whole = run_of(version_finding("51.0", ("50.0",)), *object_findings(without(ORG, "Lead.Fax")), failed=True)
    again = inspection_from_json(inspection_to_json(whole))
    assert again == whole
    text = again.findings[0].text
    assert isinstance(text, Sentence)
    assert text.values == {"version": "51.0", "offered": ("50.0",)}
    nested = Finding(level=Level.NOTE, group=Group.LOGIN, text=Sentence("%(a)s", a=Sentence("x %(n)s", n=[1, "b"])))
    kept = finding_from_json(finding_to_json(nested)).text
    assert (kept, kept.values["a"].values) == ("x 1, b", {"n": (1, "b")})
