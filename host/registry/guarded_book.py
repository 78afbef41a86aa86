"""A contact book that comes from elsewhere: what it does wrong costs names, no page, no call and no other plugin (R35)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

import structlog

from host.plugin_api import Alarms, ContactBook, ContactEntry, RetryLater
from host.registry.in_time import OutOfTime, in_time
from host.sentences import Sentence

T = TypeVar("T")
E164 = re.compile(r"\+[1-9][0-9]{1,14}")
ALARM = "contact_book"
PATIENCE_SECONDS = 3.0
"""So long a page waits for names."""
REST_SECONDS = 30.0
"""So long a book that did not answer in time is not asked again: each question that hangs leaves a thread behind."""
FAILS = Sentence("The contact book fails")
WHAT_TO_DO = Sentence(
    "Meanwhile no names are shown (%(kind)s). Switch the plugin that keeps it off to use another contact book, and tell "
    "whoever made it."
)
NOT_WRITTEN = Sentence("The contact book did not take the name. It is tried again.")


class GuardedBook:
    """Implements `ContactBook`. While the book fails or hangs it knows nobody, and an alarm tells the admins.

    Args:
        build: makes the book; tried again with the next question if it fails.
    """

    def __init__(self, plugin: str, build: Callable[[], ContactBook], alarms: Alarms) -> None:
        self._plugin = plugin
        self._build = build
        self._alarms = alarms
        self._book: ContactBook | None = None
        self._well = False
        self._asked_again_at = 0.0

    def entries(self, numbers: Collection[str]) -> Mapping[str, ContactEntry]:
        _check(numbers)
        try:
            return self._asked(lambda book: _entries(book.entries(numbers)))
        except RetryLater:
            return {}

    def numbers_named(self, text: str, limit: int) -> Collection[str]:
        try:
            return self._asked(lambda book: frozenset(str(each) for each in book.numbers_named(text, limit)))
        except RetryLater:
            return frozenset()

    def register(self, entry: ContactEntry) -> None:
        _check([entry.number])
        self._asked(lambda book: book.register(entry))

    def _asked(self, question: Callable[[ContactBook], T]) -> T:
        if time.monotonic() < self._asked_again_at:
            raise RetryLater(NOT_WRITTEN)
        try:
            answer = in_time(lambda: question(self._opened()), PATIENCE_SECONDS, f"contact book of {self._plugin}")
        except OutOfTime as error:
            self._asked_again_at = time.monotonic() + REST_SECONDS
            self._tell(type(error).__name__)
            raise RetryLater(NOT_WRITTEN) from None
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it raises, names are all that is missing
            self._tell(type(error).__name__)
            raise RetryLater(NOT_WRITTEN) from None
        if not self._well:
            self._alarms.clear_alarm(ALARM)
            self._well = True
        return answer

    def _opened(self) -> ContactBook:
        self._book = self._book or self._build()
        return self._book

    def _tell(self, kind: str) -> None:
        self._well = False
        structlog.get_logger(__name__).error("contact book fails", plugin=self._plugin, kind=kind)
        self._alarms.raise_alarm(ALARM, FAILS, Sentence(WHAT_TO_DO.template, kind=kind))


def _check(numbers: Collection[str]) -> None:
    if not all(E164.fullmatch(number) for number in numbers):
        raise ValueError("A contact book knows numbers in the form E.164 only.")


def _entries(found: Mapping[str, ContactEntry]) -> Mapping[str, ContactEntry]:
    if not all(isinstance(entry, ContactEntry) for entry in found.values()):
        raise TypeError
    return dict(found)
