"""Work that a plugin does by the clock or on an admin's press of a button, in a worker, once however many workers live."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from host.plugin_api.job_state import JobState
from host.plugin_api.results import Result

if TYPE_CHECKING:
    from host.plugin_api.context import PluginContext


class JobUnknown(LookupError):
    """The plugin declares no job of this name."""


class RunLost(Exception):
    """This run is not ours any more: another worker, or a later attempt, has it. Let it pass, and write nothing more."""


class JobRun(Protocol):
    """One run, as the job sees it. It may be called again for the same run: after a crash, a retry, or a parked time."""

    @property
    def id(self) -> int: ...

    @property
    def due_at(self) -> datetime:
        """The moment it was due (UTC): for a run by the clock the planned one, however late it starts."""
        ...

    @property
    def kept(self) -> Mapping[str, Any]:
        """What `keep` stored last in this run, by whichever process; {} at first."""
        ...

    def keep(self, state: Mapping[str, Any], *, done: int, total: int, message: str = "", api_calls: int = 0) -> None:
        """Store how far it is, in one transaction: what a later attempt goes on from, and what the progress bar shows.

        Args:
            state: JSON; replaces what was kept. No secrets.
            done, total: for the progress bar; total 0 while it is not known.
            message: a sentence for people (may be a `Sentence`).
            api_calls: spent in this run so far, all attempts together.

        Raises:
            RunLost: the worker was taken for dead, or the job gave no sign of life for too long, and the run was taken away.
        """
        ...

    def stopping(self) -> bool:
        """Whether to end soon: an admin pressed stop, the plugin was switched off, or the worker is to end.

        Ask between steps, `keep`, and return; what happens to the run then is the host's affair.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledJob:
    """A job of a plugin, declared in its manifest.

    Args:
        name: lower-case letters, digits and underscores.
        title: English text, translated by the plugin's catalogue.
        run: does the work; gives back what a hook gives back and may raise the same errors. `RetryLater` is tried again
            later; `NeedsReauthorisation` and `NeedsConfiguration` park the run until `resume_parked`.
        daily_at: the time of day in the site's zone, every day, over daylight-saving changes too: a time that is skipped
            counts as the moment after the gap, one that comes twice counts the first time. A time missed while no worker
            ran is caught up once.
        every: or the time between two runs.
        Without either the job runs only when it is started by hand.
    """

    name: str
    title: str
    run: Callable[[PluginContext, JobRun], Result | None]
    daily_at: time | None = None
    every: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRunView:
    """One run, for pages.

    `started_by` is "" for a run by the clock. `retry_at`: when it is tried again. `parked_for`: what it waits for, as with
    deliveries: "reauthorise", "configure" or "disabled". `stop_requested`: it runs and was told to stop.
    """

    id: int
    job: str
    state: JobState
    due_at: datetime
    started_by: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    retry_at: datetime | None = None
    done: int = 0
    total: int = 0
    message: str = ""
    api_calls: int = 0
    kept: Mapping[str, Any] = field(default_factory=dict)
    parked_for: str = ""
    stop_requested: bool = False


class Jobs(Protocol):
    """A plugin's own jobs. All of these raise `JobUnknown` for a job that its manifest does not declare.

    Starting and stopping write a line into the operation log.
    """

    def start(self, job: str, by: str) -> int:
        """Let it run now; gives back the run's id.

        If a run of it is not over yet, that one's; if it is on hold or waits to be tried again, it goes on now.
        """
        ...

    def stop(self, job: str, by: str) -> bool:
        """End the run of this job that is not over yet; false if there is none. One that runs ends when it next asks."""
        ...

    def runs(self, job: str, limit: int = 10) -> Sequence[JobRunView]:
        """The newest runs first."""
        ...

    def next_due(self, job: str) -> datetime | None:
        """When the clock starts it next (UTC)."""
        ...
