"""The tables of jobs by the clock."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint, text

from host.storage.tables import metadata
from host.storage.types import Json, UtcDateTime

job_runs = Table(
    "job_runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plugin", String(64), nullable=False),
    Column("job", String(64), nullable=False),
    Column("slot", UtcDateTime),  # the moment the clock meant; NULL for one that was started by hand
    Column("due_at", UtcDateTime, nullable=False),
    Column("started_by", String(254), nullable=False, default=""),
    Column("state", String(20), nullable=False),  # host.plugin_api.JobState
    Column("parked_for", String(20)),  # reauthorise | configure | disabled
    Column("stop_requested", Boolean, nullable=False, default=False),
    Column("claim", String(64)),  # who runs it now: worker and a token of one attempt
    # tries since it last got further, or was last set going by a person
    Column("attempts", Integer, nullable=False, default=0),
    Column("bugs", Integer, nullable=False, default=0),
    Column("interruptions", Integer, nullable=False, default=0),
    Column("tries_since", UtcDateTime),
    Column("retry_at", UtcDateTime),
    Column("kept", Json, nullable=False),  # what the job goes on from
    Column("done", Integer, nullable=False, default=0),
    Column("total", Integer, nullable=False, default=0),
    Column("message", Text, nullable=False, default=""),
    Column("api_calls", Integer, nullable=False, default=0),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("plugin", "job", "slot"),
)
Index("ix_job_runs_newest", job_runs.c.plugin, job_runs.c.job, job_runs.c.id)
NOT_OVER = text("finished_at IS NULL")
Index(
    "uq_job_runs_not_over",
    job_runs.c.plugin,
    job_runs.c.job,
    unique=True,
    sqlite_where=NOT_OVER,
    postgresql_where=NOT_OVER,
)

job_clocks = Table(
    "job_clocks",
    metadata,
    Column("plugin", String(64), primary_key=True),
    Column("job", String(64), primary_key=True),
    # the latest planned moment that is settled: it became a run, or passed before a worker knew the job or while it was off
    Column("reached", UtcDateTime, nullable=False),
)
