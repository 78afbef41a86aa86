"""One call as the host wants it, derived from the folded state. Pure."""

from dataclasses import dataclass
from datetime import datetime

from plugins.asterisk.call_fold import CLIENT_REF_PREFIX
from plugins.asterisk.call_state import CallState, Queue
from plugins.asterisk.channels import endpoint
from plugins.asterisk.numbers import e164, is_withheld
from plugins.asterisk.outcome import Hangup, hangup, is_lost, outcome
from plugins.asterisk.parties import Parties, Site, extension, parties


@dataclass(frozen=True, slots=True)
class External:
    """The outside party: E.164 where the raw number is one; all None for an internal call."""

    number: str | None = None
    raw: str | None = None
    name: str | None = None
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Agent:
    extension: str
    name: str | None
    answered_at: datetime | None
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class TransferMade:
    kind: str
    from_extension: str
    to: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call. Times in UTC; `outcome`, `hangup`, `ended_at`, seconds are None until they are known."""

    id: str
    client_ref: str | None
    direction: str
    external: External
    line: str | None
    agents: tuple[Agent, ...]
    queue: Queue | None
    started_at: datetime
    rung_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    ring_seconds: float | None
    talk_seconds: float | None
    outcome: str | None
    hangup: Hangup | None
    transfers: tuple[TransferMade, ...]


def record(state: CallState, site: Site) -> CallRecord | None:
    """The record of a call, running or over; None while it has no telephone yet."""
    call = parties(state, site)
    if call is None:
        return None
    ended_at = max(leg.ended_at for leg in state.legs if leg.ended_at) if state.is_over else None
    return CallRecord(
        id=state.id,
        client_ref=state.id if state.id.startswith(CLIENT_REF_PREFIX) else None,
        direction=call.direction,
        external=_external(call),
        line=_line(call),
        agents=_agents(call),
        queue=state.queue,
        started_at=call.origin.created_at,
        rung_at=_rung_at(call),
        answered_at=call.answered_at,
        ended_at=ended_at,
        ring_seconds=_ring_seconds(call, ended_at),
        talk_seconds=_talk_seconds(call, ended_at),
        outcome=outcome(call) if ended_at else None,
        hangup=hangup(call) if ended_at else None,
        transfers=tuple(TransferMade(t.kind, endpoint(t.from_channel), t.to, t.at) for t in state.transfers),
    )


def _external(call: Parties) -> External:
    if call.direction == "internal":
        return External()
    if call.direction == "outbound":
        raw = call.outside.dialled_number if call.outside and call.outside.dialled_number else call.intended
        return External(number=e164(raw, call.site.region), raw=raw or None)
    caller = call.origin
    if caller.restricted or is_withheld(caller.number):
        return External(raw=None if caller.restricted else caller.number or None, withheld=True)
    return External(e164(caller.number, call.site.region), caller.number, caller.name or None)


def _line(call: Parties) -> str | None:
    """The number called (only the first Newchannel has it), or the one presented outside."""
    presented = call.outside.presented if call.outside else ""
    line = call.origin.exten if call.direction == "inbound" else presented
    is_number = line.removeprefix("+").isdecimal() and line != extension(call.origin)
    return line if is_number else None


def _agents(call: Parties) -> tuple[Agent, ...]:
    """Who was on the line; for a call nobody took, whose phones rang. Losers of a ring group are neither."""
    joined = [leg for leg in call.others if leg.answered_at]
    rung = [leg for leg in call.callees if leg.dialled_at]
    phones = [leg for leg in (call.origin, *(joined or rung)) if not call.is_trunk(leg)]
    found: dict[tuple[str, datetime | None], Agent] = {}
    for leg in phones:
        joined_at = call.joined_at(leg)
        agent = Agent(extension(leg), leg.name or None, joined_at, leg.ended_at if joined_at else None)
        found.setdefault((agent.extension, agent.answered_at), agent)
    return tuple(found.values())


def _rung_at(call: Parties) -> datetime | None:
    return min((leg.dialled_at for leg in call.callees if leg.dialled_at), default=None)


def _ring_seconds(call: Parties, ended_at: datetime | None) -> float | None:
    rung_at, until = _rung_at(call), call.answered_at or ended_at
    if until is None or (call.answered_at is None and is_lost(call)):
        return None
    return _between(rung_at, until) if rung_at else 0.0


def _talk_seconds(call: Parties, ended_at: datetime | None) -> float | None:
    if ended_at is None or is_lost(call):
        return None
    if call.answered_at is None:
        return 0.0
    queue = call.state.queue
    if queue and queue.talk_seconds is not None and not call.state.transfers:
        return float(queue.talk_seconds)
    return _between(call.answered_at, ended_at if call.state.transfers else _talked_until(call, ended_at))


def _talked_until(call: Parties, ended_at: datetime) -> datetime:
    """When one side was gone: the caller may stay on for a survey after the agent has left."""
    far = call.outside or call.origin
    near = [leg.ended_at or ended_at for leg in call.legs if leg is not far and call.joined_at(leg)]
    return min(far.ended_at or ended_at, max(near, default=ended_at))


def _between(start: datetime, end: datetime) -> float:
    return max(0.0, round((end - start).total_seconds(), 1))
