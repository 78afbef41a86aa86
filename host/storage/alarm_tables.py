"""The tables of alarms and of mails on their way."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, text

from host.storage.tables import metadata
from host.storage.types import UtcDateTime

alarms = Table(
    "alarms",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plugin", String(64), nullable=False),
    Column("key", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("told_at", UtcDateTime),  # when a mail last said so
    Column("cleared_at", UtcDateTime),
    Column("cleared_text", Text, nullable=False, default=""),
    Column("settled", Boolean, nullable=False, default=False),  # cleared, and no mail has to say so any more
)
STANDING = text("cleared_at IS NULL")
Index("uq_alarms_standing", alarms.c.plugin, alarms.c.key, unique=True, sqlite_where=STANDING, postgresql_where=STANDING)

mails = Table(
    "mails",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),  # alarm | reminder | recovery | digest
    Column("recipient", String(254), nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("state", String(20), nullable=False),  # waiting | sent | failed
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", UtcDateTime, nullable=False),
    Column("claim", String(64)),  # the worker that sends it now
    Column("message", Text, nullable=False, default=""),  # why it could not be sent
    Column("created_at", UtcDateTime, nullable=False),
    Column("tried_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
)
Index("ix_mails_state_due", mails.c.state, mails.c.due_at)
