"""The host's tables. Plugins keep their own; DBOS keeps its own."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    desc,
    text,
)

from host.storage.types import Json, UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING)

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String(254), nullable=False, unique=True),  # stored lower-case
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),  # admin | agent
    Column("extension", String(32), unique=True),
    Column("password_hash", String(255), nullable=False),
    Column("language", String(8)),
    Column("active", Boolean, nullable=False, default=True),
    Column("created_at", UtcDateTime, nullable=False),
    # changed on password change or deactivation: sessions made before are over
    Column("session_key", String(64), nullable=False),
)

ended_sessions = Table(
    "ended_sessions",
    metadata,
    Column("serial", String(64), primary_key=True),
    Column("until", UtcDateTime, nullable=False),  # when it is over by itself
)

login_failures = Table(
    "login_failures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject", String(300), nullable=False, index=True),  # "email:…" or "address:…"
    Column("failed_at", UtcDateTime, nullable=False),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(100), nullable=False),
    Column("role", String(20), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),  # sha-256, hex
    Column("created_by", String(254), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

event_sources = Table(
    "event_sources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),  # "asterisk:testpbx"
    Column("sealed_secret", Text, nullable=False),
    Column("sealed_previous_secret", Text),  # still valid while a rotation is under way
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_event_at", UtcDateTime),
)

received_events = Table(
    "received_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source_id", ForeignKey("event_sources.id", ondelete="CASCADE"), nullable=False),
    Column("webhook_id", String(255), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),  # no index: each costs every event; pruned once an hour
    UniqueConstraint("source_id", "webhook_id"),
)

calls = Table(
    "calls",
    metadata,
    Column("id", String(36), primary_key=True),  # UUIDv7
    Column("source", String(100), nullable=False),
    Column("source_call_id", String(255), nullable=False),
    Column("state", String(20), nullable=False),  # dialling | ringing | answered | ended
    Column("direction", String(20), nullable=False),
    Column("number", String(20)),  # outside party, E.164; NULL if none may be looked up
    Column("raw_number", String(255), nullable=False, default=""),
    Column("external_name", String(255), nullable=False, default=""),
    Column("withheld", Boolean, nullable=False, default=False),
    Column("line", String(64), nullable=False, default=""),
    Column("agents", Json, nullable=False),  # [{extension, name, user_id, answered_at, left_at}]
    Column("user_id", ForeignKey("users.id", ondelete="SET NULL")),  # who handled it, else who was rung first
    Column("outcome", String(20)),
    Column("started_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("ring_seconds", Float),
    Column("talk_seconds", Float),
    Column("queue_name", String(100), nullable=False, default=""),
    Column("wait_seconds", Float),
    Column("hangup_by", String(20), nullable=False, default=""),
    Column("hangup_text", String(100), nullable=False, default=""),
    Column("transfers", Json, nullable=False),  # [{kind, from, to, at}]
    Column("recording_url", Text, nullable=False, default=""),
    Column("clicked_object", String(100)),
    Column("clicked_record_id", String(100)),
    # for each fact above who told it (host.domain.call_report.Stamp), so that a late event never steps back
    Column("stamps", Json, nullable=False, default=dict),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("source", "source_call_id"),
)
Index("ix_calls_newest", desc(calls.c.started_at), desc(calls.c.id))
Index("ix_calls_number_newest", calls.c.number, desc(calls.c.started_at), desc(calls.c.id))
Index("ix_calls_user_newest", calls.c.user_id, desc(calls.c.started_at), desc(calls.c.id))
Index("ix_calls_updated_at", calls.c.updated_at)
GOING_ON = text("state <> 'ended'")
"""Calls that are not over: written as in the index, so that both databases use it."""
Index("ix_calls_going_on", calls.c.started_at, sqlite_where=GOING_ON, postgresql_where=GOING_ON)

memos = Table(
    "memos",
    metadata,
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("items", Json, nullable=False),  # the labels ticked
    Column("version", Integer, nullable=False),
    Column("saved_at", UtcDateTime, nullable=False),
    Column("saved_by", String(254), nullable=False),
    Column("tell_at", UtcDateTime),  # when the plugins are to be told of it; NULL once they were
)
UNTOLD = text("tell_at IS NOT NULL")
"""Memos the plugins have not been told of: the few that were typed just now."""
Index("ix_memos_untold", memos.c.tell_at, sqlite_where=UNTOLD, postgresql_where=UNTOLD)

memo_items = Table(
    "memo_items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("label", String(100), nullable=False, unique=True),
    Column("position", Integer, nullable=False),
    Column("active", Boolean, nullable=False, default=True),
)

analyses = Table(
    "analyses",
    metadata,
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("summary", Text, nullable=False),
    Column("transcript", Text, nullable=False),
    Column("done_at", UtcDateTime, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), nullable=False),
    Column("hook", String(40), nullable=False),  # on_call_end …
    Column("detail", Json, nullable=False),  # {refetch} | {number, extension} | {origin}: no personal data but the number
    Column("occurred_at", UtcDateTime, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("fact_id", ForeignKey("facts.id", ondelete="CASCADE"), nullable=False),
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), nullable=False),
    Column("plugin", String(64), nullable=False),
    Column("hook", String(40), nullable=False),
    Column("state", String(20), nullable=False),  # host.domain.settlement.DeliveryState
    Column("parked_for", String(20)),  # reauthorise | configure | disabled | set_aside
    Column("aside_key", String(64)),  # of set_aside work: the plugin's key of the connection it belongs to
    Column("message", Text, nullable=False, default=""),
    # host.domain.reasons: what stopped it last; kept while it is tried again, "" when it never was or is done
    Column("reason", String(40), nullable=False, default="", server_default=""),
    Column("attempts", Integer, nullable=False, default=0),
    Column("tries_from", Integer, nullable=False, default=0),  # attempts made before a person last set it going
    Column("api_calls", Integer, nullable=False, default=0),
    Column("due_at", UtcDateTime),  # when a retry is due
    Column("queued", Boolean, nullable=False, default=False),  # a job was made for it, or it needs none now
    Column("claim", String(64)),  # who runs it now: a token of one attempt, so that a late writer changes nothing
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("fact_id", "plugin"),
)
Index("ix_deliveries_call_plugin", deliveries.c.call_id, deliveries.c.plugin, deliveries.c.id)
Index("ix_deliveries_state", deliveries.c.state, deliveries.c.plugin)
WITHOUT_JOB = text("NOT queued")
"""What a worker has to make a job for: written as in the index, so that both databases use it."""
Index(
    "ix_deliveries_without_job", deliveries.c.plugin, deliveries.c.id, sqlite_where=WITHOUT_JOB, postgresql_where=WITHOUT_JOB
)
WAS_STOPPED = text("reason <> ''")
"""What something stopped, and is not done since: the few rows the inbox of errors reads."""
Index(
    "ix_deliveries_reason",
    deliveries.c.plugin,
    deliveries.c.reason,
    deliveries.c.id,
    deliveries.c.state,
    sqlite_where=WAS_STOPPED,
    postgresql_where=WAS_STOPPED,
)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery_id", ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("worker", String(64), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("result", String(20)),  # done | skipped | retry | wait | reauthorise | configure | permanent | bug | interrupted
    Column("message", Text, nullable=False, default=""),
    Column("api_calls", Integer, nullable=False, default=0),
)

matches = Table(
    "matches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), nullable=False),
    Column("plugin", String(64), nullable=False),
    Column("matched_at", UtcDateTime, nullable=False),
    Column("match", Json, nullable=False),  # host.plugin_api.Match as JSON
    UniqueConstraint("call_id", "plugin"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

workers = Table(
    "workers",
    metadata,
    Column("executor_id", String(64), primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("installed", Json),  # the distributions that brought plugins when its process started, with their versions
)

operation_log = Table(
    "operation_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("happened_at", UtcDateTime, nullable=False, index=True),
    Column("actor", String(254), nullable=False),
    Column("area", String(64), nullable=False),  # "plugins", "users", a plugin's name …
    Column("action", String(100), nullable=False),
    Column("detail", Json, nullable=False),
)
