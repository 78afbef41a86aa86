"""R31, B5: what is stopped by the same thing has the same key, whatever the values in its sentence."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.domain.reasons import general, kind_of, reason_of
from host.sentences import Sentence, read
from host.storage.texts import storable

LIMIT = "Salesforce is not available at the moment."
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\x1e"), max_size=20)  # what a database takes, no mark
SAME = [
    (Sentence("The field %(field)s is missing.", field="Phone"), Sentence("The field %(field)s is missing.", field="Fax")),
    (Sentence("Lacks %(rights)s.", rights=("read", "edit")), Sentence("Lacks %(rights)s.", rights=("read",))),
    (
        Sentence("Test: %(why)s", why=Sentence("no %(x)s", x=1)),
        Sentence("Test: %(why)s", why=Sentence("no %(x)s", x=2)),
    ),
    ("Record 003A1 is locked.", "Record 003B22 is locked."),
    (LIMIT, Sentence(LIMIT)),
]
DIFFERENT = [
    (Sentence("The field %(field)s is missing.", field="Phone"), Sentence("The field %(field)s is hidden.", field="Phone")),
    (Sentence("Test: %(why)s", why=Sentence("no connection")), Sentence("Test: %(why)s", why=Sentence("no rights"))),
    (Sentence("%(parts)s", parts=(Sentence("one"),)), Sentence("%(parts)s", parts=(Sentence("other"),))),
    ("Record 003A1 is locked.", "Record 003A1 is gone."),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_b5_values_do_not_count(one: str, other: str) -> None:
    assert reason_of("failed", None, one) == reason_of("failed", None, other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_b5_sentences_count(one: str, other: str) -> None:
    assert reason_of("failed", None, one) != reason_of("failed", None, other)


@pytest.mark.parametrize(
    ("state", "parked_for", "kind"),
    [
        ("failed", None, "failed"),
        ("retrying", None, "retrying"),
        ("parked", "reauthorise", "reauthorise"),
        ("parked", "set_aside", "set_aside"),
        ("done", None, ""),
        ("waiting", None, ""),
    ],
)
def test_b5_the_kind_counts_and_what_is_not_stopped_has_none(state: str, parked_for: str | None, kind: str) -> None:
    assert kind_of(reason_of(state, parked_for, LIMIT)) == kind


@given(st.text(), st.sampled_from(["failed", "retrying"]))
def test_a_key_is_short_and_fit_for_an_address(message: str, state: str) -> None:
    assert re.fullmatch(r"[a-z_]{1,20}-[0-9a-f]{16}", reason_of(state, None, message))


@given(st.dictionaries(st.sampled_from(["a", "b"]), TEXTS, min_size=2))
def test_a_sentence_keeps_its_key_when_it_is_stored(values: dict[str, str]) -> None:
    sentence = Sentence("%(a)s and %(b)s", **values)
    assert reason_of("failed", None, read(storable(sentence))) == reason_of("failed", None, sentence)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (Sentence("The field %(field)s is missing.", field="Phone"), "The field … is missing."),
        (Sentence("Lacks %(rights)s.", rights=("read", "edit")), "Lacks …."),
        (Sentence("Test: %(why)s", why=Sentence("no %(x)s", x=1)), "Test: no …"),
        ("Record 003A1 is locked.", "Record … is locked."),
        (Sentence("After %(count)d tries.", count=3), "After 3 tries."),
        (LIMIT, LIMIT),
    ],
)
def test_b5_the_general_form_leaves_the_values_out(message: str, shown: str) -> None:
    assert general(message) == shown
