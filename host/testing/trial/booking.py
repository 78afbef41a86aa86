"""The step that writes names into the contact book a plugin keeps, and reads them back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from host.plugin_api import ContactBook, ContactEntry
from host.testing.lab import Lab
from host.testing.story import CALLER, STRANGER
from host.testing.trial.diary import Diary


def keep_names(diary: Diary, lab: Lab) -> None:
    """Register, replace, look up, search."""
    make = lab.plugin.manifest.contact_book
    if make is None:
        return
    diary.begin("book")
    try:
        faults = list(_faults(make(lab.context)))
    except Exception as error:  # noqa: BLE001 - whatever the book does, the trial is written down
        faults = [f"It fails with {type(error).__name__}."]
    diary.done("book", faults=faults)


def _faults(book: ContactBook) -> Iterator[str]:
    for company in ("First", "Second"):
        book.register(_entry(CALLER, company))
    entries = book.entries([CALLER, STRANGER])
    if STRANGER in entries:
        yield "It has an entry for a number that nobody registered."
    if CALLER not in entries or entries[CALLER].company != "Second":
        yield "An entry that is registered again does not replace the one before."
    if CALLER not in book.numbers_named("econ", 10) or book.numbers_named("First", 10):
        yield "Its search by a part of the name does not find what is there, or finds what is not."
    try:
        book.register(_entry("090-1234", "Third"))
    except ValueError:
        return
    yield "It takes a number that is not written in E.164."


def _entry(number: str, company: str) -> ContactEntry:
    return ContactEntry(number=number, company=company, person="Ann", source="trial", updated_at=datetime.now(UTC))
