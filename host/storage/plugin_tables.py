"""The tables of plugins: their switches and order, settings and secrets, and what the host keeps for them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, String, Table, Text

from host.storage.tables import metadata
from host.storage.types import Json, UtcDateTime

plugins = Table(
    "plugins",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("enabled", Boolean, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("changed_by", String(254), nullable=False),
)

plugin_settings = Table(
    "plugin_settings",
    metadata,
    Column("plugin", String(64), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("value", Json, nullable=False),
)

plugin_secrets = Table(
    "plugin_secrets",
    metadata,
    Column("plugin", String(64), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("sealed", Text, nullable=False),
)

plugin_order = Table(
    "plugin_order",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("position", Integer, nullable=False),  # of those that name callers, the lowest goes before the others
)

name_claims = Table(  # names that a plugin found and that are not shown, because one before it knows another
    "name_claims",
    metadata,
    Column("number", String(20), primary_key=True),  # E.164
    Column("plugin", String(64), primary_key=True),
    Column("company", String(255), nullable=False),
    Column("person", String(255), nullable=False),
    Column("record_object", String(100)),
    Column("record_id", String(100)),
    Column("record_url", Text, nullable=False),
    Column("claimed_at", UtcDateTime, nullable=False),
)

plugin_links = Table(
    "plugin_links",
    metadata,
    Column("plugin", String(64), primary_key=True),
    Column("kind", String(64), primary_key=True),
    Column("local_id", String(100), primary_key=True),
    Column("crm_id", String(255), nullable=False),
    Column("linked_at", UtcDateTime, nullable=False),
)
Index("ix_plugin_links_crm_id", plugin_links.c.plugin, plugin_links.c.kind, plugin_links.c.crm_id)

plugin_spent = Table(
    "plugin_spent",
    metadata,
    Column("plugin", String(64), primary_key=True),
    Column("day", Date, primary_key=True),  # of the site's zone
    Column("calls", Integer, nullable=False),
)

plugin_counters = Table(
    "plugin_counters",
    metadata,
    Column("plugin", String(64), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("labels", String(500), primary_key=True),  # JSON of label to value, in the order of the labels
    Column("value", BigInteger, nullable=False),
)

plugin_health = Table(
    "plugin_health",
    metadata,
    Column("plugin", String(64), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("well", Boolean, nullable=False),
    Column("message", Text, nullable=False),
    Column("checked_at", UtcDateTime, nullable=False),
)
