"""The contact book: names by telephone number (R6). `plugins/contacts` keeps it; any plugin may write to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from host.plugin_api.calls import RecordRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEntry:
    """One entry. `number` is E.164; an empty name means "not registered". `source` is the plugin's name, or "manual"."""

    number: str
    company: str = ""
    person: str = ""
    source: str
    record: RecordRef | None = None
    record_url: str = ""
    updated_at: datetime
    id: int | None = None


class ContactBook(Protocol):
    """Where names are registered. All numbers are E.164; anything else raises ValueError."""

    def entries(self, numbers: Collection[str]) -> Mapping[str, ContactEntry]:
        """The entries of these numbers; a number without one is absent."""
        ...

    def numbers_named(self, text: str, limit: int) -> Collection[str]:
        """The numbers of entries whose company or person contains this text, at most `limit`."""
        ...

    def register(self, entry: ContactEntry) -> None:
        """Write this entry, replacing what the number had (R19, R20)."""
        ...
