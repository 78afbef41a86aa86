"""Writes the whole contact book as CSV, piece by piece, so that a large one needs little memory."""

from __future__ import annotations

from collections.abc import Iterator

from host.plugin_api import PluginContext
from host.plugin_api.spreadsheet import BYTE_ORDER_MARK, csv_lines, guarded
from plugins.contacts.domain.cursor import Position
from plugins.contacts.domain.spreadsheet import number_cell
from plugins.contacts.queries import find_after
from plugins.contacts.rows import StoredEntry

HEADER = ("number", "company", "person", "source", "record_url", "updated_at")
ENTRIES_PER_PIECE = 1000


def csv_pieces(context: PluginContext, search: str) -> Iterator[str]:
    """The CSV file of the entries that match this search, all of them for an empty one."""
    yield BYTE_ORDER_MARK + csv_lines([HEADER])
    after: Position | None = None
    while True:
        with context.database.reading() as connection:
            found = find_after(connection, search, context.site.region, after, ENTRIES_PER_PIECE)
        if found:
            yield csv_lines(_cells(each, context) for each in found)
        if len(found) < ENTRIES_PER_PIECE:
            return
        after = found[-1].position


def _cells(stored: StoredEntry, context: PluginContext) -> tuple[str, ...]:
    entry = stored.entry
    return (
        number_cell(entry.number, context.site.region),
        guarded(entry.company),
        guarded(entry.person),
        guarded(entry.source),
        guarded(entry.record_url),
        entry.updated_at.astimezone(context.site.timezone).strftime("%Y-%m-%d %H:%M:%S"),
    )
