"""The recorded streams of a real PBX, decoded."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from plugins.asterisk.frames import Decoder, Message
from plugins.asterisk.live_calls import LiveCalls, News
from plugins.asterisk.parties import Site

RECORDINGS = Path(__file__).parents[3] / "data" / "ami"
RECEIVED_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def recorded() -> Callable[[str], list[Message]]:
    return lambda scenario: Decoder().feed((RECORDINGS / scenario / "ami.txt").read_bytes())


@pytest.fixture
def heard() -> Callable[[list[Message]], list[News]]:
    """What a bridge would tell after these messages, in order."""

    def hear(messages: list[Message]) -> list[News]:
        live = LiveCalls(Site(frozenset({"trunk"})))
        return [news for message in messages for news in live.accept(message, RECEIVED_AT)]

    return hear


@pytest.fixture
def ami() -> Callable[..., Message]:
    """A message: `ami("Hangup", Uniqueid="1", Cause_txt="…")`."""
    return lambda event, **headers: Message((("Event", event), *((k.replace("_", "-"), v) for k, v in headers.items())))
