"""Where the run of a job stands."""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """Where a run stands; these words are what a person sees."""

    WAITING = "waiting"
    RUNNING = "running"
    RETRYING = "retrying"
    PARKED = "parked"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    STOPPED = "stopped"
