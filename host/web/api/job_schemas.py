"""The shapes of jobs in the API."""

from __future__ import annotations

from marshmallow import Schema, fields

from host.plugin_api import JobState
from host.web.api.schemas import moment

STATES = [state.value for state in JobState]


class JobRunSchema(Schema):
    id = fields.Integer()
    state = fields.String(metadata={"enum": STATES})
    parked_for = fields.String()
    due_at = moment()
    started_by = fields.String()
    started_at = moment()
    finished_at = moment()
    retry_at = moment()
    stop_requested = fields.Boolean()
    done = fields.Integer()
    total = fields.Integer()
    message = fields.String()
    api_calls = fields.Integer()


class JobSchema(Schema):
    plugin = fields.String(attribute="owner")
    job = fields.String(attribute="name")
    title = fields.String()
    daily_at = fields.Time(format="%H:%M", allow_none=True)
    every_seconds = fields.Function(
        lambda line: None if line.every is None else line.every.total_seconds(),
        metadata={"type": "number", "nullable": True},
    )
    next_due = moment()
    last_run = fields.Nested(JobRunSchema, allow_none=True)


class JobListSchema(Schema):
    jobs = fields.List(fields.Nested(JobSchema))


class JobStartedSchema(Schema):
    run = fields.Integer()


class JobStoppedSchema(Schema):
    stopped = fields.Boolean()
