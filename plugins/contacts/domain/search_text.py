"""How names are found: in any width, case, kana and spacing."""

from __future__ import annotations

import unicodedata

SORT_LENGTH = 60
"""So many characters decide the order of the list; short enough for an index entry in every script."""

_KATAKANA = range(ord("ァ"), ord("ヶ") + 1)
_TO_HIRAGANA = {code: code - ord("ァ") + ord("ぁ") for code in _KATAKANA}


def fold(text: str) -> str:
    """The text without what makes equal names look different: width, case, katakana or hiragana, spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", "".join(folded.split())).translate(_TO_HIRAGANA)


def search_text(company: str, person: str) -> str:
    """What a search for a name looks into; the line break keeps a search from bridging the two names."""
    return f"{fold(company)}\n{fold(person)}"


def sort_text(company: str, person: str) -> str:
    """What the list is ordered by: the company, or the person where there is none, then the person."""
    return (fold(company or person) + "\n" + fold(person))[:SORT_LENGTH]
