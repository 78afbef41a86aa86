"""Whether the jobs that a manifest declares can be run by the clock (R35)."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Sequence
from datetime import time, timedelta

from host.plugin_api import ScheduledJob
from host.registry.problems import Rejected
from host.sentences import Sentence

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
OFTENEST = timedelta(seconds=1)


def check_jobs(jobs: Sequence[object]) -> None:
    """Raise `Rejected` if one of them is not fit to be run."""
    for job in jobs:
        if not isinstance(job, ScheduledJob):
            raise Rejected(Sentence("Its manifest names a job that is no host.plugin_api.ScheduledJob."))
        _check_name(job)
        _check_plan(job)
        _check_run(job)
    twice = [name for name, count in Counter(job.name for job in jobs if isinstance(job, ScheduledJob)).items() if count > 1]
    if twice:
        raise Rejected(Sentence("Its manifest names the job “%(name)s” twice.", name=twice[0]))


def _check_name(job: ScheduledJob) -> None:
    if not isinstance(job.name, str) or not NAME.fullmatch(job.name):
        raise Rejected(
            Sentence(
                "“%(name)s” is no usable name of a job: lower-case letters, digits and underscores, a letter first.",
                name=job.name,
            )
        )


def _check_plan(job: ScheduledJob) -> None:
    if job.daily_at is not None and job.every is not None:
        raise Rejected(Sentence("Its job %(name)s has both daily_at and every; it takes one of them.", name=job.name))
    if job.daily_at is not None and (not isinstance(job.daily_at, time) or job.daily_at.tzinfo is not None):
        raise Rejected(
            Sentence(
                "Its job %(name)s needs a datetime.time without a zone in daily_at: the site's zone counts.", name=job.name
            )
        )
    if job.every is not None and (not isinstance(job.every, timedelta) or job.every < OFTENEST):
        raise Rejected(Sentence("Its job %(name)s needs a timedelta of a second or more in every.", name=job.name))


def _check_run(job: ScheduledJob) -> None:
    if not callable(job.run) or inspect.iscoroutinefunction(job.run) or inspect.isgeneratorfunction(job.run):
        raise Rejected(Sentence("Its job %(name)s needs an ordinary function of (context, run) in run.", name=job.name))
