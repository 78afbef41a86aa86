"""Reading what an admin types into the list of numbers, beginnings and lines that are never sent to Salesforce (B11)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from phonenumbers import PhoneMetadata

from host.plugin_api import parse_number
from plugins.salesforce.domain.do_not_sync import SHORTEST_PREFIX, Excluded

LONGEST_LINE = 100
LONGEST_BEGINNING = 15  # digits of the longest E.164 number

_SEPARATORS = re.compile(r"[\s\-‐-―−ー－()./・]+")
_ANYTHING_BEHIND = re.compile(r"(?:[*…~]|\.{2,}|x+)$", re.IGNORECASE)
_DIGITS = re.compile(r"\+?[0-9]+")


def read_value(kind: Excluded, text: str, region: str) -> str | None:
    """What was typed, as the list keeps it; None if it is nothing of this kind."""
    if kind is Excluded.NUMBER:
        return parse_number(text, region)
    return read_beginning(text, region) if kind is Excluded.PREFIX else read_line(text, region)


def read_line(text: str, region: str) -> str | None:
    """A line by its number in any writing, or by its name without regard to case and width; None if there is none."""
    name = _folded(text) if len(text) <= LONGEST_LINE * 2 else ""
    if not name or len(name) > LONGEST_LINE or not name.isprintable():
        return None
    return parse_number(name, region) or name


def _folded(text: str) -> str:
    """Full-width and half-width, large and small letters are the same; folding may make a text longer."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())


def read_beginning(text: str, region: str) -> str | None:
    """How E.164 numbers begin that begin as typed: "050" and "+81 50" are "+8150" in Japan; None if that is no beginning.

    As at home it begins with the trunk prefix, where the region's numbers have one ("0" in Japan); from abroad with "+" or
    the prefix that is dialled for it. The trunk prefix alone, which every number would have, is refused.
    """
    plain = _ANYTHING_BEHIND.sub("", unicodedata.normalize("NFKC", text).strip())
    digits = _SEPARATORS.sub("", plain)
    if not _DIGITS.fullmatch(digits):
        return None
    beginning = digits if digits.startswith("+") else _international(digits, region)
    if beginning is None or not SHORTEST_PREFIX <= len(beginning) <= LONGEST_BEGINNING + 1 or beginning[1] == "0":
        return None
    return beginning


def _international(digits: str, region: str) -> str | None:
    known = _metadata(region)
    if known is None:
        return None
    abroad = re.match(known.international_prefix or r"(?!)", digits)
    if abroad:
        return "+" + digits[abroad.end() :]
    trunk = known.national_prefix or ""
    if trunk == "0" and not digits.startswith(trunk):
        return None
    rest = digits.removeprefix(trunk)
    return f"+{known.country_code}{rest}" if rest else None


@lru_cache(maxsize=8)
def _metadata(region: str) -> PhoneMetadata | None:
    return PhoneMetadata.metadata_for_region(region.upper())
