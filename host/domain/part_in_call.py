"""How a call stands for one person of the site: whether it is theirs at all, and how far it is for them (B15)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from host.domain.call_report import CallState
from host.plugin_api.calls import Agent


class PartInCall(StrEnum):
    """What the call is to a person now. `LEFT`: handed on or hung up, while it goes on with others."""

    DIALLING = "dialling"
    RINGING = "ringing"
    TALKING = "talking"
    LEFT = "left"
    ENDED = "ended"


_BEFORE_THE_ANSWER = {CallState.DIALLING: PartInCall.DIALLING, CallState.RINGING: PartInCall.RINGING}


def part_in_call(state: CallState, agents: Sequence[Agent], user_id: int) -> PartInCall | None:
    """What a call is to a user; None if it is not theirs, or a colleague took it while theirs rang too."""
    own = [agent for agent in agents if agent.user_id == user_id]
    if not own:
        return None
    if state in _BEFORE_THE_ANSWER:
        return _BEFORE_THE_ANSWER[state]
    took_it = any(agent.answered_at for agent in own)
    if not took_it and any(agent.answered_at for agent in agents):
        return None
    if state is CallState.ENDED:
        return PartInCall.ENDED
    return PartInCall.LEFT if took_it and all(agent.left_at for agent in own if agent.answered_at) else PartInCall.TALKING
