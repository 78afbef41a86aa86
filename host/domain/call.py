"""Merges what events tell about a call so that it never steps back: the order of arrival and repeats change nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from host.domain.call_report import STATE_ORDER, CallFacts, CallPicture, CallState, Participant, Stamp, Weight
from host.plugin_api.calls import CallOutcome

FACT_NAMES = tuple(field.name for field in fields(CallFacts))
LATER_FACTS = frozenset({"recording_url"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class EventType(StrEnum):
    """The events of a call (spec: Standard Webhooks envelope, `call.*` types)."""

    RINGING = "call.ringing"
    ANSWERED = "call.answered"
    TRANSFERRED = "call.transferred"
    ENDED = "call.ended"
    UPDATED = "call.updated"


_STATE = {
    EventType.RINGING: CallState.RINGING,
    EventType.ANSWERED: CallState.ANSWERED,
    EventType.TRANSFERRED: CallState.ANSWERED,
    EventType.ENDED: CallState.ENDED,
    EventType.UPDATED: CallState.RINGING,
}
_WEIGHT = {
    EventType.RINGING: Weight.RINGING,
    EventType.ANSWERED: Weight.ANSWERED,
    EventType.TRANSFERRED: Weight.TRANSFERRED,
    EventType.ENDED: Weight.ENDED,
    EventType.UPDATED: Weight.ADDED,
}


def picture_of(event: EventType, told_at: datetime, facts: CallFacts) -> CallPicture:
    """What one event alone says of a call. Times it must have but leaves out are guessed from the moment it was sent."""
    moment = (told_at - _EPOCH) // _MICROSECOND
    told = told_facts(facts)
    stamps = {name: Stamp(_weight(event, name), moment) for name in told}
    for name in _guessed(event, told):
        told[name] = told_at
        stamps[name] = Stamp(Weight.GUESSED, -moment)
    return CallPicture(state=_STATE[event], facts=CallFacts(**told), stamps=stamps)


def clicked_picture(clicked_at: datetime, facts: CallFacts) -> CallPicture:
    """A call that a person asked for by clicking a number, which stays its number; all else is for the telephone to say."""
    moment = (clicked_at - _EPOCH) // _MICROSECOND
    lasting = {"party", "clicked_record"}
    stamps = {name: Stamp(Weight.CLICKED if name in lasting else Weight.DIALLED, moment) for name in told_facts(facts)}
    return CallPicture(state=CallState.DIALLING, facts=facts, stamps=stamps)


def undialled_picture(at: datetime, outcome: CallOutcome, why: str) -> CallPicture:
    """A call that a person asked for and that was not made, as far as the host can know."""
    facts = CallFacts(outcome=outcome, ended_at=at, hangup_by="system", hangup_text=why)
    stamps = dict.fromkeys(told_facts(facts), Stamp(Weight.ASSUMED, (at - _EPOCH) // _MICROSECOND))
    return CallPicture(state=CallState.ENDED, facts=facts, stamps=stamps)


def merge(known: CallPicture, told: CallPicture) -> CallPicture:
    """Both together. Merging is commutative, associative and idempotent: each fact keeps its weightiest word."""
    facts: dict[str, Any] = {}
    stamps: dict[str, Stamp] = {}
    told_of_end = any(stamp.weight == Weight.ENDED for one in (known, told) for stamp in one.stamps.values())
    for name in FACT_NAMES:
        winner = known if _claim(known, name) >= _claim(told, name) else told
        if name in winner.stamps and not (told_of_end and winner.stamps[name].weight == Weight.ASSUMED):
            facts[name] = getattr(winner.facts, name)
            stamps[name] = winner.stamps[name]
    state = max(known.state, told.state, key=STATE_ORDER.__getitem__)
    return CallPicture(state=state, facts=CallFacts(**facts), stamps=stamps)


def told_facts(facts: CallFacts) -> dict[str, Any]:
    """The facts that were told, by name."""
    every = ((name, getattr(facts, name)) for name in FACT_NAMES)
    return {name: value for name, value in every if value not in (None, (), "")}


def responsible_user(agents: tuple[Participant, ...], users: Mapping[str, int]) -> int | None:
    """The host user a call belongs to: who handled it (answered last), else who was rung first.

    `users` gives user ids by extension. A call handled by an extension that belongs to no user belongs to nobody.
    """
    if not agents:
        return None
    answered = [agent for agent in agents if agent.answered_at is not None]
    handled = max(answered, key=lambda agent: agent.answered_at or _EPOCH, default=agents[0])
    return users.get(handled.extension)


def _weight(event: EventType, name: str) -> Weight:
    return Weight.LATER if event is EventType.UPDATED and name in LATER_FACTS else _WEIGHT[event]


def _guessed(event: EventType, told: Mapping[str, Any]) -> list[str]:
    needed = ["started_at", "ended_at"] if event is EventType.ENDED else ["started_at"]
    return [name for name in needed if name not in told]


def _claim(picture: CallPicture, name: str) -> tuple[bool, Stamp, str]:
    """What a picture puts into the scale for one fact; the text only parts two different words of one moment."""
    stamp = picture.stamps.get(name)
    if stamp is None:
        return (False, Stamp(Weight.GUESSED, 0), "")
    return (True, stamp, repr(getattr(picture.facts, name)))
