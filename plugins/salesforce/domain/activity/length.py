"""How long a text is to Salesforce, and how one that is too long is cut (R24).

Salesforce counts as its own programs do: a character outside the basic plane is two (UTF-16), and a line break may be kept
as two. Nobody documents it, so the larger count is taken: what is written here is never refused as STRING_TOO_LONG.
"""

from __future__ import annotations

import re
import unicodedata

_SENTENCE_END = re.compile(r"[。！？｡]+[」』）】)\"'”’]*|(?<![.!?])[.!?]++[)\"'”’]*+(?=\s)|\n")
_WORD_END = re.compile(r"\s+|[、，,]")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SHORT_TAIL = 3
"""A part that ends before a third of the room is not worth its tidy end: it is cut at a word instead, or anywhere."""


def clean(text: str) -> str:
    """A text as Salesforce keeps it: line breaks as one character, nothing that XML forbids, no white space at its ends."""
    return _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def one_line(text: str) -> str:
    """The same on one line, with single spaces."""
    return " ".join(clean(text).split())


def length(text: str) -> int:
    """The characters of a text by the larger count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 + text.count("\n")


def cut(text: str, limit: int, *, more: str = "") -> str:
    """A text of at most `limit` characters: whole, or up to the end of a sentence.

    Args:
        more: a line that follows a text which was cut and says where the whole of it is.
    """
    if length(text) <= limit:
        return text
    ending = f"\n{more}" if more else ""
    room = limit - length(ending)
    if room < length(more):
        return cut(text, limit)
    return _shortened(text, room).rstrip() + ending


def _shortened(text: str, room: int) -> str:
    longest = _longest(text, room)
    for end in (_SENTENCE_END, _WORD_END):
        found = _last_end(end, text, longest)
        if found * _SHORT_TAIL >= longest:
            return text[:found]
    while longest > 0 and unicodedata.combining(text[longest]):  # a letter keeps its marks
        longest -= 1
    return text[:longest]


def _longest(text: str, room: int) -> int:
    """How many characters from the beginning fit."""
    used = 0
    for position, character in enumerate(text):
        used += 2 if character == "\n" or character > "\uffff" else 1
        if used > room:
            return position
    return len(text)


def _last_end(end: re.Pattern[str], text: str, longest: int) -> int:
    """Where the last one ends that lies in the first `longest` characters; 0 if there is none."""
    return max((found.end() for found in end.finditer(text, 0, longest + 1) if found.end() <= longest), default=0)
