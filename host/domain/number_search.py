"""Turns what a person types into a search for telephone numbers: a whole number in any writing, or a part of one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers

from host.domain.phone import parse_number


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSearch:
    """`exact` is a whole number in E.164. Else `parts` are looked for in E.164 numbers, `sent_parts` in unread ones."""

    exact: str | None = None
    parts: tuple[str, ...] = ()
    sent_parts: tuple[str, ...] = ()


def number_search(text: str, region: str) -> NumberSearch | None:
    """What to look for; None if the text holds no digit at all.

    A part that begins with the trunk zero ("090-12") is also found behind the region's country code ("+819012").
    """
    exact = parse_number(text, region)
    if exact:
        return NumberSearch(exact=exact)
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", text))
    if not digits.isascii() or not digits:
        return None
    code = phonenumbers.country_code_for_region(region)
    national = (f"+{code}{digits[1:]}",) if digits.startswith("0") and code else ()
    return NumberSearch(parts=(*national, digits), sent_parts=(digits,))
