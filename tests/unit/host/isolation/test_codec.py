"""R35: events and results cross to another process and back without loss, and what is none is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.domain.settlement import Attempt, AttemptResult
from host.isolation.child import EVENTS
from host.isolation.codec import Unreadable, made, plain
from host.plugin_api import Call, Match, Sentence
from host.registry.outcomes import CallResult

NO_SURROGATES = st.text(st.characters(exclude_categories=["Cs"]))
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))
st.register_type_strategy(str, NO_SURROGATES.filter(lambda text: not text.startswith("\x1e")))


@pytest.mark.parametrize("kind", EVENTS.values())
@given(data=st.data())
def test_every_event_comes_out_as_it_went_in(kind: type[Any], data: st.DataObject) -> None:
    event = data.draw(st.from_type(kind))
    assert made(kind, plain(event)) == event


@given(result=st.from_type(CallResult))
def test_every_result_comes_out_as_it_went_in(result: CallResult) -> None:
    assert made(CallResult, plain(result)) == result


def test_sentences_keep_their_values() -> None:
    sentence = Sentence("%(count)s written to %(where)s.", count=3, where=Sentence("Acme"))
    attempt = Attempt(result=AttemptResult.RETRY, message=sentence, after=timedelta(minutes=5))
    came = made(CallResult, plain(CallResult(attempt=attempt, match=Match(record=None, steps=(sentence,)))))
    assert isinstance(came.attempt.message, Sentence)
    assert came.attempt.message.values == sentence.values
    assert came.match is not None
    assert isinstance(came.match.steps[0], Sentence)
    assert made(ZoneInfo, plain(ZoneInfo("Asia/Tokyo"))) == ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    "value", [object(), b"bytes", {1, 2}, Match(record=object())], ids=["object", "bytes", "set", "match"]
)
def test_what_the_interface_does_not_know_is_not_sent(value: object) -> None:
    with pytest.raises(Unreadable):
        plain(value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "x",
        {"attempt": None},
        {"attempt": {"result": "wonderful"}},
        {"attempt": {"result": "done", "api_calls": "2"}},
    ],
    ids=str,
)
def test_junk_is_no_result(value: object) -> None:
    with pytest.raises(Unreadable):
        made(CallResult, value)
    with pytest.raises(Unreadable):
        made(Call, value)
