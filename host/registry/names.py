"""The contact book as plugins write to it: where several know a number, the order an admin set decides (R33)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime

from host.domain.precedence import heir, may_replace
from host.plugin_api import ContactBook, ContactEntry
from host.registry.claims import Claims
from host.registry.loading import LoadedPlugin
from host.storage.engine import Database
from host.storage.locks import exclusive


def name_givers(plugins: Collection[LoadedPlugin]) -> list[LoadedPlugin]:
    """The plugins that may find out who called: those told of ended calls, and those that work by the clock."""
    return [
        plugin
        for plugin in plugins
        if not plugin.manifest.contact_book and ("on_call_end" in plugin.hooks or plugin.manifest.jobs)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What all plugins together know of numbers.

    Args:
        book: the contact book in use, which holds the names that are shown.
        rivals: whether more than one installed plugin finds names; else nothing needs to be compared.
        order: those of them that are on, the first goes before the others.
    """

    database: Database
    book: ContactBook
    rivals: bool
    order: Callable[[], Sequence[str]]
    clock: Callable[[], datetime]

    def register(self, plugin: str, entry: ContactEntry) -> None:
        """Show the name that this plugin found, or keep it until no plugin before it knows one."""
        entry = replace(entry, source=plugin)
        if not self.rivals:
            self.book.register(entry)
            return
        with self._alone(entry.number):
            self._register(plugin, entry)

    def nobody(self, plugin: str, numbers: Collection[str]) -> None:
        """This plugin found that it knows nobody with these numbers: others that do are shown in its place."""
        if self.rivals:
            for number in sorted(numbers):
                with self._alone(number):
                    self._hand_over(plugin, number)

    def settle(self) -> int:
        """Show what the order says now, after it was changed; gives back how many names changed."""
        waiting = self._claims.numbers() if self.rivals else ()
        return sum(self._settle(number) for number in waiting)

    def of(self, plugin: str) -> NamesOfPlugin:
        """The contact book as this plugin sees it."""
        return NamesOfPlugin(self, plugin)

    @property
    def _claims(self) -> Claims:
        return Claims(self.database)

    def _register(self, plugin: str, entry: ContactEntry) -> None:
        order, shown = self.order(), self._shown(entry.number)
        if shown is not None and not may_replace(order, plugin, shown.source, shown.updated_at, self.clock()):
            self._claims.put(entry)
            return
        if shown is not None and shown.source != plugin and shown.source in order:
            self._claims.put(shown)
        self.book.register(entry)
        self._claims.forget(entry.number, plugin)

    def _hand_over(self, plugin: str, number: str) -> None:
        self._claims.forget(number, plugin)
        shown = self._shown(number)
        if shown is not None and shown.source == plugin:
            self._show_heir(number, self._claims.of(number), self.order())

    def _settle(self, number: str) -> bool:
        with self._alone(number):
            order, shown, claims = self.order(), self._shown(number), self._claims.of(number)
            first = heir(order, claims)
            if first is None or shown is None or not may_replace(order, first, shown.source, shown.updated_at, self.clock()):
                return False
            if shown.source in order:
                self._claims.put(shown)
            return self._show_heir(number, claims, order)

    def _show_heir(self, number: str, claims: Mapping[str, ContactEntry], order: Sequence[str]) -> bool:
        first = heir(order, claims)
        if first is not None:
            self.book.register(claims[first])
            self._claims.forget(number, first)
        return first is not None

    def _shown(self, number: str) -> ContactEntry | None:
        return self.book.entries([number]).get(number)

    def _alone(self, number: str) -> AbstractContextManager[None]:
        return exclusive(self.database, f"name:{number}")


@dataclass(frozen=True, slots=True)
class NamesOfPlugin:
    """Implements `host.plugin_api.ContactBook` for one plugin."""

    names: Names
    plugin: str

    def entries(self, numbers: Collection[str]) -> Mapping[str, ContactEntry]:
        return self.names.book.entries(numbers)

    def numbers_named(self, text: str, limit: int) -> Collection[str]:
        return self.names.book.numbers_named(text, limit)

    def register(self, entry: ContactEntry) -> None:
        self.names.register(self.plugin, entry)
