"""R20: the nightly bulk fetch as a job, against a running org: window, import, progress, ends in the middle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from host.delivery import match_of
from host.plugin_api import (
    CallEnded,
    ContactEntry,
    Done,
    JobState,
    NeedsReauthorisation,
    RecordRef,
    RetryLater,
    Skipped,
)
from plugins.salesforce import bulk_fetch, bulk_lookup, do_not_sync, registration
from plugins.salesforce.connection import read_connection
from plugins.salesforce.domain.do_not_sync import Excluded
from plugins.salesforce.plugin import plugin
from plugins.salesforce.preferences import FetchSetting, read_preferences
from plugins.salesforce.setting_fetch import set_fetch
from tests.integration.salesforce.bulk_nights import RecordedRun, ended, fetch_now
from tests.integration.salesforce.conftest import ADMIN, NOW, Host

NUMBER = "+81312345678"
MANY = [f"+8190{n:04d}{n * 7919 % 10000:04d}" for n in range(100)]
"""More than one search and one query take."""


@pytest.fixture
def night(host: Host) -> Host:
    """Connected with an empty org, bulk fetch chosen; it is 12:00 in Tokyo."""
    host.org.control("reset", {"seed": "empty"})
    host.connect("password")
    host.context.settings.write({"fetch": "bulk"})
    return host


def lead(host: Host, phone: str = "03-1234-5678", company: str = "Beta KK") -> str:
    return host.org.record("Lead", LastName="鈴木", Company=company, Phone=phone)


def registered(host: Host, number: str, company: str) -> None:
    host.context.contact_book.register(ContactEntry(number=number, company=company, source="manual", updated_at=NOW))


def test_r20_all_numbers_of_the_day_are_looked_up_and_entries_overwritten(night: Host):
    record = lead(night)
    registered(night, NUMBER, "Written by hand")
    registered(night, "+81300009999", "Nobody in Salesforce")
    ended(night, NUMBER, NUMBER, "+81300009999", None)
    used = night.org.used()
    run, result = fetch_now(night)
    assert isinstance(result, Done)
    assert night.entry(NUMBER).company == "Beta KK"
    assert night.entry(NUMBER).record == RecordRef(object="Lead", id=record)
    assert night.entry("+81300009999").company == "Nobody in Salesforce", "a look-up that finds nothing leaves it as it is"
    assert (run.kept["total"], run.kept["found"], run.kept["missed"], run.kept["changed"]) == (2, 1, 1, 1)
    assert result.api_calls == run.told[-1]["api_calls"] == night.org.used() - used == 2
    assert (run.told[0]["done"], run.told[0]["total"], run.told[-1]["done"]) == (0, 2, 2)


def test_r20_an_entry_that_says_the_same_already_is_not_counted_as_changed(night: Host):
    lead(night)
    ended(night, NUMBER)
    fetch_now(night)
    run, _ = fetch_now(night)
    assert (run.kept["found"], run.kept["changed"]) == (1, 0)


def test_b1_each_call_of_the_number_tells_why_that_record(night: Host):
    lead(night)
    known, unknown, again = ended(night, NUMBER, "+81300009999", NUMBER)
    fetch_now(night)
    with night.services.database.reading() as connection:
        kept = {call: match_of(connection, call)[0].match for call in (known, unknown, again)}
    assert {call: match.company for call, match in kept.items()} == {known: "Beta KK", unknown: "", again: "Beta KK"}
    assert all(str(match.steps[0]) and match.tried for match in kept.values())


def window_of(night: Host, due_at: datetime | None = None) -> tuple[str, str]:
    run, _ = fetch_now(night, RecordedRun(due_at or night.clock()))
    return run.kept["window"]["since"], run.kept["window"]["until"]


def test_r20_the_first_run_takes_the_day_of_the_site(night: Host):
    assert window_of(night) == ("2026-11-21T15:00:00+00:00", NOW.isoformat())


def test_r20_calls_between_two_nights_and_of_days_of_downtime_are_not_lost(night: Host):
    lead(night, "0300000001", "Late evening")
    lead(night, "0300000002", "While nothing ran")
    fetch_now(night)
    ended(night, "+81300000001", at=NOW + timedelta(hours=11, minutes=30))
    ended(night, "+81300000002", at=NOW + timedelta(days=3))
    night.clock.advance(days=5)
    assert window_of(night)[0] == (NOW - timedelta(minutes=1)).isoformat()
    assert night.entry("+81300000001").company == "Late evening"
    assert night.entry("+81300000002").company == "While nothing ran"


def test_r20_the_night_has_the_whole_day_also_after_somebody_fetched_at_noon(night: Host):
    ended(night, NUMBER)
    fetch_now(night)
    lead(night)
    night.clock.advance(hours=11)
    fetch_now(night)
    assert night.entry(NUMBER).company == "Beta KK"


def test_r20_no_more_than_31_days_are_caught_up(night: Host):
    fetch_now(night)
    night.clock.advance(days=90)
    assert window_of(night)[0] == (night.clock() - timedelta(days=31)).isoformat()


def test_r20_a_run_that_starts_late_takes_the_day_on_which_it_was_due(night: Host):
    due = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
    assert window_of(night, due)[0] == "2026-11-19T15:00:00+00:00"


def test_r20_nothing_is_done_where_another_setting_is_chosen_or_the_method_does_not_declare_it(night: Host):
    ended(night, NUMBER)
    fetch_now(night)
    used = night.org.used()
    for setting in ("after_each_call", "none"):
        night.context.settings.write({"fetch": setting})
        assert fetch_now(night)[1] == Skipped(reason=bulk_fetch.NOT_CHOSEN)
    info = read_connection(night.context)
    assert info is not None
    night.context.settings.write({"fetch": "bulk", "connection": {**info.to_json(), "method": "oauth"}})
    assert fetch_now(night)[1] == Skipped(reason=bulk_fetch.NOT_CHOSEN)
    night.context.settings.write({"connection": None})
    assert fetch_now(night)[1] == Skipped(reason=registration.NOT_CONNECTED)
    assert night.org.used() == used


def test_r20_whoever_chooses_bulk_again_begins_with_that_day(night: Host):
    fetch_now(night)
    night.context.settings.write({"fetch": "none"})
    fetch_now(night)
    night.clock.advance(days=10)
    night.context.settings.write({"fetch": "bulk"})
    assert window_of(night)[0] == "2026-12-01T15:00:00+00:00"


def test_b11_excluded_numbers_prefixes_and_lines_are_never_asked_for(night: Host):
    for phone in ("0300000001", "05000000002", "0300000003", "0300000004"):
        lead(night, phone, "Found")
    listed = [(Excluded.NUMBER, "+81300000001"), (Excluded.PREFIX, "+8150"), (Excluded.LINE, "+81312340000")]
    do_not_sync.add(
        night.context,
        [do_not_sync.Entry(kind=k, value=v, note="", added_by=ADMIN, added_at=NOW) for k, v in listed],
    )
    ended(night, "+81300000001", "+815000000002")
    ended(night, "+81300000003", "+81300000004", line="03-1234-0000")
    ended(night, "+81300000004", line="03-1234-9999")
    run, _ = fetch_now(night)
    assert run.kept["total"] == 1
    assert night.entry("+81300000004").company == "Found", "it was also called on a line that counts"
    assert all(night.entry(n) is None for n in ("+81300000001", "+815000000002", "+81300000003"))


def hook(night: Host, **changes: Any) -> Any:
    occurred = changes.pop("occurred_at", night.clock())
    call = night.call(NUMBER, **changes)
    return plugin.on_call_end(night.context, CallEnded(fact_id=1, occurred_at=occurred, call=call))


def test_r20_a_call_that_ends_waits_for_the_night_but_a_refetch_does_not(night: Host):
    lead(night)
    assert hook(night, ended_at=NOW) == Skipped(reason=registration.FETCHED_AT_NIGHT)
    assert night.entry(NUMBER) is None
    assert isinstance(plugin.on_call_end(night.context, night.ended(NUMBER, refetch=True)), Done)
    assert night.entry(NUMBER).company == "Beta KK"


def test_r20_a_call_told_of_after_its_window_was_taken_comes_with_the_next(night: Host):
    """The telephone system, or this host, was away when it ended."""
    fetch_now(night)
    lead(night)
    told = NOW + timedelta(days=2)
    ended(night, NUMBER, at=NOW - timedelta(days=1), told=told)
    night.clock.advance(days=2, minutes=5)
    assert isinstance(hook(night, ended_at=NOW - timedelta(days=1), occurred_at=told), Skipped)
    fetch_now(night)
    assert night.entry(NUMBER).company == "Beta KK"


def test_r20_a_call_written_down_while_its_window_was_taken_comes_with_the_next(night: Host):
    fetch_now(night)
    lead(night)
    ended(night, NUMBER, told=NOW - timedelta(seconds=1))
    night.clock.advance(days=1, hours=12)
    fetch_now(night)
    assert night.entry(NUMBER).company == "Beta KK"


def test_r20_a_late_delivery_of_a_call_that_a_night_has_taken_is_not_looked_up(night: Host):
    hook(night)
    fetch_now(night)
    night.clock.advance(days=3)
    assert hook(night, occurred_at=NOW) == Skipped(reason=registration.FETCHED_AT_NIGHT)


def test_r20_a_call_that_waited_since_before_bulk_was_chosen_is_looked_up_at_once(night: Host):
    """The connection was lost for two days; with the new password somebody chose bulk."""
    lead(night)
    yesterday = NOW - timedelta(days=1)
    assert isinstance(hook(night, ended_at=yesterday, occurred_at=yesterday), Done)
    assert night.entry(NUMBER).company == "Beta KK"


def test_r20_calls_between_choosing_bulk_late_in_the_evening_and_midnight_are_taken(night: Host):
    lead(night)
    night.clock.advance(hours=11, minutes=30)  # 23:30 in Tokyo: tonight's run is over
    ended(night, NUMBER)
    assert isinstance(hook(night), Skipped)
    night.clock.advance(hours=23, minutes=30)
    fetch_now(night)
    assert night.entry(NUMBER).company == "Beta KK"


def test_r22_a_click_still_registers_the_record_where_the_method_declares_it(host: Host):
    host.org.control("reset", {"seed": "empty"})
    host.connect("password")
    record = lead(host)
    host.context.settings.write({"fetch": "bulk"})
    info = read_connection(host.context)
    assert info is not None
    host.context.settings.write({"connection": {**info.to_json(), "method": "jwt_bearer"}})
    result = plugin.on_click_to_call(host.context, host.clicked(NUMBER, RecordRef(object="Lead", id=record)))
    assert isinstance(result, Done)


def interrupted(night: Host, steps: int) -> RecordedRun:
    """A run that ends without a word after so many steps, as when its process is killed."""

    class Killed(BaseException):
        pass

    def count(run: RecordedRun) -> None:
        if len(run.told) > steps:
            raise Killed

    run = RecordedRun(night.clock(), on_keep=count)
    with pytest.raises(Killed):
        fetch_now(night, run)
    return RecordedRun(run.due_at, kept=run.kept)


@pytest.mark.parametrize("steps", range(1, 7))
def test_r20_a_run_that_was_killed_goes_on_where_it_was(night: Host, steps: int):
    known = MANY[::3]
    night.org.control(
        "records",
        {"records": [{"object": "Lead", "fields": {"LastName": n, "Company": n, "Phone": n}} for n in known]},
    )
    ended(night, *MANY)
    used = night.org.used()
    again = interrupted(night, steps)
    halfway = night.org.used()
    run, result = fetch_now(night, again)
    assert (run.kept["found"], run.kept["missed"]) == (len(known), len(MANY) - len(known))
    assert {number: night.entry(number).company for number in known} == {number: number for number in known}
    assert halfway - used == steps
    assert result.api_calls == night.org.used() - used == 6, "5 searches, 1 query, none of them twice"


def test_r20_it_stops_between_two_requests_when_told_to(night: Host):
    ended(night, *MANY)

    def stop(run: RecordedRun) -> None:
        run.stops = len(run.told) == 3

    run = RecordedRun(night.clock(), on_keep=stop)
    used = night.org.used()
    assert fetch_now(night, run)[1] is None
    assert night.org.used() - used == 2
    assert fetch_now(night, RecordedRun(NOW, kept=run.kept))[1].api_calls == 7
    assert window_of(night)[1] == NOW.isoformat()


def test_b4_while_the_limit_is_reached_it_waits_and_then_goes_on(night: Host):
    ended(night, *MANY)
    night.org.control("faults", [{"kind": "daily-limit", "times": 1, "after": 2, "match": {"path": "/search"}}])
    run = RecordedRun(night.clock())
    with pytest.raises(RetryLater) as waits:
        fetch_now(night, run)
    assert waits.value.after is not None
    assert waits.value.api_calls == run.kept["api_calls"] == 2
    night.clock.advance(hours=3)
    again = RecordedRun(run.due_at, kept=run.kept)
    assert isinstance(fetch_now(night, again)[1], Done)
    assert again.kept["missed"] == len(MANY)


def test_r32_a_connection_revoked_in_the_middle_parks_it_and_it_goes_on_after_reconnecting(night: Host):
    lead(night)
    ended(night, *MANY, NUMBER)
    known = night.org.login["password"]
    night.org.user(password="Changed-2026")
    night.org.control("faults", [{"kind": "expired-session", "after": 2, "match": {"path": "/search"}}])
    run = RecordedRun(night.clock())
    with pytest.raises(NeedsReauthorisation):
        fetch_now(night, run)
    night.org.control("faults", [])
    night.org.user(password=known)
    night.connect("password")
    again = RecordedRun(run.due_at, kept=run.kept)
    assert isinstance(fetch_now(night, again)[1], Done)
    assert night.entry(NUMBER).company == "Beta KK"
    assert again.kept["missed"] == len(MANY)


def test_r20_what_takes_the_org_too_long_is_asked_in_smaller_portions_next_time(night: Host):
    ended(night, *MANY)
    timeout = [{"message": "Your query request was running for too long.", "errorCode": "QUERY_TIMEOUT"}]
    fault = {"kind": "reply", "status": 400, "body": timeout, "times": 1, "match": {"path": "/search"}}
    night.org.control("faults", [fault])
    run = RecordedRun(night.clock())
    with pytest.raises(RetryLater):
        fetch_now(night, run)
    assert run.kept["most"] == bulk_lookup.FEWEST
    again = RecordedRun(run.due_at, kept=run.kept)
    assert isinstance(fetch_now(night, again)[1], Done)
    assert again.kept["missed"] == len(MANY)


def test_r10_a_field_hidden_since_the_fields_were_read_does_not_end_the_run(night: Host):
    lead(night)
    ended(night, NUMBER)
    night.org.user(fields={"Contact.AssistantPhone": {"read": False}})
    assert isinstance(fetch_now(night)[1], Done)
    assert night.entry(NUMBER).company == "Beta KK"


def test_r20_a_day_without_calls_costs_nothing(night: Host):
    used = night.org.used()
    _, result = fetch_now(night)
    assert result == Done(summary=result.summary, api_calls=0)
    assert night.org.used() == used


def test_r15_r20_whoever_leaves_bulk_for_after_each_call_still_gets_the_names_of_the_day(night: Host):
    lead(night)
    ended(night, NUMBER)
    set_fetch(night.context, FetchSetting.AFTER_EACH_CALL, ADMIN)
    [run] = night.context.jobs.runs("bulk_fetch")
    assert (run.state, run.started_by) == (JobState.WAITING, ADMIN)
    fetch_now(night)
    assert night.entry(NUMBER).company == "Beta KK"
    assert fetch_now(night)[1] == Skipped(reason=bulk_fetch.NOT_CHOSEN), "once, not every night"


def test_r15_r20_a_method_without_bulk_does_the_last_fetch_of_the_one_before(night: Host):
    lead(night)
    ended(night, NUMBER)
    night.connect("oauth")
    assert read_preferences(night.context).fetch is FetchSetting.AFTER_EACH_CALL
    [run] = night.context.jobs.runs("bulk_fetch")
    assert run.state is JobState.WAITING
    fetch_now(night)
    assert night.entry(NUMBER).company == "Beta KK"


def test_r21_whoever_leaves_bulk_for_no_fetch_gets_no_more_names(night: Host):
    lead(night)
    ended(night, NUMBER)
    set_fetch(night.context, FetchSetting.NONE, ADMIN)
    assert night.context.jobs.runs("bulk_fetch") == []
    assert fetch_now(night)[1] == Skipped(reason=bulk_fetch.NOT_CHOSEN)
