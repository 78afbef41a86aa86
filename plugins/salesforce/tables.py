"""The plugin's own tables. Times are UTC; SQLite keeps no zone."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table

metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})

do_not_sync = Table(
    "salesforce_do_not_sync",
    metadata,
    Column("kind", String(10), primary_key=True),  # domain.do_not_sync.Excluded
    Column("value", String(100), primary_key=True),  # E.164, the beginning of it, or a line's key
    Column("note", String(200), nullable=False),
    Column("added_by", String(254), nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False),
)

api_usage = Table(
    "salesforce_api_usage",
    metadata,
    Column("org", String(15), primary_key=True),  # the org's id without its check letters
    Column("hour", DateTime(timezone=True), primary_key=True),  # its beginning
    Column("purpose", String(20), primary_key=True),  # domain.purpose.Purpose
    Column("calls", Integer, nullable=False),
    Column("looked_up", Integer, nullable=False),  # how many telephone calls were looked up with them
)

api_hours = Table(
    "salesforce_api_hours",
    metadata,
    Column("org", String(15), primary_key=True),
    Column("hour", DateTime(timezone=True), primary_key=True),
    Column("used", Integer, nullable=False),  # of the whole org in 24 hours, as last told within the hour
    Column("total", Integer, nullable=False),
)

api_state = Table(
    "salesforce_api_state",
    metadata,
    Column("org", String(15), primary_key=True),
    Column("answered_at", DateTime(timezone=True)),
    Column("used", Integer),
    Column("total", Integer),
    Column("told_at", DateTime(timezone=True)),  # when Salesforce told `used` and `total`
    Column("refused_at", DateTime(timezone=True)),  # since when the daily limit is reached
    Column("refusals", Integer, nullable=False),
    Column("ask_at", DateTime(timezone=True)),  # before it nobody asks again
)
