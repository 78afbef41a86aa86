"""Remembers the calls that pages show now, by number: a name registered or a memo saved elsewhere is news for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from host.plugin_api import ContactBook
from host.storage.going_on import LONGEST_CALL, CallBrief

SOMEBODY = 0
"""Stands for whoever watches all calls, also those that have nobody of the site in them."""
AFTERWARDS = timedelta(seconds=60)
"""So long after its last change a call that is over is looked after; by then its look-up has been made."""


class ShownCalls:
    """The calls that go on or ended just now, and what the contact book said of their numbers."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._calls: dict[str, tuple[CallBrief, datetime]] = {}
        self._names: dict[str, tuple[str, str]] = {}

    def note(self, brief: CallBrief) -> set[int]:
        """A call changed; gives back whom that concerns: those in it now or before, and who talks with the same number."""
        before = self._calls.get(brief.id)
        self._calls[brief.id] = (brief, self._clock())
        concerned = {SOMEBODY, *brief.people, *(before[0].people if before else ())}
        return concerned | self.people_of([brief.number] if brief.number else ())

    def people_of(self, numbers: Iterable[str]) -> set[int]:
        """Who has a call with one of these numbers."""
        wanted = set(numbers)
        return {person for brief, _at in self._calls.values() if brief.number in wanted for person in brief.people}

    def renamed(self, book: ContactBook) -> set[int]:
        """Whom it concerns that the contact book says something else of their numbers than at the last look."""
        self._forget()
        numbers = {brief.number for brief, _at in self._calls.values() if brief.number}
        found = book.entries(numbers) if numbers else {}
        names = {number: (entry.company, entry.person) for number, entry in found.items()}
        changed = [number for number in numbers if names.get(number) != self._names.get(number)]
        self._names = names
        return self.people_of(changed)

    def _forget(self) -> None:
        now = self._clock()
        self._calls = {
            key: (brief, at)
            for key, (brief, at) in self._calls.items()
            if at >= now - (LONGEST_CALL if brief.goes_on else AFTERWARDS)
        }
