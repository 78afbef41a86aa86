"""Text for one line as a person can see it: no control characters, no marks that turn the writing direction around."""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200c\u200d"
"""They part and join letters in some scripts and make one emoji of several."""


def visible_line(text: str) -> str:
    """The text without what nobody sees. Spaces of every width stay (names in Japanese are parted by U+3000)."""
    return text if text.isprintable() else "".join(map(_visible, text))


def is_visible_line(text: str) -> bool:
    """Whether all of it can be seen, and there is something to see."""
    return bool(text.strip()) and visible_line(text) == text


def _visible(character: str) -> str:
    if character.isprintable() or character in _JOINERS or unicodedata.category(character) == "Zs":
        return character
    return " " if character.isspace() else ""
