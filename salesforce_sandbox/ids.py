"""Salesforce record ids: 15 case-sensitive characters, 18 with a checksum that survives case folding."""

from __future__ import annotations

import re

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_FORM = re.compile(r"[0-9A-Za-z]{15}(?:[A-Z0-5]{3})?")
_INSTANCE = "TS0"


def checksum(id15: str) -> str:
    """Three characters, one for each five: which of them are capitals, lowest bit first."""
    groups = (id15[start : start + 5] for start in (0, 5, 10))
    return "".join(_SUFFIX[sum(1 << bit for bit, c in enumerate(group) if "A" <= c <= "Z")] for group in groups)


def to_18(text: str) -> str | None:
    """Return the 18-character form of a 15- or 18-character id, None if it is not one."""
    if not _FORM.fullmatch(text):
        return None
    if len(text) == 15:
        return text + checksum(text)
    return text if checksum(text[:15]) == text[15:] else None


def make_id(prefix: str, sequence: int) -> str:
    """Return the ``sequence``-th id of a key prefix; ids of one prefix sort in the order they were made."""
    digits = ""
    for _ in range(9):
        sequence, digit = divmod(sequence, 62)
        digits = _BASE62[digit] + digits
    id15 = prefix + _INSTANCE + digits
    return id15 + checksum(id15)
