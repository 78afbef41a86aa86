"""A call never steps back: the order of its events and their repeats change nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from host.domain.call import EventType, clicked_picture, merge, picture_of, responsible_user, undialled_picture
from host.domain.call_report import CallFacts, CallPicture, CallState, Participant, Party
from host.plugin_api.calls import CallOutcome, Direction
from host.storage.call_rows import columns_of, picture_from

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MOMENTS = st.integers(0, 20).map(lambda seconds: NOON + timedelta(seconds=seconds))
PEOPLE = {"101": 1, "102": 2}

participants = st.builds(
    Participant,
    extension=st.sampled_from(["101", "102", "199"]),
    name=st.sampled_from(["", "Alice"]),
    answered_at=st.none() | MOMENTS,
    left_at=st.none() | MOMENTS,
)
parties = st.builds(
    Party,
    number=st.sampled_from([None, "+819012345678", "+81312340000"]),
    raw_number=st.sampled_from(["09012345678", "101"]),
    withheld=st.booleans(),
)
facts = st.builds(
    CallFacts,
    direction=st.none() | st.sampled_from(Direction),
    party=st.none() | parties,
    external_name=st.sampled_from([None, "山田", "田中"]),
    agents=st.lists(participants, max_size=2).map(tuple),
    outcome=st.none() | st.sampled_from(CallOutcome),
    started_at=st.none() | MOMENTS,
    answered_at=st.none() | MOMENTS,
    ended_at=st.none() | MOMENTS,
    talk_seconds=st.sampled_from([None, 0.0, 2.5]),
    recording_url=st.sampled_from([None, "https://pbx.example/a", "https://pbx.example/b"]),
)
events = st.builds(picture_of, st.sampled_from(EventType), MOMENTS, facts)
given_up = st.builds(undialled_picture, MOMENTS, st.sampled_from(CallOutcome), st.just("Dialling failed."))
clicks = st.builds(clicked_picture, MOMENTS, facts.filter(lambda told: told.started_at is not None))


def stored(told: list[CallPicture]) -> dict[str, object]:
    """The row after these, with a round trip through the database's columns behind each."""
    known = told[0]
    for each in told[1:]:
        known = merge(picture_from(columns_of(known, PEOPLE)), each)  # type: ignore[arg-type]
    return columns_of(known, PEOPLE)


@given(st.lists(events, min_size=1, max_size=5), st.data())
def test_any_order_with_any_repeats_ends_in_the_same_row(told: list[CallPicture], data: st.DataObject) -> None:
    repeated = told + data.draw(st.lists(st.sampled_from(told), max_size=3))
    assert stored(data.draw(st.permutations(repeated))) == stored(told)


@given(clicks, st.lists(events | given_up, min_size=1, max_size=4), st.data())
def test_after_a_click_any_order_ends_in_the_same_row(
    click: CallPicture, told: list[CallPicture], data: st.DataObject
) -> None:
    assert stored([click, *data.draw(st.permutations(told))]) == stored([click, *told])


@given(st.lists(events, min_size=1, max_size=5))
def test_a_call_that_ended_stays_ended(told: list[CallPicture]) -> None:
    ended = any(each.state is CallState.ENDED for each in told)
    assert (stored(told)["state"] == "ended") == ended


def test_the_end_alone_is_complete() -> None:
    told = CallFacts(direction=Direction.INBOUND, started_at=NOON, ended_at=NOON, outcome=CallOutcome.BUSY)
    assert picture_of(EventType.ENDED, NOON, told).facts == told


def test_a_late_ringing_changes_nothing_of_an_ended_call() -> None:
    end = picture_of(EventType.ENDED, NOON, CallFacts(external_name="山田", started_at=NOON, ended_at=NOON))
    ringing = picture_of(EventType.RINGING, NOON + timedelta(hours=1), CallFacts(external_name="?", started_at=NOON))
    assert merge(end, ringing) == end


def test_an_update_adds_the_recording_and_replaces_nothing_else() -> None:
    end = picture_of(EventType.ENDED, NOON, CallFacts(external_name="山田", started_at=NOON, ended_at=NOON))
    later = CallFacts(external_name="?", line="0312340000", recording_url="https://pbx.example/a")
    merged = merge(end, picture_of(EventType.UPDATED, NOON + timedelta(hours=1), later)).facts
    assert (merged.external_name, merged.line) == ("山田", "0312340000")
    assert merged.recording_url == "https://pbx.example/a"


def test_times_that_are_left_out_are_guessed_and_yield_to_any_word() -> None:
    end = picture_of(EventType.ENDED, NOON, CallFacts())
    assert (end.facts.started_at, end.facts.ended_at) == (NOON, NOON)
    told = picture_of(EventType.RINGING, NOON, CallFacts(started_at=NOON - timedelta(seconds=9)))
    assert merge(end, told).facts.started_at == NOON - timedelta(seconds=9)


def test_the_clicked_number_stays_whatever_the_telephone_system_sends() -> None:
    click = clicked_picture(NOON, CallFacts(party=Party(number="+81312345678"), started_at=NOON))
    told = picture_of(EventType.ENDED, NOON, CallFacts(party=Party(raw_number="0-0312345678"), ended_at=NOON))
    merged = merge(click, told)
    assert merged.facts.party == Party(number="+81312345678")
    assert merged.state is CallState.ENDED


def test_r22_the_telephone_system_s_end_leaves_nothing_of_what_the_host_had_assumed() -> None:
    click = clicked_picture(NOON, CallFacts(party=Party(number="+81312345678"), started_at=NOON))
    assumed = merge(click, undialled_picture(NOON, CallOutcome.FAILED, "Dialling failed."))
    assert (assumed.state, assumed.facts.outcome) == (CallState.ENDED, CallOutcome.FAILED)
    told = CallFacts(outcome=CallOutcome.ANSWERED, talk_seconds=2.0)
    facts = merge(assumed, picture_of(EventType.ENDED, NOON + timedelta(minutes=1), told)).facts
    assert (facts.outcome, facts.hangup_by, facts.hangup_text) == (CallOutcome.ANSWERED, None, None)
    assert facts.ended_at == NOON + timedelta(minutes=1)


def test_a_call_belongs_to_who_answered_last_else_to_who_was_rung_first() -> None:
    rung = (Participant(extension="102"), Participant(extension="101"))
    handed_over = (
        Participant(extension="101", answered_at=NOON),
        Participant(extension="102", answered_at=NOON + timedelta(seconds=5)),
    )
    stranger = (Participant(extension="101"), Participant(extension="199", answered_at=NOON))
    assert responsible_user(rung, PEOPLE) == 2
    assert responsible_user(handed_over, PEOPLE) == 2
    assert responsible_user(stranger, PEOPLE) is None
    assert responsible_user((), PEOPLE) is None
