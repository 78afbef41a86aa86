"""What the org offers the connected user: describe replies of the three objects, kept in the database for a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from host.plugin_api import NeedsReauthorisation, PluginContext, RetryLater
from plugins.salesforce.client import Client
from plugins.salesforce.composite import CompositePart, composite, query_path
from plugins.salesforce.connection import LiveConnection
from plugins.salesforce.domain.access import Organization
from plugins.salesforce.domain.activity.task_schema import TaskSchema, read_task
from plugins.salesforce.domain.activity_rights import ObjectRights, read_rights
from plugins.salesforce.domain.object_rights import object_findings
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.domain.schema import (
    OBJECTS,
    OrgSchema,
    read_describe,
    schema_from_json,
    schema_to_json,
)
from plugins.salesforce.errors import refusal_of
from plugins.salesforce.preferences import read_preferences
from plugins.salesforce.rights import keep_objects

KEPT_FOR = timedelta(days=1)
EMPTY_KEPT_FOR = timedelta(minutes=1)
DESCRIBE_LOCK = "describe"
ORGANIZATION = "SELECT Id, Name, OrganizationType, IsSandbox, TrialExpirationDate FROM Organization LIMIT 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgReport:
    """One reading of the org.

    Args:
        described: the objects Salesforce described, usable or not.
        organization: the org's own record, None where the user may not read it.
        rights: those of the further objects that were asked for and may be read.
        task: the fields of Task, if it was asked for and may be read.
    """

    schema: OrgSchema
    described: frozenset[str] = frozenset()
    organization: Organization | None = None
    rights: Mapping[str, ObjectRights] = field(default_factory=dict)
    task: TaskSchema | None = None

    @property
    def org_name(self) -> str:
        return self.organization.name if self.organization else ""

    @property
    def edition(self) -> str:
        return self.organization.edition if self.organization else ""


def read_org(client: Client, further: Sequence[str] = ()) -> OrgReport:
    """Describe the three objects and `further` ones, and ask for the org's own record: one API call (`/composite`)."""
    paths = describe_paths((*OBJECTS, *further))
    return report_of(composite(client, {**paths, "org": query_path(ORGANIZATION)}), client.connection.context.clock())


def describe_paths(names: Sequence[str]) -> dict[str, str]:
    """The describe of each object, as parts of a composite request."""
    return {name: f"sobjects/{name}/describe" for name in names}


def report_of(replies: Mapping[str, CompositePart], now: datetime) -> OrgReport:
    """What the parts of a composite reply tell of the org; `replies` holds at least the describes of the three objects."""
    describes = {name: _described(part) for name, part in replies.items() if name != "org"}
    seen = {name: found for name, found in describes.items() if found is not None}
    objects = [read_describe(seen[name]) for name in OBJECTS if name in seen]
    return OrgReport(
        schema=OrgSchema(objects=tuple(found for found in objects if found), read_at=now),
        described=frozenset(seen),
        organization=_organization(replies["org"]) if "org" in replies else None,
        rights={name: read_rights(found) for name, found in seen.items() if name not in OBJECTS},
        task=read_task(seen["Task"]) if "Task" in seen else None,
    )


def _described(part: CompositePart) -> Mapping[str, Any] | None:
    """An object that may not be read answers "not found": it is left out, and blocks no other."""
    if part.ok:
        return dict(part.body)
    error = refusal_of(part.status, part.body)
    if isinstance(error, RetryLater | NeedsReauthorisation):
        raise error  # says nothing about rights: the fields known so far stay
    return None


def _organization(part: CompositePart) -> Organization | None:
    records = part.body.get("records") if part.ok else None
    if not records:
        return None
    record = records[0]
    ends = record.get("TrialExpirationDate")
    return Organization(
        name=str(record.get("Name") or ""),
        edition=str(record.get("OrganizationType") or ""),
        is_sandbox=bool(record.get("IsSandbox")),
        trial_ends=datetime.fromisoformat(ends) if ends else None,
    )


def known_schema(connection: LiveConnection) -> OrgSchema:
    """The schema as kept; read anew once a day. What that costs is not part of a look-up's cost.

    One by which nothing can be looked up is read anew after a minute: work that an admin sets going again after giving the
    rights back must not wait for the next day.
    """
    kept = kept_schema(connection.context.settings.read())
    if kept is not None and connection.context.clock() - kept.read_at < _kept_for(kept):
        return kept
    return fresh_schema(connection, than=kept)


def _kept_for(schema: OrgSchema) -> timedelta:
    return KEPT_FOR if any(found.phones for found in schema.objects) else EMPTY_KEPT_FOR


def fresh_schema(connection: LiveConnection, *, than: OrgSchema | None) -> OrgSchema:
    """Read the schema anew, unless another process has done so meanwhile."""
    context = connection.context
    with context.exclusive(DESCRIBE_LOCK):
        kept = kept_schema(context.settings.read())
        if kept is not None and kept != than:
            return kept
        report = read_org(Client(connection, Purpose.OTHER))
        keep_report(context, report)
        return report.schema


def keep_report(context: PluginContext, report: OrgReport) -> None:
    """Keep what was seen outside a test; a right that was lost since the last one is told now (B10)."""
    keep_schema(context, report.schema)
    keep_objects(context, object_findings(report.schema, read_preferences(context).unticked, report.described))


def keep_schema(context: PluginContext, schema: OrgSchema) -> None:
    context.settings.write({"schema": schema_to_json(schema)})
    context.log.info("salesforce.fields_read", objects=[found.name for found in schema.objects], api_calls=1)


def forget_schema(context: PluginContext) -> None:
    """What is kept is not right any more: whoever needs it next reads it anew."""
    context.settings.write({"schema": None})


def kept_schema(stored: Mapping[str, Any]) -> OrgSchema | None:
    """The schema among the plugin's stored settings."""
    return schema_from_json(stored["schema"]) if stored.get("schema") else None
