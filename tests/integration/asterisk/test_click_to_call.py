"""R22: a click is dialled by one Originate through the replayed PBX, and comes back as our call."""

import socketserver
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from host.plugin_api import (
    Agent,
    Call,
    Direction,
    Done,
    NeedsConfiguration,
    NumberClicked,
    PermanentFailure,
    RetryLater,
)
from plugins.asterisk.frames import Decoder
from plugins.asterisk.plugin import dial_setup, plugin

CALL_ID = "0193e0f2-7f6a-7c2b-9a51-2f1f6f1a0001"


@dataclass
class StoredSettings:
    values: dict = field(default_factory=dict)

    def read(self):
        return dict(self.values)

    def write(self, values):
        self.values |= values
        self.values = {name: value for name, value in self.values.items() if value is not None}


@pytest.fixture
def context():
    return SimpleNamespace(settings=StoredSettings(), clock=lambda: datetime.now(UTC))


def click(number="09087654325", extension="102", age=0.0, fact_id=7):
    at = datetime.now(UTC) - timedelta(seconds=age)
    call = Call(id=CALL_ID, direction=Direction.OUTBOUND, number=None, raw_number=number, started_at=at)
    return NumberClicked(fact_id=fact_id, occurred_at=at, call=call, number=number, agent=Agent(extension=extension))


@pytest.fixture
def dial_environment(monkeypatch):
    def use(port, secret="replayed"):
        for name, value in {"HOST": "127.0.0.1", "PORT": str(port), "SECRET": secret}.items():
            monkeypatch.setenv(f"TSUNAGU_ASTERISK_{name}", value)

    return use


@pytest.fixture
def fake_pbx():
    """A PBX which answers actions by `answers[action]`, a list of headers or None for hanging up; counts Originates."""
    seen, answers = [], {"Login": ["Response: Success"]}

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            decoder = Decoder()
            self.request.sendall(b"Asterisk Call Manager/11.0.0\r\n")
            while data := self.request.recv(4096):
                for action in decoder.feed(data):
                    seen.append(action)
                    answer = answers.get(action.get("Action"))
                    if answer is None:
                        return
                    ours = f"ActionID: {action.get('ActionID')}\r\n"
                    self.request.sendall("".join(f"{line}\r\n{ours}\r\n" for line in answer).encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield SimpleNamespace(port=server.server_address[1], seen=seen, answers=answers)
        server.shutdown()


def originates(pbx):
    return [action for action in pbx.seen if action.get("Action") == "Originate"]


@pytest.mark.parametrize(("number", "outcome"), [("09011112222", "answered"), ("09087654321", "busy")])
def test_a_click_is_dialled_and_comes_back_as_our_call(
    processes, receiver, wait_until, context, dial_environment, number, outcome
):
    pbx = processes.pbx("inbound_busy", speed=5)
    processes.bridge(pbx.port, receiver.port)
    wait_until(receiver.ended)
    dial_environment(pbx.port)
    assert isinstance(plugin.on_click_to_call(context, click(number)), Done)
    call = wait_until(lambda: next((c for c in receiver.ended() if c["client_ref"]), None))
    assert call["client_ref"] == call["id"] == f"host-{CALL_ID}"
    assert (call["direction"], call["outcome"], call["external"]["raw"]) == ("outbound", outcome, number)
    assert [(agent["extension"], agent["name"]) for agent in call["agents"]] == [("102", "Bob Suzuki")]


def test_what_is_sent_to_the_pbx(fake_pbx, context, dial_environment):
    dial_environment(fake_pbx.port)
    fake_pbx.answers["Originate"] = ["Response: Success", "Event: OriginateResponse\r\nResponse: Success\r\nReason: 4"]
    plugin.on_click_to_call(context, click("+819012345678", "101"))
    [action] = originates(fake_pbx)
    assert dict(action.headers) == {
        "Action": "Originate",
        "ActionID": f"host-{CALL_ID}",
        "Channel": "PJSIP/101",
        "Context": "internal",
        "Exten": "+819012345678",
        "Priority": "1",
        "CallerID": '"" <+819012345678>',
        "Timeout": "30000",
        "Async": "true",
        "ChannelId": f"host-{CALL_ID}",
    }


@pytest.mark.parametrize(
    "number", ["090\r\nAction: Command", "090\n", "", "090-1234", "１２３", "1" * 33, "sip:a@b", "090\0"]
)
def test_a_number_with_anything_else_in_it_is_not_dialled(fake_pbx, context, dial_environment, number):
    dial_environment(fake_pbx.port)
    with pytest.raises(PermanentFailure, match="not a number"):
        plugin.on_click_to_call(context, click(number))
    assert fake_pbx.seen == []


@pytest.mark.parametrize("extension", ["101&PJSIP/trunk", "101\r\nX: y", "101/090", ""])
def test_an_extension_that_is_none_is_not_rung(fake_pbx, context, dial_environment, extension):
    dial_environment(fake_pbx.port)
    with pytest.raises(PermanentFailure, match="extension"):
        plugin.on_click_to_call(context, click(extension=extension))
    assert fake_pbx.seen == []


def test_an_old_click_is_not_dialled_any_more(fake_pbx, context, dial_environment):
    dial_environment(fake_pbx.port)
    with pytest.raises(PermanentFailure, match="too old"):
        plugin.on_click_to_call(context, click(age=31))
    assert fake_pbx.seen == []


@pytest.mark.parametrize(("age", "error"), [(0, RetryLater), (29, PermanentFailure)])
def test_a_pbx_that_cannot_be_reached_may_be_tried_again_while_the_click_is_fresh(
    context, dial_environment, free_port, age, error
):
    dial_environment(free_port)
    with pytest.raises(error, match="cannot be reached"):
        plugin.on_click_to_call(context, click(age=age))
    assert context.settings.values == {}


def test_a_connection_lost_while_dialling_is_never_dialled_twice(fake_pbx, context, dial_environment):
    dial_environment(fake_pbx.port)
    for _ in range(2):
        with pytest.raises(PermanentFailure, match="not dialled again"):
            plugin.on_click_to_call(context, click())
    assert len(originates(fake_pbx)) == 1


def test_a_delivery_repeated_after_a_workers_death_does_not_dial_again(fake_pbx, context, dial_environment):
    dial_environment(fake_pbx.port)
    fake_pbx.answers["Originate"] = ["Response: Success", "Event: OriginateResponse\r\nResponse: Success\r\nReason: 4"]
    plugin.on_click_to_call(context, click(fact_id=1))
    with pytest.raises(PermanentFailure, match="not dialled again"):
        plugin.on_click_to_call(context, click(fact_id=1))
    plugin.on_click_to_call(context, click(fact_id=2))
    assert len(originates(fake_pbx)) == 2


def test_notes_of_past_clicks_do_not_pile_up(fake_pbx, context, dial_environment):
    dial_environment(fake_pbx.port)
    fake_pbx.answers["Originate"] = ["Response: Success", "Event: OriginateResponse\r\nResponse: Success\r\nReason: 4"]
    context.settings.write({"dialled_1": (datetime.now(UTC) - timedelta(minutes=5)).isoformat()})
    plugin.on_click_to_call(context, click(fact_id=2))
    assert list(context.settings.values) == ["dialled_2"]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (["Response: Error\r\nMessage: Permission denied"], "write = originate"),
        (["Response: Error\r\nMessage: Extension does not exist."], "Extension does not exist"),
        (["Response: Success", "Event: OriginateResponse\r\nResponse: Failure\r\nReason: 0"], "not registered"),
        (["Response: Success", "Event: OriginateResponse\r\nResponse: Failure\r\nReason: 5"], "busy"),
        (["Response: Success", "Event: OriginateResponse\r\nResponse: Failure\r\nReason: 99"], "could not be rung"),
    ],
)
def test_a_refusal_is_told_in_plain_words(fake_pbx, context, dial_environment, answer, sentence):
    dial_environment(fake_pbx.port)
    fake_pbx.answers["Originate"] = answer
    with pytest.raises(PermanentFailure, match=sentence):
        plugin.on_click_to_call(context, click())


def test_a_wrong_secret_needs_configuration(processes, context, dial_environment):
    pbx = processes.pbx("inbound_busy")
    dial_environment(pbx.port, secret="another")
    with pytest.raises(NeedsConfiguration, match="refuses the login") as refused:
        plugin.on_click_to_call(context, click())
    assert "another" not in str(refused.value)


def test_the_dialling_user_falls_back_to_the_bridges():
    base = {"TSUNAGU_ASTERISK_HOST": "pbx", "TSUNAGU_ASTERISK_USERNAME": "reader", "TSUNAGU_ASTERISK_SECRET": "r"}
    own = {"TSUNAGU_ASTERISK_ORIGINATE_USERNAME": "dialler", "TSUNAGU_ASTERISK_ORIGINATE_SECRET": "d"}
    assert (dial_setup(base).account.username, dial_setup(base).account.secret) == ("reader", "r")
    assert (dial_setup(base | own).account.username, dial_setup(base | own).account.secret) == ("dialler", "d")
    assert "secret" not in repr(dial_setup(base | own).account)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"TSUNAGU_ASTERISK_HOST": "pbx"},
        {"TSUNAGU_ASTERISK_HOST": "pbx", "TSUNAGU_ASTERISK_SECRET": "x", "TSUNAGU_ASTERISK_PORT": "ami"},
        {"TSUNAGU_ASTERISK_HOST": "pbx", "TSUNAGU_ASTERISK_SECRET": "x", "TSUNAGU_ASTERISK_CHANNEL": "PJSIP/101"},
    ],
)
def test_what_is_missing_needs_configuration(environment):
    with pytest.raises(NeedsConfiguration, match="TSUNAGU_ASTERISK_"):
        dial_setup(environment)
