"""Which events were taken already: an event that is sent again changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from host.security.event_sources import EventSource
from host.storage.tables import event_sources, received_events

LAST_EVENT_STEP = timedelta(minutes=1)
_INSERT = {
    name: insert(received_events).on_conflict_do_nothing().inline().execution_options(preserve_rowcount=True)
    for name, insert in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}


def take_event(connection: Connection, source: EventSource, webhook_id: str, now: datetime) -> bool:
    """Note the event as received; False if it was received before."""
    values = {"source_id": source.id, "webhook_id": webhook_id, "received_at": now}
    if not connection.execute(_INSERT[connection.dialect.name], values).rowcount:
        return False
    if source.last_event_at is None or now - source.last_event_at >= LAST_EVENT_STEP:
        _note(connection, source, now)
    return True


def _note(connection: Connection, source: EventSource, now: datetime) -> None:
    """When a source was last heard, to the minute: every event would be one more write."""
    connection.execute(update(event_sources).where(event_sources.c.id == source.id).values(last_event_at=now))
