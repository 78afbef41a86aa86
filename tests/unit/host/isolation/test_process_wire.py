"""R35: messages cross whole and in order; a side that is gone, or sends what is no message, is noticed."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from host.isolation import wire
from host.isolation.wire import Gone, TooLong, Wire


@pytest.fixture
def ends() -> Iterator[tuple[Wire, Wire, socket.socket]]:
    ours, theirs = socket.socketpair()
    yield Wire(ours), Wire(theirs), theirs
    ours.close()
    theirs.close()


def test_messages_of_any_length_arrive_in_order(ends: tuple[Wire, Wire, socket.socket]) -> None:
    one, other, _raw = ends
    messages = [{"n": 1, "text": "山田\ud800"}, {"long": "x" * 3_000_000}, [], {"n": 4}]
    sender = threading.Thread(target=lambda: [one.send(message) for message in messages])
    sender.start()
    assert [other.receive(5) for _ in messages] == messages
    sender.join()


def test_end_of_the_other_side_is_noticed(ends: tuple[Wire, Wire, socket.socket]) -> None:
    one, other, _raw = ends
    with pytest.raises(TimeoutError):
        other.receive(0.01)
    one.hang_up()
    with pytest.raises(Gone):
        other.receive(5)
    with pytest.raises(Gone):
        one.receive(5)
    other.close()
    with pytest.raises(Gone):
        other.send({})
    with pytest.raises(Gone):
        other.receive()


@pytest.mark.parametrize("sent", [b"\0\0\0\3{]", struct.pack("!I", 2**31), b"\0\0\0\2[]\0"], ids=["json", "length", "half"])
def test_what_is_no_message_ends_the_conversation(ends: tuple[Wire, Wire, socket.socket], sent: bytes) -> None:
    _one, other, raw = ends
    one = _one
    raw.sendall(sent)
    raw.shutdown(socket.SHUT_WR)
    with pytest.raises(Gone):
        while True:
            one.receive(5)
    assert other is not one


def test_message_that_is_too_long_is_not_sent_at_all(
    ends: tuple[Wire, Wire, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, _raw = ends
    monkeypatch.setattr(wire, "LONGEST", 100)
    with pytest.raises(TooLong):
        one.send("x" * 100)
    one.send("short")
    assert other.receive(5) == "short"
