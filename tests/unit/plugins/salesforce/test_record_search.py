"""Records found as a person types (B2): one search text, whatever was typed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.salesforce.domain.record_search import record_search
from plugins.salesforce.domain.schema import ObjectSchema, PhoneField

PHONE = PhoneField(name="Phone", label="Phone")
LEAD = ObjectSchema(
    name="Lead", fields=frozenset({"Id", "Name", "LastModifiedDate", "IsConverted"}), phones=(PHONE,), searchable=True
)
HIDDEN = ObjectSchema(name="Account", fields=frozenset({"Id", "LastModifiedDate"}), phones=(PHONE,), searchable=False)
RETURNING = (
    " RETURNING Lead(Id, Name, LastModifiedDate, IsConverted, Phone WHERE IsConverted = false"
    " ORDER BY LastModifiedDate DESC LIMIT 15)"
)


def search(text: str) -> str | None:
    return record_search(text, "JP", (HIDDEN, LEAD), (HIDDEN, LEAD))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("山田", "FIND {(山田 OR 山田*)} IN NAME FIELDS"),
        ("山田　太郎", "FIND {(山田 OR 山田*) AND (太郎 OR 太郎*)} IN NAME FIELDS"),
        ("O'Brien & Sons", "FIND {(Brien OR Brien*) AND (Sons OR Sons*)} IN NAME FIELDS"),
        ("sand and not", "FIND {(sand OR sand*)} IN NAME FIELDS"),
        ("3Dプリント", "FIND {(3Dプリント OR 3Dプリント*)} IN NAME FIELDS"),
        ("1234", "FIND {1234*} IN PHONE FIELDS"),
        ("(1234) 5", "FIND {12345*} IN PHONE FIELDS"),
    ],
)
def test_b2_names_by_their_beginnings_parts_of_numbers_by_their_digits(text: str, found: str) -> None:
    assert search(text) == found + RETURNING


def test_b2_a_whole_number_is_searched_in_every_written_form() -> None:
    found = search("03-1234-5678")
    assert found is not None
    assert found.endswith(" IN PHONE FIELDS" + RETURNING)
    assert {"0312345678", "81312345678*", '"1234 5678"'} & set(re.split(r" OR |[{}]", found)) >= {"0312345678"}
    assert search("+81 3 1234 5678") == found


@pytest.mark.parametrize("text", ["", "a", "a b", "*", "{}", "and", "' \" \\", "?-?"])
def test_b2_what_leaves_too_little_to_search_by_asks_nothing(text: str) -> None:
    assert search(text) is None


def test_b2_without_an_object_that_can_be_searched_nothing_is_asked() -> None:
    assert record_search("山田", "JP", (HIDDEN,), (HIDDEN,)) is None


@given(st.text(max_size=80))
def test_b2_nothing_typed_gets_out_of_the_search_text(text: str) -> None:
    found = search(text)
    if found is not None:
        inside = re.fullmatch(r"FIND \{([^{}]*)\} IN (NAME|PHONE) FIELDS RETURNING Lead\(.*\)", found, re.DOTALL)
        assert inside
        words = re.sub(r"\((\S+) OR \1\*\)", r"\1", inside[1]) if inside[2] == "NAME" else inside[1].replace('"', "")
        assert not re.search(r"[?&|!{}\[\]()^~:\\\"'+\-]", words)
