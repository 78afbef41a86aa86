"""Gathers what the agents' page shows: a card for each call that goes on, or that the person has not closed yet (B15)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import get_locale
from sqlalchemy import Connection

from host.domain.number_search import NumberSearch
from host.domain.part_in_call import PartInCall, part_in_call
from host.plugin_api import ContactEntry, Memo
from host.services import Services
from host.storage.call_notes import VersionedMemo, memo_labels, memos_of, versioned_memo_of
from host.storage.going_on import LONGEST_CALL, calls_first_told, calls_going_on
from host.storage.history import CallFilter, CallRow, find_calls, get_rows
from host.web.pages.call_view import heading, writer_name

MOST_CARDS = 20
PAST_CALLS = 3
OVER_LONG_AGO = timedelta(minutes=30)
"""A call that was over so long before it was first told of needs no card: its telephone system was away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an open page asks for. `user_id` is None for everybody's calls.

    `opened` are calls it has cards of, `closed` those whose card was closed there, `since` is when it asked last.
    """

    user_id: int | None
    since: datetime
    opened: Collection[str] = ()
    closed: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class PastCall:
    """An earlier call with the same number."""

    row: CallRow
    memo: Memo | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One call of the page. `seconds` is how long its state has lasted."""

    row: CallRow
    part: PartInCall
    entry: ContactEntry | None
    memo: VersionedMemo | None
    memo_writer: str
    labels: Sequence[str]
    past: tuple[PastCall, ...]
    seconds: float

    @property
    def heading(self) -> str:
        return heading(self.entry)

    @property
    def item_labels(self) -> list[str]:
        """The memo items to tick: those in use, and those ticked before they were taken out of use."""
        return list(dict.fromkeys([*self.labels, *(self.memo.memo.items if self.memo else ())]))

    @property
    def memo_version(self) -> int:
        return self.memo.version if self.memo else 0

    def version(self, part: str) -> str:
        """A text that changes when what a part of the card shows changes."""
        shown = {
            "head": (self.row.call, self.row.state, self.row.transfers, self.row.queue_name, self.part, self.entry),
            "past": (self.past,),
            "memo": (self.memo_version, self.memo_writer, self.labels),
        }
        return fingerprint(repr((shown[part], get_locale())))


@dataclass(frozen=True, slots=True)
class Known:
    """What the cards of one page have in common."""

    entries: Mapping[str, ContactEntry]
    past: Mapping[str, Sequence[PastCall]]
    labels: Sequence[str]
    now: datetime


def cards(services: Services, wanted: Wanted) -> list[Card]:
    """The cards, newest call first."""
    with services.database.reading() as connection:
        return _cards(services, connection, _mine(connection, services.clock(), wanted))


def card_of(services: Services, call_id: str, user_id: int | None) -> Card | None:
    """The card of one call; None if there is none, or it is not this user's."""
    with services.database.reading() as connection:
        parts = _parts(get_rows(connection, [call_id]).values(), user_id)
        return next(iter(_cards(services, connection, parts)), None)


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


Mine = Sequence[tuple[CallRow, PartInCall]]


def _cards(services: Services, connection: Connection, mine: Mine) -> list[Card]:
    numbers = {row.call.number for row, _part in mine if row.call.number}
    past = {number: _past(connection, number) for number in numbers}
    entries = services.registry.contact_book().entries(numbers)
    labels, now = memo_labels(connection), services.clock()
    return [_card(connection, Known(entries, past, labels, now), row, part) for row, part in mine]


def _mine(connection: Connection, now: datetime, wanted: Wanted) -> Mine:
    rows = {row.call.id: row for row in calls_going_on(connection, now, wanted.user_id)}
    for row in calls_first_told(connection, wanted.since, wanted.user_id):
        if row.call.ended_at is None or row.call.ended_at > now - OVER_LONG_AGO:
            rows[row.call.id] = row
    missing = [call_id for call_id in wanted.opened if call_id not in rows]
    found = get_rows(connection, missing) if missing else {}
    rows |= {call_id: row for call_id, row in found.items() if row.call.started_at > now - LONGEST_CALL}
    parts = _parts((row for row in rows.values() if row.call.id not in wanted.closed), wanted.user_id)
    return sorted(parts, key=lambda one: (one[0].call.started_at, one[0].call.id), reverse=True)[:MOST_CARDS]


def _parts(rows: Iterable[CallRow], user_id: int | None) -> Mine:
    parts = ((row, _part(row, user_id)) for row in rows)
    return [(row, part) for row, part in parts if part is not None]


def _part(row: CallRow, user_id: int | None) -> PartInCall | None:
    """For who watches everybody's calls, what each is to whom it is to anybody."""
    if user_id is not None:
        return part_in_call(row.state, row.call.agents, user_id)
    return {"dialling": PartInCall.DIALLING, "ringing": PartInCall.RINGING, "answered": PartInCall.TALKING}.get(
        row.state, PartInCall.ENDED
    )


def _past(connection: Connection, number: str) -> list[PastCall]:
    """The newest calls with a number, more than a card shows: its own call is among them."""
    found = find_calls(connection, CallFilter(number=NumberSearch(exact=number)), limit=2 * PAST_CALLS).calls
    memos = memos_of(connection, [row.call.id for row in found])
    return [PastCall(row, memos.get(row.call.id)) for row in found]


def _card(connection: Connection, known: Known, row: CallRow, part: PartInCall) -> Card:
    number = row.call.number or ""
    memo = versioned_memo_of(connection, row.call.id)
    earlier = [one for one in known.past.get(number, ()) if one.row.call.started_at < row.call.started_at]
    return Card(
        row=row,
        part=part,
        entry=known.entries.get(number),
        memo=memo,
        memo_writer=writer_name(connection, memo.memo.saved_by) if memo else "",
        labels=known.labels,
        past=tuple(earlier[:PAST_CALLS]),
        seconds=max(0.0, (known.now - _state_began(row)).total_seconds()),
    )


def _state_began(row: CallRow) -> datetime:
    return (row.call.answered_at if row.state != "ringing" else None) or row.call.started_at
