"""The table of what an admin chose for each plugin: a process of its own, or the worker's."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, String, Table

from host.storage.tables import metadata

plugin_processes = Table(
    "plugin_processes",
    metadata,
    Column("plugin", String(64), primary_key=True),
    Column("own", Boolean, nullable=False),
)
