"""The bridge as a process, between a replayed PBX and an HTTP receiver, through outages of either and of itself."""

import signal
import subprocess
import sys
from collections import Counter

import pytest


def types_by_call(receiver):
    calls = {}
    for event in receiver.taken():
        calls.setdefault(event["data"]["call"]["id"], []).append(event["type"])
    return calls


def test_every_recorded_scenario_gives_exactly_one_ended_call(processes, receiver, scenarios, wait_until):
    pbx = processes.pbx()
    processes.bridge(pbx.port, receiver.port)
    wait_until(lambda: len(receiver.ended()) == len(scenarios))
    outcomes = Counter((call["direction"], call["outcome"]) for call in receiver.ended())
    assert outcomes == {
        ("inbound", "answered"): 5,
        ("inbound", "busy"): 1,
        ("inbound", "canceled"): 1,
        ("inbound", "no_answer"): 1,
        ("internal", "answered"): 1,
        ("outbound", "answered"): 2,
        ("outbound", "busy"): 1,
    }
    assert {call["external"]["name"] for call in receiver.ended()} == {None, "山田 太郎"}
    assert all(event["data"]["source"] == "asterisk:testpbx" for event in receiver.taken())
    assert len({webhook_id for webhook_id, _, _ in receiver.posts}) == len(receiver.posts)
    for types in types_by_call(receiver).values():
        assert types == sorted(types, key=["call.ringing", "call.answered", "call.transferred", "call.ended"].index)


def test_a_host_that_is_down_gets_everything_later_in_order(processes, receiver_at, free_port, scenarios, wait_until):
    pbx = processes.pbx(speed=100)
    bridge = processes.bridge(pbx.port, free_port)
    wait_until(lambda: "not sent" in bridge.log.read_text())
    receiver = receiver_at(free_port)
    wait_until(lambda: len(receiver.ended()) == len(scenarios))
    starts = [call["started_at"] for call in receiver.ended()]
    assert starts == sorted(starts)
    assert all(types[-1] == "call.ended" and len(set(types)) == len(types) for types in types_by_call(receiver).values())


def test_a_pbx_restart_in_the_middle_of_a_call(processes, receiver, wait_until):
    pbx = processes.pbx("inbound_blind_transfer", speed=1)
    processes.bridge(pbx.port, receiver.port)
    wait_until(lambda: receiver.taken("call.answered"))
    pbx.kill()
    pbx.wait()
    processes.pbx("inbound_busy", port=pbx.port)
    wait_until(lambda: len(receiver.ended()) == 2)
    calls = {call["outcome"]: call for call in receiver.ended()}
    assert set(calls) == {"unknown", "busy"}
    lost = calls["unknown"]
    assert (lost["hangup"]["by"], lost["talk_seconds"]) == ("unknown", None)
    assert lost["answered_at"] is not None
    assert lost["ended_at"] >= lost["answered_at"]


def test_a_bridge_killed_in_the_middle_of_a_call_goes_on_with_it(processes, receiver, wait_until):
    pbx = processes.pbx("inbound_blind_transfer", speed=2)
    bridge = processes.bridge(pbx.port, receiver.port)
    wait_until(lambda: receiver.taken("call.answered"))
    bridge.kill()
    bridge.wait()
    processes.bridge(pbx.port, receiver.port)
    [call] = wait_until(receiver.ended)
    assert call["outcome"] == "answered"
    assert call["line"]["number"] == "0312340000"
    assert call["agents"][0]["extension"] == "101"
    assert call["agents"][0]["answered_at"] == call["answered_at"]
    assert [event["type"] for event in receiver.taken()].count("call.answered") == 1


def test_a_bridge_killed_while_the_host_is_down_loses_nothing(processes, receiver_at, free_port, wait_until):
    pbx = processes.pbx("inbound_answered", "inbound_busy", speed=100)
    bridge = processes.bridge(pbx.port, free_port)
    wait_until(lambda: outbox_count(processes.folder) == 5)
    bridge.kill()
    bridge.wait()
    pbx.kill()
    receiver = receiver_at(free_port)
    processes.bridge(pbx.port, free_port)
    wait_until(lambda: len(receiver.ended()) == 2)
    assert Counter(event["type"] for event in receiver.taken()) == {"call.ringing": 2, "call.answered": 1, "call.ended": 2}


def outbox_count(folder):
    import sqlite3

    try:
        with sqlite3.connect(f"file:{folder / 'outbox.db'}?mode=ro", uri=True) as db:
            return db.execute("select count(*) from event where state = 'waiting'").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def test_a_call_that_ended_while_the_bridge_was_dead_is_ended_unknown(processes, receiver, wait_until):
    pbx = processes.pbx("inbound_answered", speed=2)
    bridge = processes.bridge(pbx.port, receiver.port)
    wait_until(lambda: receiver.taken("call.answered"))
    bridge.kill()
    bridge.wait()
    pbx.kill()
    pbx.wait()
    processes.pbx("internal_call", port=pbx.port, gap=0, speed=1)
    processes.bridge(pbx.port, receiver.port)
    [call] = wait_until(receiver.ended)
    assert call["outcome"] == "unknown"


@pytest.mark.parametrize("answer", [(500, {}), (503, {}), (429, {"Retry-After": "1"}), (401, {}), (404, {})])
def test_what_the_host_does_not_take_now_is_sent_again_with_the_same_id(processes, receiver, wait_until, answer):
    receiver.answers = [answer]
    pbx = processes.pbx("inbound_busy", speed=100)
    processes.bridge(pbx.port, receiver.port)
    wait_until(receiver.ended)
    ids = [webhook_id for webhook_id, _, _ in receiver.posts]
    assert ids[0] == ids[1]
    assert [status for _, status, _ in receiver.posts] == [answer[0], 202, 202]
    assert [event["type"] for event in receiver.taken()] == ["call.ringing", "call.ended"]


@pytest.mark.parametrize("status", [400, 422])
def test_what_the_host_calls_malformed_is_parked_and_the_rest_goes_on(processes, receiver, wait_until, status):
    receiver.answers = [(status, {})]
    pbx = processes.pbx("inbound_busy", speed=100)
    bridge = processes.bridge(pbx.port, receiver.port)
    wait_until(receiver.ended)
    shown = parked(processes, "--parked")
    assert "call.ringing" in shown
    assert f"HTTP {status}" in shown
    assert "090" not in bridge.log.read_text()
    assert "1 put back" in parked(processes, "--resend-parked")
    wait_until(lambda: receiver.taken("call.ringing"))
    assert parked(processes, "--parked") == ""


def parked(processes, option):
    process = processes.start("bridge", "asterisk", "--outbox", processes.folder / "outbox.db", option)
    assert process.wait(20) == 0
    return process.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_bridge_stops_when_asked(processes, receiver, wait_until, number):
    pbx = processes.pbx("inbound_busy")
    bridge = processes.bridge(pbx.port, receiver.port)
    wait_until(receiver.ended)
    bridge.send_signal(number)
    assert bridge.wait(5) == 0
    pbx.send_signal(number)
    assert pbx.wait(5) == 0


def test_two_bridges_with_one_outbox_are_refused(processes, receiver, wait_until):
    pbx = processes.pbx("inbound_busy")
    processes.bridge(pbx.port, receiver.port)
    wait_until(receiver.ended)
    second = processes.bridge(pbx.port, receiver.port)
    assert second.wait(20) == 1
    assert "Another bridge is running" in second.log.read_text()


def test_a_wrong_ami_secret_is_said_and_not_repeated_in_the_log(processes, receiver, wait_until):
    pbx = processes.pbx("inbound_busy")
    processes.env["TSUNAGU_ASTERISK_SECRET"] = "not-the-secret"
    bridge = processes.bridge(pbx.port, receiver.port)
    wait_until(lambda: "refuses the login" in bridge.log.read_text())
    assert "not-the-secret" not in bridge.log.read_text()
    assert bridge.poll() is None


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("TSUNAGU_ASTERISK_SECRET", "TSUNAGU_ASTERISK_SECRET is not set"),
        ("TSUNAGU_SOURCE_SECRET", "TSUNAGU_SOURCE_SECRET is not set"),
    ],
)
def test_a_missing_secret_is_named(processes, missing, sentence):
    del processes.env[missing]
    bridge = processes.bridge(1, 1)
    assert bridge.wait(20) == 2
    assert sentence in bridge.log.read_text()


def test_the_commands_do_not_load_the_web_application():
    imports = "import sys, plugins.asterisk.cli, plugins.asterisk.replay"
    code = f"{imports}; print({{'flask', 'host', 'sqlalchemy'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
