"""The host's own jobs.

To add one, write `def run(services, run)` where it belongs and name it here: it then runs by the clock, once however many
workers live, with progress, retries and a line in `tsunagu jobs list`, under the owner "host".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from typing import TYPE_CHECKING

from host.plugin_api import JobRun, Result
from host.plugin_health import check_all
from host.scheduling.forgetting import forget_runs
from host.sentences import Sentence

if TYPE_CHECKING:
    from host.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class HostJob:
    """As `ScheduledJob`, for the host: `run` is given the services, `title` is translated by the host's catalogue."""

    name: str
    title: str
    run: Callable[[Services, JobRun], Result | None]
    daily_at: time | None = None
    every: timedelta | None = None


HOST_JOBS: tuple[HostJob, ...] = (
    HostJob(name="forget_runs", title=Sentence("Delete the records of old jobs"), run=forget_runs, daily_at=time(3, 30)),
    HostJob(name="check_health", title=Sentence("Check what plugins need"), run=check_all, every=timedelta(minutes=10)),
)
