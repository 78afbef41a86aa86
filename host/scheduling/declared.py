"""What a job that somebody declared says of itself."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from host.domain.schedule import Daily, Every, Plan

HOST = "host"
"""The owner of the host's own jobs; no plugin's name."""


class DeclaredJob(Protocol):
    """A `ScheduledJob` of a plugin or a `HostJob`."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def daily_at(self) -> time | None: ...

    @property
    def every(self) -> timedelta | None: ...


def plan_of(job: DeclaredJob, zone: ZoneInfo) -> Plan | None:
    """When the clock starts it; None for one that is only started by hand."""
    if job.daily_at is not None:
        return Daily(job.daily_at, zone)
    return Every(job.every) if job.every is not None else None
