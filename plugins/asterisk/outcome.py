"""How a call ended and who ended it: from dial statuses and hang-up causes, decided when the call is over. Pure."""

from dataclasses import dataclass

from plugins.asterisk.call_state import Leg
from plugins.asterisk.parties import Parties

_BUSY, _REJECTED = 17, 21
# Q.850: no such number, no route, number changed, out of order, invalid, congestion, not available, not allowed.
_FAILED_CAUSES = frozenset({1, 2, 3, 5, 22, 25, 27, 28, 34, 38, 41, 42, 44, 50, 55, 57, 58, 63, 65, 79, 88})
_BY_STATUS = {"BUSY": "busy", "NOANSWER": "no_answer", "CANCEL": "canceled", "": "no_answer"}
# With several phones rung the kindest true word wins: a caller who gave up, then who rang in vain.
_PRECEDENCE = ("canceled", "no_answer", "busy", "rejected", "failed")


@dataclass(frozen=True, slots=True)
class Hangup:
    """Who ended the call (external | agent | system | unknown) and the Q.850 cause of the outside leg."""

    by: str
    cause: int | None
    text: str


def outcome(call: Parties) -> str:
    """One of the contract's outcomes; only to be asked when the call is over."""
    if is_lost(call):
        return "unknown"
    if call.answered_at:
        return "answered"
    if call.origin.originated and call.origin.answered_at is None:
        return "agent_no_answer"
    rung = [_leg_outcome(leg, call.origin) for leg in call.callees if leg.dialled_at]
    if not rung:
        return _without_dial(call)
    if call.direction == "outbound":
        return rung[-1]
    return min(rung, key=_PRECEDENCE.index)


def is_lost(call: Parties) -> bool:
    """The end was not seen: every leg that was alive when we last looked vanished unobserved."""
    ended = [leg for leg in call.state.legs if leg.ended_at]
    return bool(ended) and max(ended, key=lambda leg: (leg.ended_at, leg.lost)).lost


def _leg_outcome(leg: Leg, origin: Leg) -> str:
    if leg.cause == _REJECTED:
        return "rejected"
    if leg.cause == _BUSY:
        return "busy"
    word = _BY_STATUS.get(leg.dial_status, "failed")
    if word == "canceled" and origin.hangup_requested_at is None:
        word = "no_answer"
    # A carrier's 404 came as NOANSWER with cause 1.
    return "failed" if word == "no_answer" and leg.cause in _FAILED_CAUSES else word


def _without_dial(call: Parties) -> str:
    origin = call.origin
    if call.direction == "outbound":
        return {_BUSY: "busy", _REJECTED: "rejected"}.get(origin.cause or 0, "failed")
    if call.state.queue is not None:
        return "canceled" if origin.hangup_requested_at else "no_answer"
    if origin.up_at is not None:
        return "system_only"
    return "canceled" if origin.hangup_requested_at else "failed"


def hangup(call: Parties) -> Hangup:
    """Who hung up, from the first request that was about the call itself."""
    leg = call.outside or call.origin
    if is_lost(call):
        return Hangup("unknown", None, "")
    return Hangup(_hung_up_by(call), leg.cause, leg.cause_text)


def _hung_up_by(call: Parties) -> str:
    requested = [leg for leg in call.legs if leg.hangup_requested_at]
    decisive = _of_answered(call, requested) if call.answered_at else _of_unanswered(call, requested)
    if decisive is None:
        return "system"
    return "external" if call.is_trunk(decisive) else "agent"


def _of_answered(call: Parties, requested: list[Leg]) -> Leg | None:
    """A phone which refused before somebody answered, or left by a transfer, did not end the call."""
    last_answer = max(at for leg in call.legs if (at := call.joined_at(leg)))
    transferring = {uniqueid for transfer in call.state.transfers for uniqueid in transfer.by}
    talking = [
        leg
        for leg in requested
        if call.joined_at(leg) and leg.uniqueid not in transferring and _requested(leg) >= last_answer.timestamp()
    ]
    return min(talking, key=_requested, default=None)


def _of_unanswered(call: Parties, requested: list[Leg]) -> Leg | None:
    if call.origin in requested:
        return call.origin
    return max(requested, key=_requested, default=None)


def _requested(leg: Leg) -> float:
    return leg.hangup_requested_at.timestamp() if leg.hangup_requested_at else 0.0
