"""The site's contact book: that of the enabled plugin that keeps one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from host.plugin_api import ContactBook, ContactEntry


class NoContactBook:
    """Knows nobody and keeps nothing: what there is while no enabled plugin keeps a contact book."""

    def entries(self, numbers: Collection[str]) -> Mapping[str, ContactEntry]:  # noqa: ARG002 - the port's signature
        return {}

    def numbers_named(self, text: str, limit: int) -> Collection[str]:  # noqa: ARG002
        return ()

    def register(self, entry: ContactEntry) -> None:
        """Nothing is kept."""


class SiteContactBook:
    """Hands everything to the contact book that is in use at that moment."""

    def __init__(self, in_use: Callable[[], ContactBook]) -> None:
        self._in_use = in_use

    def entries(self, numbers: Collection[str]) -> Mapping[str, ContactEntry]:
        return self._in_use().entries(numbers)

    def numbers_named(self, text: str, limit: int) -> Collection[str]:
        return self._in_use().numbers_named(text, limit)

    def register(self, entry: ContactEntry) -> None:
        self._in_use().register(entry)
