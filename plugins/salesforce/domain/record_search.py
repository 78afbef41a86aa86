"""Records found as a person types, by name or number, in one SOSL search (B2)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from host.plugin_api import parse_number, search_forms
from plugins.salesforce.domain.schema import ObjectSchema
from plugins.salesforce.domain.sosl import returning, search_terms

SHORTEST, LONGEST = 2, 80
MOST_PER_OBJECT = 15
FEWEST_DIGITS = 4
_NUMBER = re.compile(r"[+(]?[0-9][0-9 ().\-]*")
_RESERVED = re.compile(r"[?&|!{}\[\]()^~*:\\\"'+\-]")
_OPERATORS = frozenset({"and", "or", "not"})


def record_search(text: str, region: str, objects: Sequence[ObjectSchema], readable: Sequence[ObjectSchema]) -> str | None:
    """The SOSL text that finds records whose name begins so, word for word, or whose phone fields hold this number.

    None if the text is too short to search by, or the search index is open for none of the objects.
    """
    searched = [found for found in objects if found.searchable]
    what = _by_number(text, region) or _by_name(text)
    if not searched or what is None:
        return None
    return f"FIND {{{what[0]}}} IN {what[1]} FIELDS RETURNING " + ", ".join(
        returning(found, readable, MOST_PER_OBJECT) for found in searched
    )


def _by_number(text: str, region: str) -> tuple[str, str] | None:
    """A whole number in every written form; of a part of one, the digits."""
    digits = re.sub(r"[^0-9]", "", text)
    if not _NUMBER.fullmatch(text) or len(digits) < FEWEST_DIGITS:
        return None
    number = parse_number(text, region)
    terms = search_terms(search_forms(number, region)) if number else (f"{digits}*",)
    return " OR ".join(terms), "PHONE"


def _by_name(text: str) -> tuple[str, str] | None:
    """All the words, each whole or as the beginning of one.

    What means something to the search language is left out, as are words of one letter, which Salesforce refuses.
    Both are asked for, since Salesforce cuts Japanese into words of its own: a name may be several of them, which only the
    whole finds, or the beginning of one, which only the asterisk finds.
    """
    words = [word for word in _RESERVED.sub(" ", text).split() if len(word) >= SHORTEST and word.lower() not in _OPERATORS]
    if not words:
        return None
    return " AND ".join(f"({word} OR {word}*)" for word in words), "NAME"
