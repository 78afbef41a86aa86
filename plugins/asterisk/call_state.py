"""What is known so far of one call (one Linkedid): its legs, transfers and queue. Only facts of the stream, no verdicts."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Leg:
    """One channel of the call. `dialled_by` is "" for the leg an Originate rings: it has no dialling channel."""

    uniqueid: str
    channel: str
    created_at: datetime
    number: str = ""
    name: str = ""
    exten: str = ""
    restricted: bool = False
    up_at: datetime | None = None
    dialled_at: datetime | None = None
    dialled_by: str = ""
    dialled_number: str = ""
    presented: str = ""
    dial_status: str = ""
    answered_at: datetime | None = None
    hangup_requested_at: datetime | None = None
    ended_at: datetime | None = None
    cause: int | None = None
    cause_text: str = ""
    lost: bool = False

    @property
    def originated(self) -> bool:
        """Rung by an Originate: the first leg of a click-to-call."""
        return self.dialled_at is not None and not self.dialled_by


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer which succeeded. `kind`: blind | attended; `by`: uniqueids of the transferring legs."""

    kind: str
    from_channel: str
    to: str
    at: datetime
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue a caller waited in; seconds as Asterisk counts them, None while unknown."""

    name: str
    wait_seconds: int | None = None
    talk_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class CallState:
    """Everything the events of one Linkedid said, and when the last one came."""

    id: str
    seen_at: datetime
    legs: tuple[Leg, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    queue: Queue | None = None

    def leg(self, uniqueid: str) -> Leg | None:
        return next((leg for leg in self.legs if leg.uniqueid == uniqueid), None)

    def with_leg(self, leg: Leg) -> "CallState":
        """The state with this leg added, or put in the place of its earlier self."""
        if self.leg(leg.uniqueid) is None:
            return replace(self, legs=(*self.legs, leg))
        return replace(self, legs=tuple(leg if old.uniqueid == leg.uniqueid else old for old in self.legs))

    @property
    def is_over(self) -> bool:
        """The last channel is gone: only now is anything about the call decided."""
        return bool(self.legs) and all(leg.ended_at is not None for leg in self.legs)


def from_json(raw: dict[str, Any]) -> CallState:
    """A state as `dataclasses.asdict` and JSON (datetimes in ISO form) left it.

    Raises:
        KeyError, TypeError, ValueError: not such a document.
    """
    return CallState(
        id=raw["id"],
        seen_at=datetime.fromisoformat(raw["seen_at"]),
        legs=tuple(Leg(**_times(leg)) for leg in raw["legs"]),
        transfers=tuple(Transfer(**_times({**t, "by": tuple(t["by"])})) for t in raw["transfers"]),
        queue=Queue(**raw["queue"]) if raw["queue"] else None,
    )


def _times(raw: dict[str, Any]) -> dict[str, Any]:
    return {
        key: datetime.fromisoformat(value) if value and (key == "at" or key.endswith("_at")) else value
        for key, value in raw.items()
    }
