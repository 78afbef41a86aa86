"""The rules of a call that no recording shows, on small made-up streams (telephony facts, section 1)."""

from datetime import UTC, datetime, timedelta

import pytest

from plugins.asterisk.events import call_json, event
from plugins.asterisk.frames import Message
from plugins.asterisk.live_calls import LiveCalls
from plugins.asterisk.parties import Site

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SITE = Site(frozenset({"trunk", "trunk-b"}))


class Pbx:
    """Makes events of one call, a second apart, and hears what the bridge would tell of them."""

    def __init__(self, call="1.0", site=SITE):
        self.call, self.now, self.ids, self.told = call, START, {}, []
        self.live = LiveCalls(site)

    def emit(self, event, after=1.0, **headers):
        self.now += timedelta(seconds=after)
        pairs = [("Event", event), ("Timestamp", str(self.now.timestamp()))]
        message = Message((*pairs, *((k.replace("_", "-"), v) for k, v in headers.items())))
        self.told += self.live.accept(message, self.now)

    def channel(self, name, number="", exten="s", state="Down", call=None, uniqueid=None, after=0.0):
        self.ids[name] = uniqueid or (self.call if not self.ids else f"{self.call}{len(self.ids)}")
        self.emit(
            "Newchannel", after, Channel=name, CallerIDNum=number, Exten=exten, ChannelStateDesc=state,
            Uniqueid=self.ids[name], Linkedid=call or self.call,
        )  # fmt: skip

    def on(self, event, name, after=0.0, call=None, **headers):
        self.emit(event, after, Channel=name, Uniqueid=self.ids[name], Linkedid=call or self.call, **headers)

    def dial(self, dest, source="", status=None, after=0.0, **headers):
        both = {"DestChannel": dest, "DestUniqueid": self.ids[dest], "DestLinkedid": self.call, **headers}
        if source:
            both |= {"Channel": source, "Uniqueid": self.ids[source], "Linkedid": self.call}
        self.emit("DialEnd" if status else "DialBegin", after, DialStatus=status or "", **both)

    def hang_up(self, *names, cause="16", after=0.0):
        for name in names:
            self.on("Hangup", name, after, Cause=cause, Cause_txt="text")

    @property
    def ended(self):
        [news] = [n for n in self.told if n.type == "call.ended"]
        return call_json(news.record)

    @property
    def types(self):
        return [(n.type, n.n) for n in self.told]


TRUNK, P101, P102, P104 = "PJSIP/trunk-00000001", "PJSIP/101-00000002", "PJSIP/102-00000003", "PJSIP/104-00000004"


def inbound(pbx):
    pbx.channel(TRUNK, "09012345678", "0312340000", "Ring")


@pytest.mark.parametrize(
    ("status", "cause", "outcome"),
    [
        ("NOANSWER", "16", "no_answer"),
        ("NOANSWER", "1", "failed"),
        ("BUSY", "17", "busy"),
        ("BUSY", "21", "rejected"),
        ("NOANSWER", "21", "rejected"),
        ("CHANUNAVAIL", "20", "failed"),
        ("CONGESTION", "34", "failed"),
        ("CONGESTION", "17", "busy"),
        ("CANCEL", "0", "no_answer"),
    ],
)
@pytest.mark.parametrize("direction", ["inbound", "outbound"])
def test_outcome_needs_status_and_cause(direction, status, cause, outcome):
    pbx = Pbx()
    source, dest = (TRUNK, P101) if direction == "inbound" else (P101, TRUNK)
    pbx.channel(source, "09012345678", "0312340000", "Ring")
    pbx.channel(dest)
    pbx.dial(dest, source, DialString="09012345678@trunk")
    pbx.dial(dest, source, status, after=5)
    pbx.hang_up(dest, cause=cause)
    pbx.hang_up(source)
    assert (pbx.ended["direction"], pbx.ended["outcome"]) == (direction, outcome)
    assert pbx.ended["ring_seconds"] == 5.0
    assert pbx.ended["talk_seconds"] == 0.0


def test_an_announcement_only_is_not_answered_by_a_person():
    pbx = Pbx()
    inbound(pbx)
    pbx.on("Newstate", TRUNK, ChannelStateDesc="Up")
    pbx.on("HangupRequest", TRUNK, after=8)
    pbx.hang_up(TRUNK)
    assert (pbx.ended["outcome"], pbx.ended["answered_at"], pbx.ended["agents"]) == ("system_only", None, [])
    assert pbx.types == [("call.ended", 1)]


@pytest.mark.parametrize(("asks", "outcome"), [(True, "canceled"), (False, "failed")])
def test_a_call_that_reached_nothing(asks, outcome):
    pbx = Pbx()
    inbound(pbx)
    if asks:
        pbx.on("HangupRequest", TRUNK)
    pbx.hang_up(TRUNK, cause="1")
    assert pbx.ended["outcome"] == outcome


def queue_call(pbx):
    inbound(pbx)
    pbx.on("Newstate", TRUNK, ChannelStateDesc="Up")
    pbx.on("QueueCallerJoin", TRUNK, Queue="support")


def test_in_a_queue_waiting_is_no_talking():
    pbx = Pbx()
    queue_call(pbx)
    pbx.channel(P101, after=10)
    pbx.dial(P101, TRUNK)
    pbx.dial(P101, TRUNK, "ANSWER", after=4)
    both = {"DestUniqueid": pbx.ids[P101], "DestLinkedid": pbx.call, "Queue": "support", "HoldTime": "14"}
    pbx.on("AgentConnect", TRUNK, **both)
    pbx.on("AgentComplete", TRUNK, after=30, **both, TalkTime="30")
    pbx.hang_up(P101)
    pbx.on("HangupRequest", TRUNK, after=60)
    pbx.hang_up(TRUNK)
    call = pbx.ended
    assert call["queue"] == {"name": "support", "wait_seconds": 14}
    assert (call["outcome"], call["ring_seconds"], call["talk_seconds"]) == ("answered", 4.0, 30.0)


def test_giving_up_in_a_queue_is_canceled():
    pbx = Pbx()
    queue_call(pbx)
    pbx.on("QueueCallerAbandon", TRUNK, after=20, Queue="support", HoldTime="20")
    pbx.on("HangupRequest", TRUNK)
    pbx.hang_up(TRUNK)
    assert (pbx.ended["outcome"], pbx.ended["queue"]["wait_seconds"]) == ("canceled", 20)


def test_the_survey_after_the_agent_has_left_is_no_talk():
    pbx = Pbx()
    inbound(pbx)
    pbx.channel(P101)
    pbx.dial(P101, TRUNK)
    pbx.dial(P101, TRUNK, "ANSWER", after=2)
    pbx.hang_up(P101, after=10)
    pbx.hang_up(TRUNK, after=40)
    assert pbx.ended["talk_seconds"] == 10.0


def test_a_phone_that_refused_did_not_hang_up_the_call():
    pbx = Pbx()
    inbound(pbx)
    for phone in (P101, P102):
        pbx.channel(phone)
        pbx.dial(phone, TRUNK)
    pbx.on("HangupRequest", P102, after=1)
    pbx.dial(P102, TRUNK, "BUSY")
    pbx.hang_up(P102, cause="21")
    pbx.dial(P101, TRUNK, "ANSWER", after=2)
    pbx.on("HangupRequest", TRUNK, after=5)
    pbx.hang_up(P101, TRUNK)
    assert (pbx.ended["outcome"], pbx.ended["hangup"]["by"]) == ("answered", "external")
    assert [agent["extension"] for agent in pbx.ended["agents"]] == ["101"]


def originate(pbx, number="09087654325"):
    pbx.channel(P101, "101")
    pbx.dial(P101, DestCallerIDNum=number, DialString="101")


@pytest.mark.parametrize(
    ("number", "direction", "external"), [("09087654325", "outbound", "+819087654325"), ("104", "internal", None)]
)
def test_an_agent_who_does_not_pick_up_their_own_click(number, direction, external):
    pbx = Pbx("host-0190")
    originate(pbx, number)
    pbx.dial(P101, status="NOANSWER", after=8)
    pbx.hang_up(P101, cause="0")
    call = pbx.ended
    assert (call["outcome"], call["direction"], call["external"]["number"]) == ("agent_no_answer", direction, external)
    assert call["client_ref"] == "host-0190"
    assert call["agents"] == [{"extension": "101", "name": None, "answered_at": None, "left_at": None}]
    assert pbx.types == [("call.ended", 1)]


def test_a_click_whose_trunk_cannot_be_had():
    pbx = Pbx("host-0190")
    originate(pbx)
    pbx.on("Newstate", P101, ChannelStateDesc="Up")
    pbx.dial(P101, status="ANSWER", after=2)
    pbx.hang_up(P101, cause="34")
    assert (pbx.ended["outcome"], pbx.ended["direction"]) == ("failed", "outbound")
    assert pbx.ended["answered_at"] is None


def test_a_click_given_up_by_the_agent_while_it_rings_outside():
    pbx = Pbx("host-0190")
    originate(pbx)
    pbx.dial(P101, status="ANSWER", after=2)
    pbx.channel(TRUNK)
    pbx.dial(TRUNK, P101, DialString="09087654325@trunk")
    pbx.on("HangupRequest", P101, after=6)
    pbx.dial(TRUNK, P101, "CANCEL")
    pbx.hang_up(TRUNK, P101, cause="0")
    assert (pbx.ended["outcome"], pbx.ended["hangup"]["by"], pbx.ended["ring_seconds"]) == ("canceled", "agent", 6.0)


def test_the_second_trunk_decides_when_the_first_has_failed():
    pbx = Pbx()
    pbx.channel(P101, "101", "09087654325", "Ring")
    first, second = TRUNK, "PJSIP/trunk-b-0000000a"
    pbx.channel(first)
    pbx.dial(first, P101, DialString="09087654325@trunk")
    pbx.dial(first, P101, "CONGESTION")
    pbx.hang_up(first, cause="34")
    pbx.channel(second)
    pbx.dial(second, P101, DialString="09087654325@trunk-b")
    pbx.dial(second, P101, "ANSWER", after=3)
    pbx.on("HangupRequest", P101, after=4)
    pbx.hang_up(second, P101)
    assert (pbx.ended["outcome"], pbx.ended["external"]["number"]) == ("answered", "+819087654325")
    assert (pbx.ended["talk_seconds"], pbx.ended["hangup"]["by"]) == (4.0, "agent")


def test_attended_transfer_over_local_legs():
    """By feature code the consultation runs in the same Linkedid, over a Local pair which is no party."""
    pbx = Pbx()
    inbound(pbx)
    pbx.channel(P101, "101")
    pbx.dial(P101, TRUNK)
    pbx.dial(P101, TRUNK, "ANSWER", after=2)
    one, two = "Local/104@internal-00000000;1", "Local/104@internal-00000000;2"
    pbx.channel(one, after=5)
    pbx.channel(two)
    pbx.channel(P104, "104")
    pbx.dial(P104, two)
    pbx.dial(P104, two, "ANSWER", after=2)
    pbx.dial(one, P101, "ANSWER")
    pbx.emit(
        "AttendedTransfer", 3, Result="Success", DestType="Bridge",
        OrigTransfererChannel=P101, OrigTransfererLinkedid=pbx.call, OrigTransfererUniqueid=pbx.ids[P101],
        SecondTransfererUniqueid=pbx.ids[P101], TransferTargetChannel=one,
    )  # fmt: skip
    pbx.on("HangupRequest", P101)
    pbx.hang_up(P101, one, two)
    pbx.on("HangupRequest", TRUNK, after=20)
    pbx.hang_up(P104, TRUNK)
    call = pbx.ended
    assert [(t["kind"], t["from"], t["to"]) for t in call["transfers"]] == [("attended", "101", "104")]
    assert [agent["extension"] for agent in call["agents"]] == ["101", "104"]
    assert (call["hangup"]["by"], call["talk_seconds"]) == ("external", 30.0)
    assert pbx.types == [("call.ringing", 1), ("call.answered", 1), ("call.transferred", 1), ("call.ended", 1)]


def test_a_failed_transfer_is_none():
    pbx = Pbx()
    inbound(pbx)
    for kind in ("BlindTransfer", "AttendedTransfer"):
        pbx.emit(kind, Result="Fail", TransfererLinkedid=pbx.call, OrigTransfererLinkedid=pbx.call, Extension="999")
    pbx.hang_up(TRUNK)
    assert pbx.ended["transfers"] == []


def test_attended_transfer_by_sip_joins_two_calls():
    """The consultation has a Linkedid of its own; on joining, the channel goes on under the first call's."""
    pbx = Pbx()
    inbound(pbx)
    pbx.channel(P101, "101")
    pbx.dial(P101, TRUNK)
    pbx.dial(P101, TRUNK, "ANSWER", after=2)
    consult = "PJSIP/101-00000009"
    pbx.channel(consult, "101", "104", "Ring", call="2.0", uniqueid="2.0", after=5)
    pbx.channel(P104, "104", call="2.0", uniqueid="2.1")
    answered = {"Channel": consult, "Uniqueid": "2.0", "Linkedid": "2.0", "DestUniqueid": "2.1", "DestLinkedid": "2.0"}
    pbx.emit("DialBegin", **answered, DestChannel=P104)
    pbx.emit("DialEnd", 2, **answered, DestChannel=P104, DialStatus="ANSWER")
    pbx.emit("BridgeEnter", 4, Channel=P104, Uniqueid="2.1", Linkedid="1.0", BridgeUniqueid="b")
    joined = pbx.now
    pbx.on("Hangup", P101, Cause="16")
    pbx.on("Hangup", consult, call="2.0", Cause="16")
    pbx.hang_up(P104, TRUNK, after=10)
    calls = {n.record.id: call_json(n.record) for n in pbx.told if n.type == "call.ended"}
    assert {k: (v["direction"], v["outcome"]) for k, v in calls.items()} == {
        "1.0": ("inbound", "answered"),
        "2.0": ("internal", "answered"),
    }
    assert [agent["extension"] for agent in calls["1.0"]["agents"]] == ["101", "104"]
    assert calls["1.0"]["agents"][1]["answered_at"].startswith(joined.isoformat()[:19])
    assert not pbx.live.calls


@pytest.mark.parametrize(
    ("number", "presentation", "raw"),
    [
        ("anonymous", "", "anonymous"),
        ("<unknown>", "", None),
        ("unavailable", "", "unavailable"),
        ("09012345678", "35 (Presentation Prohibited, Network Number)", None),
    ],
)
def test_withheld_numbers(number, presentation, raw):
    pbx = Pbx()
    pbx.channel(TRUNK, number, "0312340000", "Ring")
    pbx.on("NewCallerid", TRUNK, CID_CallingPres=presentation)
    pbx.hang_up(TRUNK)
    assert pbx.ended["external"] == {"number": None, "raw": raw, "name": None, "withheld": True}


def test_calls_found_on_connecting_are_followed_from_there():
    pbx = Pbx()
    pbx.live.expect_roll_call()
    row = {"Linkedid": "1.0", "Exten": "0312340000", "ChannelStateDesc": "Up", "BridgeId": "b", "Duration": "00:02:05"}
    pbx.emit("CoreShowChannel", 0, Channel=TRUNK, Uniqueid="1.0", CallerIDNum="09012345678", **row)
    pbx.emit("CoreShowChannel", 0, Channel=P101, Uniqueid="1.1", CallerIDNum="101", **row)
    pbx.ids |= {TRUNK: "1.0", P101: "1.1"}
    pbx.told += pbx.live.roll_call_done()
    pbx.on("HangupRequest", TRUNK, after=7)
    pbx.hang_up(P101, TRUNK)
    call = pbx.ended
    assert (call["direction"], call["outcome"], call["talk_seconds"]) == ("inbound", "answered", 7.0)
    assert call["started_at"] == "2026-11-22T08:57:55.000Z"


def test_a_call_missing_from_the_roll_call_ended_unseen():
    pbx = Pbx()
    inbound(pbx)
    pbx.channel(P101)
    pbx.dial(P101, TRUNK, after=1)
    seen = pbx.now
    pbx.live.expect_roll_call()
    pbx.told += pbx.live.roll_call_done()
    call = pbx.ended
    assert (call["outcome"], call["hangup"]["by"], call["talk_seconds"]) == ("unknown", "unknown", None)
    assert call["ended_at"].startswith(seen.isoformat()[:19])


def test_a_leg_missing_from_the_roll_call_does_not_end_its_call():
    pbx = Pbx()
    inbound(pbx)
    pbx.channel(P101)
    pbx.dial(P101, TRUNK)
    pbx.live.expect_roll_call()
    pbx.on("CoreShowChannel", TRUNK, ChannelStateDesc="Up", Duration="00:00:01")
    pbx.told += pbx.live.roll_call_done()
    assert "1.0" in pbx.live.calls
    pbx.hang_up(TRUNK, after=3)
    assert pbx.ended["outcome"] == "no_answer"


def test_an_ended_call_still_listed_is_not_begun_again():
    pbx = Pbx()
    inbound(pbx)
    pbx.hang_up(TRUNK)
    pbx.on("CoreShowChannel", TRUNK, ChannelStateDesc="Up", Duration="00:00:01")
    assert not pbx.live.calls
    assert pbx.types == [("call.ended", 1)]


def originate_failed(pbx, action_id="host-0190", **more):
    pbx.emit(
        "OriginateResponse",
        Response="Failure",
        ActionID=action_id,
        Channel="PJSIP/102",
        Exten="09087654325",
        Reason="0",
        **more,
    )


def test_a_phone_that_cannot_be_rung_ends_the_clicked_call():
    """Such a failure has no channel and no Uniqueid (telephony facts, 1.4)."""
    pbx = Pbx("host-0190")
    originate_failed(pbx, Uniqueid="<unknown>")
    call = pbx.ended
    assert (call["client_ref"], call["direction"], call["outcome"]) == ("host-0190", "outbound", "agent_no_answer")
    assert [agent["extension"] for agent in call["agents"]] == ["102"]
    assert call["external"]["number"] == "+819087654325"
    assert not pbx.live.calls


def test_the_failure_of_a_channel_that_was_is_told_once_by_its_own_events():
    for order in ("before", "after"):
        pbx = Pbx("host-0190")
        originate(pbx)
        if order == "before":
            originate_failed(pbx)
        pbx.dial(P101, status="NOANSWER", after=8)
        pbx.hang_up(P101, cause="0")
        if order == "after":
            originate_failed(pbx)
        assert pbx.types == [("call.ended", 1)]
        assert not pbx.live.calls


def test_somebody_elses_failed_originate_is_no_call_of_ours():
    pbx = Pbx()
    originate_failed(pbx, action_id="a1")
    assert pbx.told == []


def test_of_two_trunks_that_fail_the_last_one_decides():
    pbx = Pbx()
    pbx.channel(P101, "101", "09087654325", "Ring")
    for trunk, status, cause in ((TRUNK, "CONGESTION", "34"), ("PJSIP/trunk-b-0000000a", "BUSY", "17")):
        pbx.channel(trunk)
        pbx.dial(trunk, P101, DialString="09087654325@trunk")
        pbx.dial(trunk, P101, status, after=1)
        pbx.hang_up(trunk, cause=cause)
    pbx.hang_up(P101, cause="17")
    assert pbx.ended["outcome"] == "busy"


def test_a_caller_lost_at_the_moment_the_phone_hung_up_is_lost():
    pbx = Pbx()
    inbound(pbx)
    pbx.channel(P101)
    pbx.dial(P101, TRUNK)
    pbx.dial(P101, TRUNK, "ANSWER", after=2)
    pbx.hang_up(P101, after=5)
    pbx.live.expect_roll_call()
    pbx.told += pbx.live.roll_call_done()
    assert pbx.ended["outcome"] == "unknown"


def test_a_number_the_pbx_answers_itself_is_no_outside_call():
    pbx = Pbx()
    pbx.channel(P101, "101", "0312349999", "Ring")
    pbx.on("Newstate", P101, ChannelStateDesc="Up")
    pbx.on("HangupRequest", P101, after=5)
    pbx.hang_up(P101)
    assert (pbx.ended["direction"], pbx.ended["outcome"]) == ("internal", "system_only")


def test_an_originate_that_rings_the_outside_first_is_outbound():
    pbx = Pbx()
    pbx.channel(TRUNK, "09087654325")
    pbx.dial(TRUNK, DestCallerIDNum="09087654325", DialString="09087654325@trunk")
    pbx.dial(TRUNK, status="ANSWER", after=2)
    pbx.channel(P101)
    pbx.dial(P101, TRUNK)
    pbx.dial(P101, TRUNK, "ANSWER", after=3)
    pbx.on("HangupRequest", TRUNK, after=4)
    pbx.hang_up(P101, TRUNK)
    call = pbx.ended
    assert (call["direction"], call["outcome"], call["external"]["number"]) == ("outbound", "answered", "+819087654325")
    assert call["talk_seconds"] == 4.0


def test_an_extension_is_no_line():
    pbx = Pbx()
    pbx.channel(P101, "101", "09087654325", "Ring")
    pbx.channel(TRUNK)
    pbx.dial(TRUNK, P101, CallerIDNum="101", DialString="09087654325@trunk")
    pbx.hang_up(TRUNK, P101)
    assert pbx.ended["line"] == {"number": None}


def test_after_a_transfer_the_queues_talk_time_is_not_the_whole():
    pbx = Pbx()
    queue_call(pbx)
    pbx.channel(P101)
    pbx.dial(P101, TRUNK)
    pbx.dial(P101, TRUNK, "ANSWER")
    both = {"DestUniqueid": pbx.ids[P101], "DestLinkedid": pbx.call, "Queue": "support"}
    pbx.emit("BlindTransfer", 10, Result="Success", TransfererChannel=P101, TransfererLinkedid=pbx.call, Extension="104")
    pbx.on("AgentComplete", TRUNK, **both, TalkTime="10")
    pbx.hang_up(P101)
    pbx.hang_up(TRUNK, after=20)
    assert pbx.ended["talk_seconds"] == 30.0


def test_each_transfer_is_an_event_of_its_own():
    pbx = Pbx()
    inbound(pbx)
    for target in ("104", "102"):
        pbx.emit("BlindTransfer", Result="Success", TransfererChannel=P101, TransfererLinkedid=pbx.call, Extension=target)
    pbx.hang_up(TRUNK)
    ids = [event(news, "asterisk:x").webhook_id for news in pbx.told]
    assert pbx.types == [("call.transferred", 1), ("call.transferred", 2), ("call.ended", 1)]
    assert len(set(ids)) == 3


def test_a_masquerade_keeps_the_name_the_leg_was_known_by():
    pbx = Pbx()
    inbound(pbx)
    pbx.channel(P101)
    pbx.dial(P101, TRUNK)
    pbx.dial(P101, TRUNK, "ANSWER")
    pbx.on("Rename", P101, Newname=f"AsyncGoto/{P101}<ZOMBIE>")
    pbx.hang_up(P101, TRUNK)
    assert [agent["extension"] for agent in pbx.ended["agents"]] == ["101"]


def test_a_renamed_channel_goes_by_its_new_name():
    pbx = Pbx()
    inbound(pbx)
    pbx.channel(f"AsyncGoto/{P104}")
    pbx.on("Rename", f"AsyncGoto/{P104}", Newname=P104)
    pbx.dial(f"AsyncGoto/{P104}", TRUNK, "ANSWER")
    pbx.hang_up(f"AsyncGoto/{P104}", TRUNK)
    assert [agent["extension"] for agent in pbx.ended["agents"]] == ["104"]
