"""The contact book's tables."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Integer, MetaData, String, Table, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

entries = Table(
    "contacts_entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", String(20), nullable=False, unique=True),  # E.164
    Column("company", String(255), nullable=False),
    Column("person", String(255), nullable=False),
    Column("source", String(64), nullable=False),  # a plugin's name, or "manual"
    Column("record_object", String(100)),
    Column("record_id", String(100)),
    Column("record_url", Text, nullable=False),
    Column("search_text", Text, nullable=False),  # domain.search_text.search_text
    Column("sort_text", String(60), nullable=False),  # domain.search_text.sort_text
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("updated_by", String(254), nullable=False),
)
Index("ix_contacts_entries_sort_text_id", entries.c.sort_text, entries.c.id)

imports = Table(
    "contacts_imports",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("created_by", String(254), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, index=True),
    Column("content", Text, nullable=False),  # staging.py: the rows that were read, as JSON
)
