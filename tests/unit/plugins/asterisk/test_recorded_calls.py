"""One row per recorded scenario of the real PBX: the whole record it must give, and nothing else."""

import random
from datetime import UTC, datetime

import pytest

from plugins.asterisk.call_fold import RELEVANT
from plugins.asterisk.events import call_json
from plugins.asterisk.frames import Decoder, Message

ALICE, BOB, CAROL, DAN = ("101", "Alice Sato"), ("102", "Bob Suzuki"), ("103", "Carol Tanaka"), ("104", "Dan Ito")
MOBILE = ("+819012345678", "09012345678", None, False)
CLEARED = (16, "Normal Clearing")
# scenario: id, direction, external(number, raw, name, withheld), line, agents(person, joined, left),
#           started, answered, ended, ring, talk, outcome, hung up by, cause, transfers, types told
ROWS = {
    "inbound_abandoned": (
        "testpbx-1795336987.13", "inbound", MOBILE, "0312340002", [(BOB, None, None)],
        "43:07.057", None, "43:09.061", 2.0, 0.0, "canceled", "external", (127, "Interworking, unspecified"), [], "re",
    ),
    "inbound_anonymous": (
        "testpbx-1795336994.20", "inbound", (None, "anonymous", None, True), "0312340000",
        [(ALICE, "43:15.481", "43:17.489")],
        "43:14.475", "43:15.481", "43:17.489", 1.0, 2.0, "answered", "external", CLEARED, [], "rae",
    ),
    "inbound_answered": (
        "testpbx-1795336959.0", "inbound", MOBILE, "0312340000", [(ALICE, "42:40.670", "42:42.677")],
        "42:39.660", "42:40.670", "42:42.677", 1.0, 2.0, "answered", "external", CLEARED, [], "rae",
    ),
    "inbound_answered_japanese_name": (
        "testpbx-1795336965.3", "inbound", ("+819012345678", "+819012345678", "山田 太郎", False), "0312340000",
        [(ALICE, "42:46.349", "42:48.362")],
        "42:45.344", "42:46.349", "42:48.362", 1.0, 2.0, "answered", "external", CLEARED, [], "rae",
    ),
    "inbound_blind_transfer": (
        "testpbx-1795337019.37", "inbound", MOBILE, "0312340000",
        [(ALICE, "43:40.906", "43:42.989"), (DAN, "43:43.993", "43:50.001")],
        "43:39.898", "43:40.906", "43:50.002", 1.0, 9.1, "answered", "agent", CLEARED,
        [("blind", "101", "104", "43:42.988")], "rate",
    ),
    "inbound_busy": (
        "testpbx-1795336991.16", "inbound", MOBILE, "0312340003", [(CAROL, None, None)],
        "43:11.672", None, "43:11.879", 0.2, 0.0, "busy", "agent", (17, "User busy"), [], "re",
    ),
    "inbound_noanswer": (
        "testpbx-1795336980.9", "inbound", MOBILE, "0312340002", [(BOB, None, None)],
        "43:00.500", None, "43:04.512", 4.0, 0.0, "no_answer", "system", CLEARED, [], "re",
    ),
    "inbound_ringgroup": (
        "testpbx-1795337000.23", "inbound", MOBILE, "0312340005", [(ALICE, "43:21.093", "43:23.100")],
        "43:20.085", "43:21.093", "43:23.100", 1.0, 2.0, "answered", "external", CLEARED, [], "rae",
    ),
    "internal_call": (
        "testpbx-1795337080.80", "internal", (None, None, None, False), None,
        [(ALICE, "44:41.909", "44:48.922"), (DAN, "44:42.916", "44:48.922")],
        "44:40.903", "44:42.916", "44:48.922", 1.0, 6.0, "answered", "agent", CLEARED, [], "rae",
    ),
    "outbound_click2call_answered": (
        "host-018f-test-1", "outbound", ("+819087654325", "09087654325", None, False), "0312340000",
        [(ALICE, "44:12.659", "44:15.672")],
        "44:11.655", "44:13.668", "44:15.672", 1.0, 2.0, "answered", "external", CLEARED, [], "rae",
    ),
    "outbound_click2call_busy": (
        "testpbx-1795337057.62", "outbound", ("+819087654321", "09087654321", None, False), "0312340000",
        [(ALICE, "44:18.383", "44:19.391")],
        "44:17.378", None, "44:19.391", 1.0, 0.0, "busy", "external", (17, "User busy"), [], "re",
    ),
    "outbound_phone_dials": (
        "testpbx-1795337046.54", "outbound", ("+819087654325", "09087654325", None, False), "0312340000",
        [(ALICE, "44:06.078", "44:09.091")],
        "44:06.078", "44:07.086", "44:09.091", 1.0, 2.0, "answered", "external", CLEARED, [], "rae",
    ),
}  # fmt: skip


def expected(row):
    (call_id, direction, external, line, agents, started, answered, ended, ring, talk, outcome, by, cause, transfers, _) = (
        row
    )

    def z(time):
        return time and f"2026-11-22T08:{time}Z"

    return {
        "id": call_id,
        "client_ref": call_id if call_id.startswith("host-") else None,
        "direction": direction,
        "external": dict(zip(("number", "raw", "name", "withheld"), external, strict=True)),
        "line": {"number": line},
        "agents": [
            {"extension": who[0], "name": who[1], "answered_at": z(joined), "left_at": z(left)}
            for who, joined, left in agents
        ],
        "queue": None,
        "started_at": z(started),
        "answered_at": z(answered),
        "ended_at": z(ended),
        "ring_seconds": ring,
        "talk_seconds": talk,
        "outcome": outcome,
        "hangup": {"by": by, "cause": cause[0], "text": cause[1]},
        "transfers": [{"kind": k, "from": f, "to": t, "at": z(at)} for k, f, t, at in transfers],
        "recording_url": None,
    }


TYPES = {"r": "call.ringing", "a": "call.answered", "t": "call.transferred", "e": "call.ended"}


@pytest.mark.parametrize("scenario", ROWS)
def test_recorded_scenario(scenario, recorded, heard):
    told = heard(recorded(scenario))
    assert call_json(told[-1].record) == expected(ROWS[scenario])
    assert [news.type for news in told] == [TYPES[letter] for letter in ROWS[scenario][-1]]


def test_every_recording_has_its_row(request):
    recordings = request.config.rootpath / "tests" / "data" / "ami"
    assert {path.name for path in recordings.iterdir()} == set(ROWS)


@pytest.mark.parametrize("scenario", ROWS)
def test_nothing_is_decided_before_the_last_hangup(scenario, recorded, heard):
    messages = [m for m in recorded(scenario) if m.event in RELEVANT]
    last = max(i for i, m in enumerate(messages) if m.event == "Hangup")
    for end in range(len(messages)):
        told = heard(messages[:end])
        assert [n.type for n in told].count("call.ended") == (1 if end > last else 0)
        assert all(n.record.outcome is None for n in told if n.type != "call.ended")


@pytest.mark.parametrize("scenario", ROWS)
def test_independent_events_may_come_in_any_order(scenario, recorded, heard):
    """The order of events of different channels within two milliseconds is not fixed (seen: Cdr, Newstate, DialBegin)."""
    messages = [m for m in recorded(scenario) if m.get("Timestamp")]
    for seed in range(15):
        shuffled = swapped(list(messages), random.Random(seed))
        assert call_json(heard(shuffled)[-1].record) == expected(ROWS[scenario]), seed


def swapped(messages: list[Message], rng: random.Random) -> list[Message]:
    for _ in range(len(messages) * 2):
        i = rng.randrange(len(messages) - 1)
        one, two = messages[i], messages[i + 1]
        if independent(one, two):
            messages[i], messages[i + 1] = two, one
    return messages


def independent(one: Message, two: Message) -> bool:
    near = abs(float(one.get("Timestamp")) - float(two.get("Timestamp"))) < 0.002
    return near and not (channels(one) & channels(two))


def channels(message: Message) -> set[str]:
    return {value for name, value in message.headers if name.endswith("Uniqueid") and not name.startswith("Bridge")}


@pytest.mark.parametrize("scenario", ROWS)
def test_a_stream_with_holes_never_raises(scenario, recorded, heard):
    messages = recorded(scenario)
    for seed in range(20):
        rng = random.Random(seed)
        heard([m for m in messages if rng.random() > 0.3])
        heard(rng.sample(messages, len(messages)))


@pytest.mark.parametrize("scenario", ["inbound_answered_japanese_name", "inbound_blind_transfer"])
def test_broken_bytes_never_raise(scenario, request, heard):
    data = bytearray((request.config.rootpath / "tests/data/ami" / scenario / "ami.txt").read_bytes())
    for seed in range(10):
        rng, broken = random.Random(seed), bytearray(data)
        for _ in range(50):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        heard(Decoder().feed(bytes(broken)))


def test_without_timestampevents_the_receive_time_counts(recorded, heard):
    messages = [Message(tuple(h for h in m.headers if h[0] != "Timestamp")) for m in recorded("inbound_answered")]
    record = heard(messages)[-1].record
    assert record.started_at == datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert record.outcome == "answered"
