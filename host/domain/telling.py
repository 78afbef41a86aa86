"""When people are told by mail: an alarm at once, again each morning, and when it is over; the rest as a digest (R30)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from host.domain.schedule import Daily, Every, Plan, latest_slot, next_slot

REMIND_AT = time(9)
LEAST_APART = timedelta(hours=4)
"""An alarm that was told shortly before the morning's hour is not said again at that hour."""
FLAPPING_WITHIN = timedelta(hours=1)
TOLD_AT_MOST = 3
"""So many times within `FLAPPING_WITHIN` an alarm that comes and goes is told, each with its recovery: six mails an hour."""


class Telling(StrEnum):
    """What an alarm is owed now."""

    NOTHING = "nothing"
    ALARM = "alarm"
    REMINDER = "reminder"
    RECOVERY = "recovery"
    SILENCE = "silence"
    """It was over before anybody was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmTimes:
    """When an alarm was raised, last told by mail, and cleared (UTC)."""

    raised_at: datetime
    told_at: datetime | None = None
    cleared_at: datetime | None = None


class DigestEvery(StrEnum):
    """How often single errors are told, if there are any."""

    OFF = "off"
    HOURLY = "hourly"
    DAILY = "daily"


def telling(alarm: AlarmTimes, told_lately: int, now: datetime, zone: ZoneInfo) -> Telling:
    """What is to be told of an alarm of which the last word is not said.

    Args:
        told_lately: how many alarms of the same key were told within `FLAPPING_WITHIN`.
        zone: the site's, for the morning.
    """
    if alarm.cleared_at is not None:
        return Telling.RECOVERY if alarm.told_at else Telling.SILENCE
    if alarm.told_at is None:
        return Telling.ALARM if told_lately < TOLD_AT_MOST else Telling.NOTHING
    return Telling.REMINDER if now >= reminder_due(alarm.told_at, zone) else Telling.NOTHING


def reminder_due(told_at: datetime, zone: ZoneInfo) -> datetime:
    """When an alarm that still stands is said again: at the morning's hour, but not right after it was told."""
    return next_slot(Daily(REMIND_AT, zone), told_at + LEAST_APART)


def digest_slot(every: DigestEvery, at: time, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The latest moment a digest was planned for; None if there are to be none."""
    plans: dict[DigestEvery, Plan] = {
        DigestEvery.HOURLY: Every(timedelta(hours=1)),
        DigestEvery.DAILY: Daily(at, zone),
    }
    return latest_slot(plans[every], now) if every in plans else None
