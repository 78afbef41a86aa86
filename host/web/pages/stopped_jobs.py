"""Jobs of plugins whose latest run failed, is on hold or waits for another try (R31)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from host.plugin_api import JobRunView, JobState
from host.registry import Registry

STOPPED = (JobState.FAILED, JobState.PARKED, JobState.RETRYING)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedJob:
    """A job and its latest run. `title` is the plugin's English text."""

    plugin: str
    name: str
    title: str
    run: JobRunView


def stopped_jobs(registry: Registry, plugin: str = "") -> Sequence[StoppedJob]:
    """Those of all enabled plugins, or of one."""
    found = []
    for loaded in registry.loaded:
        if not loaded.manifest.jobs or plugin not in ("", loaded.name) or not registry.is_enabled(loaded.name):
            continue
        jobs = registry.context(loaded.name).jobs
        for job in loaded.manifest.jobs:
            latest = next(iter(jobs.runs(job.name, limit=1)), None)
            if latest is not None and latest.state in STOPPED:
                found.append(StoppedJob(plugin=loaded.name, name=job.name, title=job.title, run=latest))
    return found
