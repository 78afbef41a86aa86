"""What the org offers the connected user: describe replies of the three objects, kept in the database for a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from host.plugin_api import NeedsReauthorisation, PluginContext, RetryLater
from plugins.salesforce.client import Client
from plugins.salesforce.composite import CompositePart, composite, query_path
from plugins.salesforce.connection import LiveConnection
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.domain.schema import (
    OBJECTS,
    ObjectSchema,
    OrgSchema,
    read_describe,
    schema_from_json,
    schema_to_json,
)
from plugins.salesforce.errors import refusal_of

KEPT_FOR = timedelta(days=1)
DESCRIBE_LOCK = "describe"
ORGANIZATION = "SELECT Id, Name, OrganizationType, IsSandbox FROM Organization LIMIT 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgReport:
    """One reading of the org. `org_name` and `edition` are "" where the user may not read them."""

    schema: OrgSchema
    org_name: str = ""
    edition: str = ""


def read_org(client: Client) -> OrgReport:
    """Describe the three objects and ask for the org's name: one API call (`/composite`)."""
    replies = composite(client, {**{name: f"sobjects/{name}/describe" for name in OBJECTS}, "org": query_path(ORGANIZATION)})
    objects = [_described(replies[name]) for name in OBJECTS]
    schema = OrgSchema(objects=tuple(found for found in objects if found), read_at=client.connection.context.clock())
    organization = _first_record(replies["org"])
    return OrgReport(
        schema=schema,
        org_name=str(organization.get("Name") or ""),
        edition=str(organization.get("OrganizationType") or ""),
    )


def _described(part: CompositePart) -> ObjectSchema | None:
    """An object that may not be read answers "not found": it is left out, and blocks no other."""
    if part.ok:
        return read_describe(part.body)
    error = refusal_of(part.status, part.body)
    if isinstance(error, RetryLater | NeedsReauthorisation):
        raise error  # says nothing about rights: the fields known so far stay
    return None


def _first_record(part: CompositePart) -> Mapping[str, Any]:
    if not part.ok:
        return {}
    records = part.body.get("records") or [{}]
    return dict(records[0])


def known_schema(connection: LiveConnection) -> OrgSchema:
    """The schema as kept; read anew once a day. What that costs is not part of a look-up's cost."""
    kept = kept_schema(connection.context.settings.read())
    if kept is not None and connection.context.clock() - kept.read_at < KEPT_FOR:
        return kept
    return fresh_schema(connection, than=kept)


def fresh_schema(connection: LiveConnection, *, than: OrgSchema | None) -> OrgSchema:
    """Read the schema anew, unless another process has done so meanwhile."""
    context = connection.context
    with context.exclusive(DESCRIBE_LOCK):
        kept = kept_schema(context.settings.read())
        if kept is not None and kept != than:
            return kept
        schema = read_org(Client(connection, Purpose.OTHER)).schema
        keep_schema(context, schema)
        return schema


def keep_schema(context: PluginContext, schema: OrgSchema) -> None:
    context.settings.write({"schema": schema_to_json(schema)})
    context.log.info("salesforce.fields_read", objects=[found.name for found in schema.objects], api_calls=1)


def kept_schema(stored: Mapping[str, Any]) -> OrgSchema | None:
    """The schema among the plugin's stored settings."""
    return schema_from_json(stored["schema"]) if stored.get("schema") else None
