"""AMI framing: any chunking gives the same messages, garbage costs only itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.asterisk.frames import MAX_HEADERS, MAX_LINE, Decoder, Message, encode

NAMED = "Event: Newchannel\r\nCallerIDName: 山田 太郎\r\n\r\n".encode()


def chunked(data: bytes, cuts: list[int]) -> list[Message]:
    decoder, messages, start = Decoder(), [], 0
    for cut in [*sorted(c % (len(data) + 1) for c in cuts), len(data)]:
        messages += decoder.feed(data[start:cut])
        start = cut
    return messages


@pytest.mark.parametrize("cut", range(len(NAMED) + 1))
def test_a_name_split_at_any_byte_stays_intact(cut):
    decoder = Decoder()
    messages = decoder.feed(NAMED[:cut]) + decoder.feed(NAMED[cut:])
    assert [m.get("CallerIDName") for m in messages] == ["山田 太郎"]


pieces = st.sampled_from(
    [
        b"Event: Hangup",
        b"Cause-txt: Normal Clearing",
        b"\r\n",
        b"\n",
        b"\r",
        b"\r\n\r\n",
        b":",
        b"no header",
        "名: 山".encode(),
        b"\xff\xfe: x",
        b"X: " + b"y" * MAX_LINE,
    ]
) | st.binary(max_size=20)


@given(st.lists(pieces, max_size=30).map(b"".join), st.lists(st.integers(0, 200_000), max_size=12))
def test_any_chunking_gives_the_same_messages(data, cuts):
    assert chunked(data, cuts) == Decoder().feed(data)


header = st.tuples(
    st.sampled_from(["Event", "Cause-txt", "CallerIDName", "X"]),
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), max_size=30),
)


@given(st.lists(st.lists(header, min_size=1, max_size=6), max_size=5))
def test_what_was_encoded_is_decoded(messages):
    data = b"".join(encode(m) for m in messages)
    assert [list(m.headers) for m in Decoder().feed(data)] == messages


@pytest.mark.parametrize(
    ("garbage", "left"),
    [
        (b"Asterisk Call Manager/11.0.0\r\n", 1),
        (b"\r\n\r\n\r\n", 1),
        (b"\x00\x01\x02 binary : rubbish\r\n", 1),
        (b"X: " + b"y" * (MAX_LINE + 1) + b"\r\n", 1),
        (b"".join(b"H%d: v\r\n" % i for i in range(MAX_HEADERS + 100)) + b"\r\n", 2),
    ],
)
def test_broken_lines_cost_only_themselves(garbage, left):
    messages = Decoder().feed(garbage + b"Event: FullyBooted\r\nStatus: Fully Booted\r\n\r\n")
    assert len(messages) == left
    assert messages[-1].event == "FullyBooted"
    assert all(len(m.headers) <= MAX_HEADERS for m in messages)


def test_a_name_in_another_encoding_does_not_stop_the_stream():
    [message] = Decoder().feed(b"Event: Newchannel\r\nCallerIDName: " + "山田".encode("cp932") + b"\r\n\r\n")
    assert message.event == "Newchannel"
    assert "\ufffd" in message.get("CallerIDName")


def test_unknown_is_empty():
    [message] = Decoder().feed(b"CallerIDName: <unknown>\r\nAccountCode: \r\n\r\n")
    assert (message.get("CallerIDName"), message.get("AccountCode"), message.get("Missing")) == ("", "", "")


@pytest.mark.parametrize("value", ["090\r\nAction: Command", "090\nX: y", "090\r", "a\0b"])
def test_a_line_break_in_a_header_is_refused(value):
    with pytest.raises(ValueError, match="line break"):
        encode([("Exten", value)])
