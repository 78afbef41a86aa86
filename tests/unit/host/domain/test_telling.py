"""R30: when an alarm and a digest are told, by the clock of the site."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from host.domain.telling import AlarmTimes, DigestEvery, Telling, digest_slot, reminder_due, telling

TOKYO, NEW_YORK = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")
RAISED = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
A_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("told_after", "cleared_after", "told_lately", "now_after", "due"),
    [
        (None, None, 0, timedelta(0), Telling.ALARM),
        (None, None, 2, timedelta(0), Telling.ALARM),
        (None, None, 3, timedelta(0), Telling.NOTHING),
        (None, timedelta(seconds=1), 0, timedelta(seconds=2), Telling.SILENCE),
        (timedelta(0), None, 1, timedelta(hours=20, minutes=59), Telling.NOTHING),
        (timedelta(0), None, 1, timedelta(hours=21), Telling.REMINDER),
        (timedelta(0), None, 9, timedelta(hours=21), Telling.REMINDER),
        (timedelta(0), timedelta(hours=1), 3, timedelta(hours=1), Telling.RECOVERY),
    ],
)
def test_r30_what_an_alarm_is_owed(
    told_after: timedelta | None, cleared_after: timedelta | None, told_lately: int, now_after: timedelta, due: Telling
) -> None:
    times = AlarmTimes(
        raised_at=RAISED,
        told_at=None if told_after is None else RAISED + told_after,
        cleared_at=None if cleared_after is None else RAISED + cleared_after,
    )
    assert telling(times, told_lately, RAISED + now_after, TOKYO) is due


@pytest.mark.parametrize(
    ("told", "due"),
    [
        ("2026-11-22 12:00", "2026-11-23 09:00"),
        ("2026-11-22 23:30", "2026-11-23 09:00"),
        ("2026-11-23 04:59", "2026-11-23 09:00"),
        ("2026-11-23 05:00", "2026-11-24 09:00"),  # four hours before, and later: not said again so soon
        ("2026-11-23 09:00", "2026-11-24 09:00"),
    ],
)
def test_r30_a_reminder_is_at_nine_but_not_right_after_it_was_told(told: str, due: str) -> None:
    at = datetime.fromisoformat(told).replace(tzinfo=TOKYO).astimezone(UTC)
    assert reminder_due(at, TOKYO).astimezone(TOKYO).strftime("%Y-%m-%d %H:%M") == due


@pytest.mark.parametrize("day", ["2026-03-07", "2026-10-31"])  # the day before the clock is changed
def test_r30_a_reminder_is_at_nine_over_daylight_saving_changes(day: str) -> None:
    told = datetime.fromisoformat(f"{day} 09:00").replace(tzinfo=NEW_YORK)
    due = reminder_due(told.astimezone(UTC), NEW_YORK)
    assert due.astimezone(NEW_YORK).strftime("%H:%M") == "09:00"
    assert due - told.astimezone(UTC) in (timedelta(hours=23), timedelta(hours=25))


def test_r30_digests_are_planned_hourly_daily_or_never() -> None:
    now = datetime(2026, 11, 22, 3, 20, tzinfo=UTC)
    assert digest_slot(DigestEvery.OFF, time(9), TOKYO, now) is None
    assert digest_slot(DigestEvery.HOURLY, time(9), TOKYO, now) == datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    assert digest_slot(DigestEvery.DAILY, time(9), TOKYO, now) == datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    assert digest_slot(DigestEvery.DAILY, time(13), TOKYO, now) == datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
