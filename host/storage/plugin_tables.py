"""The tables of plugins: their switches, settings and secrets."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, String, Table, Text

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
