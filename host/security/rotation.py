"""Seals everything that is stored sealed anew, after a new key was put in front."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Table, and_, select, update

from host.security.sealing import Sealer
from host.storage.plugin_tables import plugin_secrets
from host.storage.tables import event_sources

SEALED: tuple[tuple[Table, str], ...] = (
    (plugin_secrets, "sealed"),
    (event_sources, "sealed_secret"),
    (event_sources, "sealed_previous_secret"),
)


def reseal_all(connection: Connection, sealer: Sealer) -> int:
    """Seal all of them with the first key; gives back how many. Needs a writing transaction: all or none.

    Raises:
        SealBroken: one cannot be opened; nothing was changed.
    """
    return sum(_reseal_column(connection, sealer, table, table.c[name]) for table, name in SEALED)


def _reseal_column(connection: Connection, sealer: Sealer, table: Table, column: Column[str]) -> int:
    keys = list(table.primary_key.columns)
    rows = connection.execute(select(*keys, column.label("sealed_text")).where(column.is_not(None)).with_for_update()).all()
    for row in rows:
        this = and_(*(key == getattr(row, key.name) for key in keys))
        connection.execute(update(table).where(this).values({column.name: sealer.reseal(row.sealed_text)}))
    return len(rows)
