"""What the org's Task is like for the connected user: its fields and its statuses, kept in the settings for a day (R24)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from host.plugin_api import NeedsConfiguration, NeedsReauthorisation, PluginContext, RetryLater, Sentence
from plugins.salesforce.client import Client
from plugins.salesforce.composite import composite, query_path
from plugins.salesforce.connection import LiveConnection
from plugins.salesforce.domain.activity.task_schema import TaskSchema, read_task, task_from_json, task_to_json
from plugins.salesforce.domain.activity_rights import GIVE_TASK, TASK_HIDDEN
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.errors import refusal_of
from plugins.salesforce.wording import N_

TASK_SCHEMA = "task_schema"
"""The setting it is kept in."""
KEPT_FOR = timedelta(days=1)
TASK_LOCK = "task_schema"
CLOSED = "SELECT ApiName FROM TaskStatus WHERE IsClosed = true"
HIDDEN = N_("%(reason)s %(remedy)s")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTask:
    """Task as it was read at this moment."""

    schema: TaskSchema
    read_at: datetime


def known_task(connection: LiveConnection) -> TaskSchema:
    """Task as kept; read anew once a day, for one API call.

    Raises:
        NeedsConfiguration: the connected user may not see Tasks.
        PluginError: Salesforce cannot be asked now.
    """
    kept = kept_task(connection.context.settings.read())
    if kept is not None and connection.context.clock() - kept.read_at < KEPT_FOR:
        return kept.schema
    return fresh_task(connection, than=kept)


def fresh_task(connection: LiveConnection, *, than: KeptTask | None) -> TaskSchema:
    """Read it anew, unless another process has done so meanwhile."""
    context = connection.context
    with context.exclusive(TASK_LOCK):
        kept = kept_task(context.settings.read())
        if kept is not None and kept != than:
            return kept.schema
        schema = _read(Client(connection, Purpose.OTHER))
        _keep(context, schema)
        context.log.info("salesforce.task_fields_read", fields=len(schema.fields), api_calls=1)
        return schema


def keep_described(context: PluginContext, schema: TaskSchema | None) -> None:
    """Keep what a connection test saw by the way; it does not ask which statuses are closed, so these stay."""
    kept = kept_task(context.settings.read())
    if kept is not None and schema is not None:
        _keep(context, replace(schema, closed=kept.schema.closed))


def _keep(context: PluginContext, schema: TaskSchema) -> None:
    context.settings.write({TASK_SCHEMA: {"read_at": context.clock().isoformat(), **task_to_json(schema)}})


def _read(client: Client) -> TaskSchema:
    parts = composite(client, {"Task": "sobjects/Task/describe", "closed": query_path(CLOSED)})
    described, closed = parts["Task"], parts["closed"]
    if not described.ok:
        error = refusal_of(described.status, described.body)
        if isinstance(error, RetryLater | NeedsReauthorisation):
            raise error  # says nothing about rights
        raise NeedsConfiguration(Sentence(HIDDEN, reason=Sentence(TASK_HIDDEN), remedy=Sentence(GIVE_TASK)))
    rows = closed.body["records"] if closed.ok else []
    return read_task(described.body, (str(row["ApiName"]) for row in rows))


def kept_task(stored: Mapping[str, Any]) -> KeptTask | None:
    """What is kept among the plugin's stored settings."""
    value = stored.get(TASK_SCHEMA)
    return KeptTask(schema=task_from_json(value), read_at=datetime.fromisoformat(value["read_at"])) if value else None
