"""The one SOSL search that finds a number in all three objects (R8).

Nobody has proved whether the index keeps a stored "03-1234-5678" as one token or as three, so a search asks for both: the
bare digits, and the digit groups as a quoted phrase. A wildcard behind the digits also finds a number with an extension or a
second number behind it. Only digits, spaces, quotes and that asterisk ever enter the search string.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from plugins.salesforce.domain.schema import ObjectSchema
from plugins.salesforce.domain.selection import only_open_leads, selected_fields

SEARCH_STRING_LIMIT = 4000
"""At this length Salesforce drops the operators of a search string (SOSL syntax page)."""

MARK = 2
"""A term this short could only be a mark: no telephone number has two digits."""

_ONE_PIECE = re.compile(r"\+?\d+")

ROW_LIMIT = 200
"""Rows asked for per object: below the 250 which Salesforce gives for one object of several."""


def search_terms(forms: Iterable[str]) -> tuple[str, ...]:
    """The alternatives of the search string for these written forms of a number, in order, each one once.

    What another alternative finds as well is left out, so that many numbers fit into one search: digits which nobody writes
    in one piece are only asked for with the asterisk, and a phrase that ends in another phrase not at all.
    """
    written = [(form, re.findall(r"\d+", form)) for form in forms]
    bare = ["".join(groups) for form, groups in written if _ONE_PIECE.fullmatch(form)]
    digits = dict.fromkeys("".join(groups) for _, groups in written)
    longer = [f"{number}*" for number in digits if number.isascii() and not number.startswith("00")]
    left = [number for number in digits if number not in bare and f"{number}*" not in longer]
    terms = dict.fromkeys([*bare, *left, *longer, *_phrases(written)])
    return _within_limit(term for term in terms if len(term) > MARK)


def _phrases(written: Iterable[tuple[str, Sequence[str]]]) -> list[str]:
    """The groups of digits in a row. Those behind a country code are also found behind any other prefix."""
    found = dict.fromkeys(_without_country_code(form, groups) for form, groups in written)
    kept = [groups for groups in found if not any(groups[start:] in found for start in range(1, len(groups) - 1))]
    return [f'"{" ".join(groups)}"' for groups in kept if len(groups) > 1]


def _without_country_code(form: str, groups: Sequence[str]) -> tuple[str, ...]:
    return tuple(groups[1:] if form.startswith("+") and len(groups) > 2 else groups)


def _within_limit(terms: Iterable[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for term in terms:
        if len(" OR ".join([*kept, term])) >= SEARCH_STRING_LIMIT:
            break
        kept.append(term)
    return tuple(kept)


def search_statement(terms: Sequence[str], objects: Sequence[ObjectSchema], readable: Sequence[ObjectSchema]) -> str:
    """The SOSL text. Newest first, so that where a reply is full the record that would win is in it (R5)."""
    wanted = ", ".join(returning(schema, readable, ROW_LIMIT) for schema in objects)
    return f"FIND {{{' OR '.join(terms)}}} IN PHONE FIELDS RETURNING {wanted}"


def returning(schema: ObjectSchema, readable: Sequence[ObjectSchema], rows: int) -> str:
    """What is asked of one object: all a decision needs, the newest records first, at most so many."""
    fields = ", ".join(selected_fields(schema, readable))
    condition = only_open_leads(schema)
    where = f" WHERE {condition}" if condition else ""
    return f"{schema.name}({fields}{where} ORDER BY LastModifiedDate DESC LIMIT {rows})"
