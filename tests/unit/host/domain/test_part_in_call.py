"""B15: whose call it is, and how far it is for them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from host.domain.call_report import CallState
from host.domain.part_in_call import PartInCall, part_in_call
from host.plugin_api import Agent

AT = datetime(2026, 11, 22, tzinfo=UTC)
RUNG = Agent(extension="101", user_id=1)
TALKS = Agent(extension="101", user_id=1, answered_at=AT)
LEFT = Agent(extension="101", user_id=1, answered_at=AT, left_at=AT)
OTHER_RUNG = Agent(extension="102", user_id=2)
OTHER_TALKS = Agent(extension="102", user_id=2, answered_at=AT)
NOBODY = Agent(extension="900")


@pytest.mark.parametrize(
    ("state", "agents", "part"),
    [
        (CallState.DIALLING, (RUNG,), PartInCall.DIALLING),
        (CallState.RINGING, (RUNG,), PartInCall.RINGING),
        (CallState.RINGING, (OTHER_RUNG, RUNG), PartInCall.RINGING),
        (CallState.ANSWERED, (TALKS,), PartInCall.TALKING),
        (CallState.ANSWERED, (RUNG,), PartInCall.TALKING),
        (CallState.ANSWERED, (RUNG, OTHER_TALKS), None),
        (CallState.ANSWERED, (LEFT, OTHER_TALKS), PartInCall.LEFT),
        (CallState.ANSWERED, (LEFT, OTHER_TALKS, TALKS), PartInCall.TALKING),
        (CallState.ENDED, (TALKS,), PartInCall.ENDED),
        (CallState.ENDED, (LEFT, OTHER_TALKS), PartInCall.ENDED),
        (CallState.ENDED, (RUNG, OTHER_RUNG), PartInCall.ENDED),
        (CallState.ENDED, (RUNG, OTHER_TALKS), None),
        (CallState.RINGING, (OTHER_RUNG,), None),
        (CallState.RINGING, (NOBODY,), None),
        (CallState.ENDED, (), None),
    ],
)
def test_b15_what_a_call_is_to_a_person(state: CallState, agents: tuple[Agent, ...], part: PartInCall | None) -> None:
    assert part_in_call(state, agents, 1) is part
