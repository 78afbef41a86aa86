"""What a telephone system says of a call: the facts of one event, any of which it may leave out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from host.plugin_api.calls import CallOutcome, Direction, RecordRef


class CallState(StrEnum):
    """How far a call has come; it only ever moves down this list."""

    DIALLING = "dialling"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


STATE_ORDER = {state: position for position, state in enumerate(CallState)}


class Weight(IntEnum):
    """Whose word counts when two events disagree: the heavier, whatever the order of arrival; among equals the later one.

    `ASSUMED` is what the host takes for granted of a call it asked for and that nobody dials; all of it goes when the
    telephone system tells how the call ended.
    A guess (a time missing in the event) yields to any word; `ADDED` is what `call.updated` says of facts that somebody may
    have told already; `LATER` is what only comes after the end, such as a recording; `CLICKED` is the number a person
    clicked, which the telephone system can only repeat.
    """

    ASSUMED = -4
    GUESSED = -3
    ADDED = -2
    DIALLED = -1
    RINGING = 0
    ANSWERED = 1
    TRANSFERRED = 2
    ENDED = 3
    LATER = 4
    CLICKED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The outside party as it was sent. `number` is E.164, or None if it may not be looked up."""

    number: str | None = None
    raw_number: str = ""
    withheld: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A phone of the site that was rung or answered."""

    extension: str
    name: str = ""
    answered_at: datetime | None = None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A call handed from one extension to another; `kind` is blind or attended."""

    kind: str
    from_extension: str
    to_extension: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """The facts of a call that events tell. None (an empty tuple) means: not told. Times are UTC, durations seconds."""

    direction: Direction | None = None
    party: Party | None = None
    external_name: str | None = None
    line: str | None = None
    agents: tuple[Participant, ...] = ()
    outcome: CallOutcome | None = None
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ring_seconds: float | None = None
    talk_seconds: float | None = None
    queue_name: str | None = None
    wait_seconds: float | None = None
    hangup_by: str | None = None
    hangup_text: str | None = None
    transfers: tuple[Transfer, ...] = ()
    recording_url: str | None = None
    clicked_record: RecordRef | None = None


@dataclass(frozen=True, slots=True, order=True)
class Stamp:
    """How much a fact counts: by weight first, then by the moment it was told (microseconds since 1970)."""

    weight: int
    told_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPicture:
    """All that is known of a call: its state, its facts, and for each fact who told it."""

    state: CallState
    facts: CallFacts
    stamps: Mapping[str, Stamp] = field(default_factory=dict)
