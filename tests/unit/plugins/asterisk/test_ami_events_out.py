"""What is posted: ids, limits, signature; and the outbox that keeps it."""

from datetime import UTC, datetime

import pytest

from plugins.asterisk.call_state import from_json
from plugins.asterisk.channels import Kind, endpoint, kind
from plugins.asterisk.events import Event, call_json, event, webhook_id
from plugins.asterisk.frames import Message
from plugins.asterisk.live_calls import LiveCalls
from plugins.asterisk.numbers import dialled, e164
from plugins.asterisk.outbox import PARKED_KEPT_SECONDS, SENT_KEPT_SECONDS, Outbox
from plugins.asterisk.parties import Site
from plugins.asterisk.sender import signed_headers

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def test_the_contracts_test_vector():
    body = '{"type":"call.ended","timestamp":"2026-11-22T08:42:42.677Z","data":{"call":{"id":"testpbx-1795336959.0"}}}'
    wid = webhook_id("asterisk:testpbx", "testpbx-1795336959.0", "call.ended", 1)
    at = datetime.fromtimestamp(1795336962.9, UTC)
    headers = signed_headers(SECRET, Event(wid, "testpbx-1795336959.0", "call.ended", body), at)
    assert headers["webhook-id"] == "evt_975bafeee7077a136be1eb4dcf242a59"
    assert headers["webhook-timestamp"] == "1795336962"
    assert headers["webhook-signature"] == "v1,xL6oGuzqRWtsXbYzNcFg+CSNLgKUvuzgNHH5TSsAE5U="


def test_ids_tell_sources_calls_types_and_transfers_apart():
    one = ("asterisk:a", "1.0", "call.transferred", 1)
    others = [("asterisk:b", *one[1:]), (one[0], "1.1", *one[2:]), (*one[:2], "call.ended", 1), (*one[:3], 2)]
    assert len({webhook_id(*key) for key in [one, *others]}) == 5
    assert "." not in webhook_id(*one)


def test_absurd_fields_are_cut_to_the_contracts_limits():
    live = LiveCalls(Site(frozenset({"trunk"})))
    long = {"CallerIDNum": "9" * 500, "CallerIDName": "名" * 500, "Exten": "1" * 500, "Uniqueid": "1", "Linkedid": "1"}
    told = []
    for name, more in (("Newchannel", {}), ("Hangup", {"Cause": "x"})):
        headers = {"Event": name, "Channel": "PJSIP/trunk-00000001", "Timestamp": "1e300", **long, **more}
        told += live.accept(Message(tuple(headers.items())), datetime(2026, 11, 22, tzinfo=UTC))
    call = call_json(told[-1].record)
    assert (len(call["external"]["raw"]), len(call["external"]["name"]), len(call["line"]["number"])) == (64, 200, 64)
    assert call["external"]["number"] is None
    assert call["started_at"] == "2026-11-22T00:00:00.000Z"
    assert len(event(told[-1], "asterisk:x").body) < 20_000


@pytest.mark.parametrize(
    ("channel", "name", "what"),
    [
        ("PJSIP/101-0000001e", "101", Kind.PHONE),
        ("PJSIP/trunk-00000000", "trunk", Kind.TRUNK),
        ("PJSIP/my-trunk-00000000", "my-trunk", Kind.TRUNK),
        ("PJSIP/102", "102", Kind.PHONE),
        ("SIP/101-0000a1b2", "101", Kind.PHONE),
        ("IAX2/branch-1234", "branch", Kind.PHONE),
        ("DAHDI/i1/09012345678-5", "i1", Kind.PHONE),
        ("Local/104@internal-00000000;1", "104", Kind.HELPER),
        ("PJSIP/101-0000001e<ZOMBIE>", "101", Kind.HELPER),
        ("AsyncGoto/PJSIP/101-0000001e", "PJSIP", Kind.HELPER),
        ("", "", Kind.PHONE),
    ],
)
def test_endpoint_and_kind_of_a_channel(channel, name, what):
    assert (endpoint(channel), kind(channel, {"trunk", "my-trunk"})) == (name, what)


@pytest.mark.parametrize(
    ("dial_string", "number"),
    [
        ("09087654325@trunk", "09087654325"),
        ("trunk/sip:+819087654325@192.0.2.1", "+819087654325"),
        ("trunk/09087654325", "09087654325"),
        ("101", "101"),
        ("alice", ""),
        ("", ""),
    ],
)
def test_the_number_in_a_dial_string(dial_string, number):
    assert dialled(dial_string) == number


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("09012345678", "+819012345678"),
        ("18409012345678", "+819012345678"),
        ("+12025550123", "+12025550123"),
        ("104", None),
        ("110", None),
        ("anonymous", None),
        ("", None),
    ],
)
def test_numbers_in_e164(raw, number):
    assert e164(raw, "JP") == number


def an_event(n, call="c1", type_="call.ringing"):
    return Event(f"evt_{n}", call, type_, f'{{"n":{n}}}')


@pytest.fixture
def outbox(tmp_path):
    opened = Outbox(tmp_path / "outbox.db")
    yield opened
    opened.close()


def due(outbox, now=0.0):
    return [pending.event.webhook_id for pending in outbox.due(now)]


def test_the_outbox_keeps_the_order_within_a_call(outbox):
    assert outbox.store([an_event(1), an_event(2), an_event(3, "c2")], [], []) == 3
    assert due(outbox) == ["evt_1", "evt_3"]
    outbox.retry(outbox.due(0)[0].seq, 100.0, "HTTP 500")
    assert due(outbox, 99.0) == ["evt_3"]
    assert due(outbox, 100.0) == ["evt_1", "evt_3"]
    assert outbox.due(100.0)[0].attempts == 1
    outbox.sent(outbox.due(100.0)[0].seq)
    assert due(outbox) == ["evt_2", "evt_3"]


def test_the_same_event_is_kept_once_even_after_it_was_sent(outbox):
    outbox.store([an_event(1)], [], [])
    outbox.sent(outbox.due(0)[0].seq)
    assert outbox.store([an_event(1)], [], []) == 0
    assert (due(outbox), outbox.waiting()) == ([], 0)


def test_a_parked_event_lets_the_next_one_go(outbox):
    outbox.store([an_event(1), an_event(2)], [], [])
    outbox.park(outbox.due(0)[0].seq, "HTTP 422: agents")
    assert due(outbox) == ["evt_2"]
    [parked] = outbox.parked()
    assert (parked.webhook_id, parked.reason) == ("evt_1", "HTTP 422: agents")
    assert outbox.resend_parked() == 1
    assert due(outbox) == ["evt_1"]


def test_pruning_forgets_what_is_done_and_nothing_that_waits(outbox):
    import time

    outbox.store([an_event(n, f"c{n}") for n in range(3)], [], [])
    outbox.sent(outbox.due(0)[0].seq)
    outbox.park(outbox.due(0)[0].seq, "no")
    outbox.prune(time.time() + SENT_KEPT_SECONDS - 60)
    assert outbox.store([an_event(0, "c0")], [], []) == 0
    outbox.prune(time.time() + PARKED_KEPT_SECONDS + 60)
    assert outbox.parked() == []
    assert due(outbox) == ["evt_2"]


def test_personal_data_does_not_stay_after_sending(outbox, tmp_path):
    outbox.store([Event("evt_1", "c1", "call.ended", "09012345678")], [], [])
    outbox.sent(outbox.due(0)[0].seq)
    assert outbox._db.execute("select count(*) from event where body <> ''").fetchone() == (0,)
    assert (tmp_path / "outbox.db").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("scenario", ["inbound_blind_transfer", "outbound_click2call_answered", "internal_call"])
def test_a_call_going_on_survives_in_the_outbox_at_every_moment(scenario, recorded, outbox):
    messages = [m for m in recorded(scenario) if m.get("Linkedid") or m.get("DestLinkedid")]
    live = LiveCalls(Site(frozenset({"trunk"})))
    for message in messages[:-1]:
        live.accept(message, datetime(2026, 11, 22, tzinfo=UTC))
        outbox.store([], [live.calls[call_id] for call_id in live.touched], live.gone)
        live.forget_changes()
        assert outbox.live_calls() == list(live.calls.values())


def test_from_json_refuses_another_document():
    with pytest.raises(KeyError):
        from_json({"id": "1"})
