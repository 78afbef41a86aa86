"""What an Event needs to say about its time, and what follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.org import Org
from salesforce_sandbox.records.write import create_record, stored_record, update_record

START, END = "2026-03-01T01:00:00.000+0000", "2026-03-01T01:30:00.000+0000"


def create(org: Org, **fields: Any) -> str:
    return create_record(org, org.view(next(iter(org.users))), org.catalog["Event"], {"Subject": "Visit", **fields})


def change(org: Org, event: str, **fields: Any) -> None:
    update_record(org, org.view(next(iter(org.users))), org.catalog["Event"], event, fields)


def times(org: Org, event: str) -> tuple[Any, ...]:
    record = stored_record(org, "Event", event)
    assert record is not None
    assert record["ActivityDateTime"] == record["StartDateTime"]
    return record["StartDateTime"], record["EndDateTime"], record["DurationInMinutes"], record["ActivityDate"]


@pytest.mark.parametrize(
    ("fields", "code", "named"),
    [
        ({}, "REQUIRED_FIELD_MISSING", ["DurationInMinutes", "ActivityDateTime"]),
        ({"StartDateTime": START}, "REQUIRED_FIELD_MISSING", ["DurationInMinutes"]),
        ({"DurationInMinutes": 30}, "REQUIRED_FIELD_MISSING", ["ActivityDateTime"]),
        ({"StartDateTime": END, "EndDateTime": START}, "FIELD_INTEGRITY_EXCEPTION", ["DurationInMinutes"]),
        ({"StartDateTime": START, "DurationInMinutes": -1}, "FIELD_INTEGRITY_EXCEPTION", ["DurationInMinutes"]),
        (
            {"StartDateTime": START, "EndDateTime": END, "DurationInMinutes": 31},
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            ["EndDateTime"],
        ),
    ],
)
def test_an_event_without_its_time_is_refused(org: Org, fields: dict[str, Any], code: str, named: list[str]) -> None:
    with pytest.raises(SalesforceError) as refused:
        create(org, **fields)
    assert (refused.value.code, refused.value.fields) == (code, named)


@pytest.mark.parametrize(
    "fields",
    [
        {"StartDateTime": START, "EndDateTime": END},
        {"ActivityDateTime": START, "DurationInMinutes": 30},
        {"StartDateTime": "2026-03-01T10:00:00+09:00", "EndDateTime": END, "DurationInMinutes": 30},
    ],
)
def test_the_other_times_follow(org: Org, fields: dict[str, Any]) -> None:
    assert times(org, create(org, **fields)) == (START, END, 30, "2026-03-01")


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_an_event_is_of_this_age(org: Org, start: str) -> None:
    with pytest.raises(SalesforceError, match="NUMBER_OUTSIDE_VALID_RANGE"):
        create(org, StartDateTime=start, DurationInMinutes=99_999_999)


def test_a_whole_day_begins_with_its_date(org: Org) -> None:
    event = create(org, IsAllDayEvent=True, ActivityDate="2026-03-01", DurationInMinutes=1440)
    assert times(org, event) == ("2026-03-01T00:00:00.000+0000", "2026-03-02T00:00:00.000+0000", 1440, "2026-03-01")


def test_a_change_keeps_the_duration_unless_the_end_is_given(org: Org) -> None:
    event = create(org, StartDateTime=START, EndDateTime=END)
    change(org, event, StartDateTime="2026-03-02T01:00:00Z")
    assert times(org, event)[1:3] == ("2026-03-02T01:30:00.000+0000", 30)
    change(org, event, EndDateTime="2026-03-02T02:00:00Z")
    assert times(org, event)[1:3] == ("2026-03-02T02:00:00.000+0000", 60)
    change(org, event, Subject="Other")
    with pytest.raises(SalesforceError, match="REQUIRED_FIELD_MISSING"):
        change(org, event, StartDateTime=None)
