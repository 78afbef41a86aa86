"""All jobs of the site for admins: what each is, when it last ran and runs next; start and stop one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from host.plugin_api import JobRunView, Jobs
from host.scheduling.declared import HOST, DeclaredJob
from host.scheduling.host_jobs import HOST_JOBS
from host.scheduling.stored_jobs import StoredJobs
from host.sentences import Sentence
from host.services import Services


class JobRefused(Exception):
    """The job cannot be started now; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """One job.

    `owner` is a plugin's name or "host". `next_due` is None if the clock does not start it, or its plugin is off.
    """

    owner: str
    name: str
    title: str
    daily_at: time | None
    every: timedelta | None
    next_due: datetime | None
    last_run: JobRunView | None


def job_lines(services: Services) -> list[JobLine]:
    """The host's jobs, then those of each plugin."""
    return [line for owner in _declared(services) for line in job_lines_of(services, owner)]


def job_lines_of(services: Services, owner: str) -> list[JobLine]:
    """The jobs of one owner; none of one that is unknown or could not be loaded."""
    declared = _declared(services).get(owner, ())
    if not declared:
        return []
    jobs, on = jobs_of(services, owner), _is_on(services, owner)
    return [_line(owner, job, jobs, on=on) for job in declared]


def jobs_of(services: Services, owner: str) -> Jobs:
    """The jobs of a plugin or of the host.

    Raises:
        PluginUnknown, PluginQuarantined: there is no such owner here.
    """
    if owner == HOST:
        return StoredJobs(services.database, HOST, HOST_JOBS, services.config.timezone, services.clock)
    return services.registry.context(owner).jobs


def start_job(services: Services, owner: str, job: str, by: str) -> int:
    """Let a job run now; gives back the run's id.

    Raises:
        PluginUnknown, PluginQuarantined, JobUnknown: there is no such job.
        JobRefused: its plugin is switched off.
    """
    jobs = jobs_of(services, owner)
    if not _is_on(services, owner):
        raise JobRefused(Sentence("“%(name)s” is switched off, and its jobs with it. Switch it on first.", name=owner))
    return jobs.start(job, by)


def _declared(services: Services) -> Mapping[str, Sequence[DeclaredJob]]:
    return {HOST: HOST_JOBS, **{plugin.name: plugin.manifest.jobs for plugin in services.registry.loaded}}


def _is_on(services: Services, owner: str) -> bool:
    return owner == HOST or services.registry.is_enabled(owner)


def _line(owner: str, job: DeclaredJob, jobs: Jobs, *, on: bool) -> JobLine:
    return JobLine(
        owner=owner,
        name=job.name,
        title=job.title,
        daily_at=job.daily_at,
        every=job.every,
        next_due=jobs.next_due(job.name) if on else None,
        last_run=next(iter(jobs.runs(job.name, 1)), None),
    )
