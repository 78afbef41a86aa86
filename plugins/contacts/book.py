"""The contact book that history and call pages read, and that any plugin registers names in (R6)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from host.plugin_api import ContactEntry, Database, PluginContext
from plugins.contacts.changes import register_entry
from plugins.contacts.domain.entry import is_e164
from plugins.contacts.queries import entries_by_number, numbers_named


class StoredContactBook:
    """Implements `host.plugin_api.ContactBook` over the plugin's table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self, numbers: Collection[str]) -> Mapping[str, ContactEntry]:
        if not all(map(is_e164, numbers)):
            raise ValueError("contacts are kept by E.164 numbers only")
        if not numbers:
            return {}
        with self._database.reading() as connection:
            return {number: stored.entry for number, stored in entries_by_number(connection, numbers).items()}

    def numbers_named(self, text: str, limit: int) -> Collection[str]:
        with self._database.reading() as connection:
            return numbers_named(connection, text, limit)

    def register(self, entry: ContactEntry) -> None:
        with self._database.writing() as connection:
            register_entry(connection, entry)


def make_book(context: PluginContext) -> StoredContactBook:
    """The manifest's `contact_book`."""
    return StoredContactBook(context.database)
