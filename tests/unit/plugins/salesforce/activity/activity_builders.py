"""Calls, memos and an org's Task, short to write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from host.plugin_api import Agent, Analysis, Call, CallOutcome, Direction, Memo
from plugins.salesforce.domain.activity.facts import ActivityFacts
from plugins.salesforce.domain.activity.mapped import Place
from plugins.salesforce.domain.activity.task_schema import PicklistValue, TaskField, TaskSchema, read_task
from salesforce_sandbox.schema.catalog import Catalog
from salesforce_sandbox.schema.describe import describe_object

TOKYO, NEW_YORK = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")
START = datetime(2026, 11, 22, 15, 30, 0, 250_000, tzinfo=UTC)
HERE = Place(zone=TOKYO, language="en")


def agent(extension: str = "101", *, user: int | None = 1, answered: int | None = 5) -> Agent:
    at = None if answered is None else START + timedelta(seconds=answered)
    return Agent(extension=extension, name="Alice", user_id=user, answered_at=at)


def call(**facts: Any) -> Call:
    """An inbound call that was answered after 5 s and ended after 65."""
    usual = {
        "id": "0190aaaa-0000-7000-8000-000000000001",
        "direction": Direction.INBOUND,
        "number": "+819012345678",
        "raw_number": "09012345678",
        "agents": (agent(),),
        "outcome": CallOutcome.ANSWERED,
        "started_at": START,
        "answered_at": START + timedelta(seconds=5),
        "ended_at": START + timedelta(seconds=65),
        "talk_seconds": 60.4,
        "url": "https://pbx.example/calls/1",
    }
    return Call(**{**usual, **facts})


def unanswered(outcome: CallOutcome | None = CallOutcome.NO_ANSWER, **facts: Any) -> Call:
    return call(outcome=outcome, answered_at=None, talk_seconds=None, agents=(agent(answered=None),), **facts)


def memo(text: str = "", *items: str) -> Memo:
    return Memo(text=text, items=items, saved_at=START, saved_by="alice")


def analysis(summary: str = "", transcript: str = "") -> Analysis:
    return Analysis(summary=summary, transcript=transcript, done_at=START)


def facts(**given: Any) -> ActivityFacts:
    return ActivityFacts(**{"call": call(), **given})


def field(name: str, kind: str, *values: str, **more: Any) -> TaskField:
    usual = {"label": name, "length": 255 if kind in ("string", "textarea", "url", "picklist") else 0}
    listed = tuple(PicklistValue(value=value, label=value) for value in values)
    return TaskField(name=name, type=kind, values=listed, **{**usual, **more})


def described(*gone: str) -> dict[str, Any]:
    """Salesforce's describe of Task, as the sandbox org gives it, without the fields named."""
    reply = describe_object(Catalog()["Task"], (), "51.0")
    return {**reply, "fields": [one for one in reply["fields"] if one["name"] not in gone]}


def org(*fields: TaskField, gone: tuple[str, ...] = (), closed: tuple[str, ...] = ()) -> TaskSchema:
    """The standard Task with some fields more."""
    standard = read_task(described(*gone), closed)
    return TaskSchema(fields={**standard.fields, **{one.name: one for one in fields}}, closed=closed)
