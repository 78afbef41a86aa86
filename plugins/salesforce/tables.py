"""The plugin's own tables. Times are UTC; SQLite keeps no zone."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, DateTime, Integer, MetaData, String, Table

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

tasks = Table(
    "salesforce_tasks",
    metadata,
    Column("call_id", String(36), primary_key=True),
    Column("org", String(15), nullable=False),  # the org it is in
    Column("state", String(10), nullable=False),  # domain.activity.standing.TaskState
    Column("task_id", String(18)),
    Column("written", JSON, nullable=False),  # what is remembered of each field: domain.activity.merge.Merged
    Column("pending", JSON, nullable=False),  # writes whose answer never came, each field → value
    Column("written_at", DateTime(timezone=True)),  # Salesforce's own LastModifiedDate after our last write
    Column("asked_at", DateTime(timezone=True)),  # when its creation was last asked for
    Column("target", JSON, nullable=False),  # domain.activity.standing.Target
    Column("claim", String(32)),  # who works on it now
    Column("claim_until", DateTime(timezone=True)),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)

call_starts = Table(
    "salesforce_call_starts",
    metadata,
    Column("call_id", String(36), primary_key=True),
    Column("org", String(15), nullable=False),
    Column("token", String(32), nullable=False),  # who asks, or has asked
    Column("until", DateTime(timezone=True), nullable=False),  # while it is not answered: from then on somebody else may
    Column("answered_at", DateTime(timezone=True)),  # the answer is the match kept for the call
    Column("record_id", String(18)),  # of that match; NULL if nobody holds the number
    Column("person_contact", String(18)),  # asking.Found
)

pins = Table(
    "salesforce_pins",
    metadata,
    Column("org", String(15), primary_key=True),
    Column("number", String(32), primary_key=True),  # E.164
    Column("object", String(40), nullable=False),
    Column("record_id", String(18), nullable=False),
    Column("name", String(400), nullable=False),  # of the record, as it was chosen
    Column("held", Boolean, nullable=False),  # domain.pin.Pin
    Column("chosen_by", String(254), nullable=False),
    Column("chosen_at", DateTime(timezone=True), nullable=False),
    Column("before", JSON),  # pins.KeptPin
)
