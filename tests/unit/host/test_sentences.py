"""A sentence keeps its values, so that it can be said in another language after it was stored."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.sentences import MARK, Sentence, carried, read, translated, written
from host.storage.texts import LONGEST, storable

JAPANESE = {
    "Search: %(objects)s → %(count)s": "検索: %(objects)s → %(count)s 件",
    "Contact": "取引先責任者",
    ", ": "、",
    "It waits %(seconds)s s.": "待機は %(missing)s 秒です。",
}
STEP = Sentence("Search: %(objects)s → %(count)s", objects=[Sentence("Contact"), "Contact"], count=3)

values = st.recursive(
    st.text() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False) | st.builds(Sentence, st.text()),
    lambda inner: st.lists(inner, max_size=3),
)


def japanese(text: str) -> str:
    return JAPANESE.get(text, text)


def test_english_is_the_text_itself() -> None:
    assert STEP == "Search: Contact, Contact → 3"
    assert Sentence("100 % done") == "100 % done"


def test_values_that_are_sentences_are_translated_and_others_stay() -> None:
    assert translated(STEP, japanese) == "検索: 取引先責任者、Contact → 3 件"


def test_a_translation_that_does_not_fit_is_not_used() -> None:
    assert translated(Sentence("It waits %(seconds)s s.", seconds=5), japanese) == "It waits 5 s."


@given(value=values)
def test_stored_sentence_is_read_again_as_it_was(value: object) -> None:
    sentence = Sentence("a %(value)s b", value=value)
    again = read(written(sentence))
    assert isinstance(again, Sentence)
    assert (again, again.template, again.values) == (sentence, sentence.template, sentence.values)


@pytest.mark.parametrize("text", ["", "Registered.", "検索", "{}", "100 %", "%(count)s"])
def test_plain_text_is_stored_and_read_as_it_is(text: str) -> None:
    assert read(storable(text)) == text
    assert storable(Sentence(text)) == text


@given(st.text(alphabet=st.characters(codec=None)))
def test_no_plain_text_is_taken_for_a_sentence(text: str) -> None:
    assert not isinstance(read(storable(MARK + text)), Sentence)


@pytest.mark.parametrize("broken", ["{", "[]", '{"template":"a"}', '{"template":"%(a)d","values":{"a":"x"}}', "7"])
def test_a_damaged_sentence_is_shown_as_text(broken: str) -> None:
    assert read(MARK + broken) == broken


def test_a_sentence_too_long_or_not_storable_becomes_its_english_text() -> None:
    assert storable(Sentence("a %(b)s", b="x" * LONGEST)) == "a " + "x" * (LONGEST - 2)
    assert storable(Sentence("a%(b)s", b="\0")) == "a"
    assert storable(Sentence("a%(b)s", b="\ud800")) == "a?"


def test_what_a_plugin_gave_is_made_anew() -> None:
    assert carried(copy.deepcopy(STEP)) == STEP
    assert isinstance(carried(STEP), Sentence)
    assert carried(7) == "7"
