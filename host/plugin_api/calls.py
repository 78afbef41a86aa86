"""What a plugin sees of a call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Direction(StrEnum):
    """Who called whom, seen from the site."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class CallOutcome(StrEnum):
    """How a call ended; `ANSWERED` means that a person spoke with the outside party."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    CANCELED = "canceled"
    REJECTED = "rejected"
    FAILED = "failed"
    AGENT_NO_ANSWER = "agent_no_answer"
    SYSTEM_ONLY = "system_only"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRef:
    """A record in a CRM: `object` is the CRM's own name for the kind ("Contact"), `id` its key there."""

    object: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A person of the site who took part in a call; `user_id` is None when the extension belongs to no host user."""

    extension: str
    name: str = ""
    user_id: int | None = None
    answered_at: datetime | None = None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as the host knows it now. All times are UTC, all durations seconds.

    `number` is the outside party in E.164 ("+819012345678") or None when it is withheld, an extension, a short code or
    nothing that could be a telephone number; `raw_number` is what the telephone system sent. `agents` are in the order in
    which they joined; the last one who answered is `handled_by`. `clicked_record` is the CRM record whose number was
    clicked to make this call.
    """

    id: str
    direction: Direction
    number: str | None
    raw_number: str
    external_name: str = ""
    withheld: bool = False
    line: str = ""
    agents: tuple[Agent, ...] = ()
    outcome: CallOutcome | None = None
    started_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ring_seconds: float | None = None
    talk_seconds: float | None = None
    clicked_record: RecordRef | None = None
    url: str = ""

    @property
    def handled_by(self) -> Agent | None:
        """The agent who answered last: after a transfer, the one who took the call (R28)."""
        answered = [agent for agent in self.agents if agent.answered_at is not None]
        return max(answered, key=lambda agent: agent.answered_at or self.started_at, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memo:
    """What a person wrote about a call: free text and the memo items ticked."""

    text: str
    items: tuple[str, ...] = ()
    saved_at: datetime
    saved_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The speech analysis of a call."""

    summary: str
    transcript: str
    done_at: datetime
