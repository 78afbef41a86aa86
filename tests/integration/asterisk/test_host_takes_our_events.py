"""Every event of every recorded call is taken by the host's own reader, and means there what it means here."""

from datetime import UTC, datetime

import pytest

from host.telephony.parse import parse_event
from plugins.asterisk.events import event
from plugins.asterisk.frames import Decoder
from plugins.asterisk.live_calls import LiveCalls
from plugins.asterisk.parties import Site

SCENARIOS = [
    ("inbound_answered", "inbound", "+819012345678", "answered", ["101"]),
    ("inbound_anonymous", "inbound", None, "answered", ["101"]),
    ("inbound_answered_japanese_name", "inbound", "+819012345678", "answered", ["101"]),
    ("inbound_blind_transfer", "inbound", "+819012345678", "answered", ["101", "104"]),
    ("inbound_ringgroup", "inbound", "+819012345678", "answered", ["101"]),
    ("internal_call", "internal", None, "answered", ["101", "104"]),
    ("outbound_click2call_busy", "outbound", "+819087654321", "busy", ["101"]),
]


@pytest.mark.parametrize(("scenario", "direction", "number", "outcome", "agents"), SCENARIOS)
def test_the_host_reads_what_the_bridge_means(scenario, direction, number, outcome, agents, request):
    live = LiveCalls(Site(frozenset({"trunk"})))
    data = (request.config.rootpath / "tests/data/ami" / scenario / "ami.txt").read_bytes()
    told = [n for m in Decoder().feed(data) for n in live.accept(m, datetime.now(UTC))]
    bodies = [event(news, "asterisk:testpbx").body.encode() for news in told]
    events = [parse_event(body, signed_by="asterisk:testpbx", region="JP") for body in bodies]
    assert [e.type for e in events] == [news.type for news in told]
    facts = events[-1].facts
    assert (facts.direction, facts.outcome) == (direction, outcome)
    assert (facts.party.number if facts.party else None) == number
    assert [agent.extension for agent in facts.agents] == agents
    assert all(e.source_call_id == told[-1].record.id for e in events)
