"""B4: who waits when the org's API calls get scarce; which calls are excluded by the list (B11)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.salesforce.budget import RESERVE_WAITS
from plugins.salesforce.domain.budget import (
    FRESH_FOR,
    MOST_RESERVE,
    RESERVES_KEPT,
    TURN,
    Answer,
    Known,
    Waiting,
    judge,
    pause,
    reserve_calls,
    waiting,
)
from plugins.salesforce.domain.do_not_sync import DoNotSync, Excluded, beginnings
from plugins.salesforce.domain.listing import LONGEST_LINE, read_beginning, read_line, read_value
from plugins.salesforce.domain.purpose import PURPOSE_TITLES, Purpose
from plugins.salesforce.domain.usage_chart import HEIGHT, WIDTH, Span, chart

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
BULK, LOOK_UP, ACTIVITY, BY_HAND, TEST = (
    Purpose.BULK,
    Purpose.LOOK_UP,
    Purpose.ACTIVITY,
    Purpose.BY_HAND,
    Purpose.TEST,
)


def told(used: int, minutes_ago: float = 1, ask_in: float | None = None) -> Known:
    ask_at = None if ask_in is None else NOW + timedelta(minutes=ask_in)
    return Known(used=used, total=1000, told_at=NOW - timedelta(minutes=minutes_ago), ask_at=ask_at)


def refused(ask_in: float) -> Known:
    return Known(refused_at=NOW - timedelta(hours=1), refusals=1, ask_at=NOW + timedelta(minutes=ask_in))


@pytest.mark.parametrize(
    ("purpose", "known", "reserve", "answer"),
    [
        # nothing known yet: go
        (BULK, Known(), 10, "go"),
        (LOOK_UP, Known(), 10, "go"),
        # bulk stops with twice the reserve left, look-ups with the reserve left, the others never
        (BULK, told(799), 10, "go"),
        (BULK, told(800), 10, "wait"),
        (LOOK_UP, told(800), 10, "go"),
        (LOOK_UP, told(899), 10, "go"),
        (LOOK_UP, told(900), 10, "wait"),
        (LOOK_UP, told(1200), 10, "wait"),
        *[(purpose, told(999), 40, "go") for purpose in (ACTIVITY, BY_HAND, TEST, Purpose.OTHER)],
        # no reserve: nobody waits for it
        (BULK, told(1000), 0, "go"),
        (LOOK_UP, told(1000), 0, "go"),
        # old figures count as unknown: one call asks, the others wait for it
        (LOOK_UP, told(900, minutes_ago=14.9), 10, "wait"),
        (LOOK_UP, told(900, minutes_ago=15), 10, "ask"),
        (LOOK_UP, told(900, minutes_ago=15, ask_in=0), 10, "ask"),
        (LOOK_UP, told(900, minutes_ago=15, ask_in=0.5), 10, "wait"),
        (LOOK_UP, told(100, minutes_ago=900), 10, "go"),
        # Salesforce refuses: everything waits but a test, and one call asks when it is time
        *[(purpose, refused(ask_in=5), 10, "wait") for purpose in Purpose if purpose is not TEST],
        *[(purpose, refused(ask_in=0), 10, "ask") for purpose in Purpose if purpose is not TEST],
        (TEST, refused(ask_in=5), 10, "go"),
        (BULK, refused(ask_in=5), 0, "wait"),
    ],
)
def test_b4_who_may_call(purpose: Purpose, known: Known, reserve: int, answer: str):
    assert judge(purpose, known, reserve, NOW).answer == answer


def test_b4_how_long_it_waits_and_why():
    by_reserve = judge(LOOK_UP, told(950, minutes_ago=5), 10, NOW)
    assert (by_reserve.reason, by_reserve.after) == (Waiting.RESERVE, timedelta(minutes=10))
    by_limit = judge(ACTIVITY, refused(ask_in=7), 10, NOW)
    assert (by_limit.reason, by_limit.after) == (Waiting.LIMIT, timedelta(minutes=7))
    asking = judge(LOOK_UP, refused(ask_in=0), 10, NOW)
    assert (asking.reason, asking.after) == (Waiting.LIMIT, TURN)


@pytest.mark.parametrize(
    ("known", "reserve", "who"),
    [
        (Known(), 10, set()),
        (told(700), 10, set()),
        (told(850), 10, {BULK}),
        (told(950), 10, {BULK, LOOK_UP}),
        (told(950), 0, set()),
        (refused(5), 0, set(Purpose) - {TEST}),
    ],
)
def test_b4_who_waits_as_things_stand(known: Known, reserve: int, who: set[Purpose]):
    assert set(waiting(known, reserve)) == who


@pytest.mark.parametrize(("refusals", "minutes"), [(0, 15), (1, 15), (2, 30), (3, 60), (4, 60), (900, 60)])
def test_b4_the_pause_grows_to_an_hour(refusals: int, minutes: int):
    assert pause(refusals) == timedelta(minutes=minutes)


@given(
    purpose=st.sampled_from(Purpose),
    used=st.integers(0, 10**6),
    total=st.integers(1, 10**6),
    reserve=st.integers(0, MOST_RESERVE),
    age=st.timedeltas(timedelta(), timedelta(days=1)),
)
def test_b4_a_smaller_reserve_never_lets_more_wait(purpose: Purpose, used: int, total: int, reserve: int, age: timedelta):
    """And whoever waits is told a time that passes."""
    known = Known(used=used, total=total, told_at=NOW - age)
    verdict = judge(purpose, known, reserve, NOW)
    if verdict.answer is Answer.GO:
        assert judge(purpose, known, max(0, reserve - 1), NOW).answer is Answer.GO
    else:
        assert verdict.after is not None
        assert timedelta() < verdict.after <= FRESH_FOR


@pytest.mark.parametrize(("total", "reserve", "calls"), [(15000, 10, 1500), (15, 10, 2), (0, 10, 0), (100, 0, 0)])
def test_b4_the_reserve_in_calls(total: int, reserve: int, calls: int):
    assert reserve_calls(total, reserve) == calls


def test_every_purpose_has_a_title_and_every_one_that_waits_a_sentence():
    assert set(PURPOSE_TITLES) == set(Purpose)
    assert set(RESERVE_WAITS) == set(RESERVES_KEPT)


LIST = DoNotSync(
    numbers=frozenset({"+81312345678"}), prefixes=frozenset({"+8150", "+81120"}), lines=frozenset({"+81335550000", "door"})
)


@pytest.mark.parametrize(
    ("number", "line", "why"),
    [
        ("+81312345678", "", Excluded.NUMBER),
        ("+81312345678", "door", Excluded.NUMBER),
        ("+81312345679", "", None),
        ("+815012345678", "", Excluded.PREFIX),
        ("+81120444444", "", Excluded.PREFIX),
        ("+81512345678", "", None),
        ("+819012345678", "+81335550000", Excluded.LINE),
        ("+819012345678", "+81335550001", None),
        (None, "door", Excluded.LINE),
        (None, "", None),
        ("", "", None),
    ],
)
def test_b11_what_is_excluded(number: str | None, line: str, why: Excluded | None):
    assert LIST.why(number, line) == why


def test_b11_beginnings():
    assert list(beginnings("+8150")) == ["+8", "+81", "+815", "+8150"]
    assert list(beginnings(None)) == []


@pytest.mark.parametrize(
    ("text", "region", "beginning"),
    [
        ("050", "JP", "+8150"),
        ("０５０", "JP", "+8150"),
        ("0120-", "JP", "+81120"),
        ("0120*", "JP", "+81120"),
        ("0120-xxx-xxx", "JP", None),
        ("+81 50", "JP", "+8150"),
        ("+８６", "JP", "+86"),
        ("010 86", "JP", "+86"),
        ("03", "JP", "+813"),
        ("090-1234-5678", "JP", "+819012345678"),
        ("0", "JP", None),
        ("120", "JP", None),
        ("+", "JP", None),
        ("+0", "JP", None),
        ("", "JP", None),
        ("abc", "JP", None),
        ("+" + "1" * 16, "JP", None),
        ("800", "US", "+1800"),
        ("1800", "US", "+1800"),
        ("1", "US", None),
        ("011 81", "US", "+81"),
        ("02", "IT", "+3902"),
        ("050", "ZZ", None),
    ],
)
def test_b11_beginnings_as_people_write_them(text: str, region: str, beginning: str | None):
    assert read_beginning(text, region) == beginning


@given(st.text(max_size=30), st.sampled_from(Excluded))
def test_b11_whatever_is_typed_is_read_or_refused_and_reads_back(text: str, kind: Excluded):
    value = read_value(kind, text, "JP")
    assert value is None or (0 < len(value) <= LONGEST_LINE * 3 and read_value(kind, value, "JP") == value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("03-3555-0000", "+81335550000"),
        (" Door  Phone ", "door phone"),
        ("", None),
        ("a\0", None),
        ("x" * 101, None),
        ("ß" * 51, None),
        ("１０１", "101"),
        ("ＩＶＲ　受付", "ivr 受付"),
    ],
)
def test_b11_lines(text: str, line: str | None):
    assert read_line(text, "JP") == line


def test_b4_bars_stand_on_each_other_and_the_highest_fills_the_chart():
    spans = [
        Span(begins_at=NOW, calls={LOOK_UP: 3, BULK: 1}),
        Span(begins_at=NOW, calls={}),
        Span(begins_at=NOW, calls={TEST: 2}),
    ]
    drawn = chart(spans)
    first = drawn.bars[0].segments
    assert [part.purpose for part in first] == [LOOK_UP, BULK]
    assert first[0].y + first[0].height == pytest.approx(HEIGHT)
    assert first[1].y == pytest.approx(0)
    assert drawn.bars[1].segments == ()
    assert drawn.bars[2].segments[0].height == pytest.approx(HEIGHT / 2)
    assert (drawn.total, drawn.sums) == (6, {LOOK_UP: 3, BULK: 1, TEST: 2})
    assert drawn.bars[-1].x + drawn.bars[-1].width <= WIDTH


def test_b4_a_chart_without_calls():
    assert chart([Span(begins_at=NOW, calls={})]).total == 0
