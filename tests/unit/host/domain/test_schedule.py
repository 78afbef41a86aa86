"""R20: the bulk fetch is due at 23:00 of the site's zone, over daylight-saving changes too, once a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.domain.schedule import Daily, Every, latest_slot, moment_on, next_slot

ELEVEN = time(23)
# zone, day, time of day → the moment in UTC
MOMENTS = [
    ("Asia/Tokyo", "2026-11-22", "23:00", "2026-11-22T14:00"),
    ("America/New_York", "2026-03-08", "23:00", "2026-03-09T03:00"),  # the day the clock was put forward
    ("America/New_York", "2026-11-01", "23:00", "2026-11-02T04:00"),  # … and back
    ("America/New_York", "2026-03-08", "02:30", "2026-03-08T07:00"),  # skipped: 03:00 is the moment after the gap
    ("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30"),  # comes twice: the first
    ("America/Scoresbysund", "2025-03-29", "23:00", "2025-03-30T01:00"),  # 23:00 itself is skipped, to midnight
    ("America/Scoresbysund", "2025-10-25", "23:00", "2025-10-26T00:00"),  # 23:00 comes twice
    ("Africa/Cairo", "2025-10-30", "23:00", "2025-10-30T20:00"),  # 23:00 comes twice
    ("Africa/Cairo", "2025-04-25", "00:00", "2025-04-24T22:00"),  # midnight is skipped
    ("America/Havana", "2025-03-09", "00:00", "2025-03-09T05:00"),  # midnight is skipped
    ("America/Havana", "2025-11-02", "00:30", "2025-11-02T04:30"),  # half past midnight comes twice
    ("Asia/Beirut", "2025-03-30", "00:00", "2025-03-29T22:00"),  # midnight is skipped
    ("Asia/Beirut", "2025-10-25", "23:00", "2025-10-25T20:00"),  # 23:00 comes twice
    ("Australia/Lord_Howe", "2025-10-05", "02:15", "2025-10-04T15:30"),  # half an hour is skipped
    ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45"),  # half an hour comes twice
]


@pytest.mark.parametrize(("zone", "day", "at", "expected"), MOMENTS)
def test_r20_when_it_is_that_time_on_that_day(zone: str, day: str, at: str, expected: str) -> None:
    moment = moment_on(date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(zone))
    assert moment == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "missing"), [("Pacific/Apia", date(2011, 12, 30)), ("Pacific/Kwajalein", date(1993, 8, 21))]
)
def test_r20_a_day_that_a_zone_left_out_has_no_moment(zone: str, missing: date) -> None:
    plan = Daily(ELEVEN, ZoneInfo(zone))
    moment = moment_on(missing - timedelta(days=3), ELEVEN, plan.zone)
    days = []
    for _ in range(6):
        days.append(moment.astimezone(plan.zone).date())
        moment = next_slot(plan, moment)
    assert missing not in days
    assert len(set(days)) == 6


def test_r20_in_tokyo_the_latest_moment_is_last_night_until_it_is_eleven() -> None:
    plan = Daily(ELEVEN, ZoneInfo("Asia/Tokyo"))
    eleven = datetime(2026, 11, 22, 14, tzinfo=UTC)
    just_before = eleven - timedelta(microseconds=1)
    assert latest_slot(plan, just_before) == eleven - timedelta(days=1)
    assert next_slot(plan, just_before) == eleven
    assert latest_slot(plan, eleven) == eleven
    assert next_slot(plan, eleven) == eleven + timedelta(days=1)


ZONES = st.sampled_from(
    sorted({zone for zone, *_ in MOMENTS} | {"UTC", "Pacific/Apia", "Asia/Kathmandu", "America/St_Johns"})
)
TIMES = st.times().map(lambda at: at.replace(microsecond=0))
NOWS = st.integers(631_152_000, 2_145_916_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))  # 1990 to 2037


@given(ZONES, TIMES, NOWS)
def test_r20_planned_moments_follow_each_other_and_never_repeat(zone: str, at: time, now: datetime) -> None:
    plan = Daily(at, ZoneInfo(zone))
    latest, following = latest_slot(plan, now), next_slot(plan, now)
    assert latest <= now < following
    assert latest_slot(plan, following) == following
    assert latest_slot(plan, following - timedelta(seconds=1)) == latest
    assert timedelta(hours=21) < following - latest < timedelta(hours=50)


@given(st.integers(1, 10**6).map(lambda seconds: timedelta(seconds=seconds)), NOWS)
def test_every_means_the_same_moments_in_all_processes(interval: timedelta, now: datetime) -> None:
    latest = latest_slot(Every(interval), now)
    assert latest <= now < latest + interval == next_slot(Every(interval), now)
    assert latest_slot(Every(interval), latest) == latest
