"""Read digits as a telephone number of a region: E.164, or not a number that may be looked up (R2, B13)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from phonenumbers import (
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberFormat,
    ValidationResult,
    format_number,
    is_possible_number_with_reason,
    is_valid_number,
    parse,
    region_code_for_country_code,
)
from phonenumbers.shortnumberinfo import is_possible_short_number_for_region

SHORTEST_NATIONAL = 7
"""Fewer digits without a plus are an extension or a short code, unless libphonenumber knows the very number."""

MOST_DIGITS = 24
"""The longest that is dialled: caller-id prefix, carrier, international prefix and 15 digits of E.164."""

# Japan: 184/186 withhold or show the caller's number; 001, 0033, 0061 … choose a carrier for the number that follows.
_JAPAN_CALLER_ID = re.compile(r"18[46](?=0\d{8})")
_JAPAN_CARRIER = re.compile(r"(?:001(?=010)|00[3-9]\d(?=0))")


@lru_cache(maxsize=65536)
def read_digits(digits: str, region: str) -> str | None:
    """The E.164 form of these digits ("+" may lead) as dialled or written in the region; None if they are no number."""
    if not digits.strip("+0") or len(digits) > MOST_DIGITS:
        return None
    possible: PhoneNumber | None = None
    for reading in _readings(digits, region):
        number = _parsed(reading, region)
        if number is not None and is_valid_number(number):
            return None if _is_short(reading, number, region) else _e164(number)
        possible = possible or (number if number and _may_be_looked_up(reading, number) else None)
    return _stable(possible) if possible else _behind_double_zero(digits)


def parsed(number: str) -> PhoneNumber | None:
    """libphonenumber's view of an E.164 number; None if it is none."""
    return _parsed(number, None) if number.startswith("+") else None


def is_known(number: str) -> bool:
    """Whether some country's numbering plan has this E.164 number, which is more than possible."""
    known = parsed(number)
    return known is not None and is_valid_number(known)


def country_code(region: str) -> int:
    """The country calling code of an ISO region, 0 if there is none."""
    metadata = PhoneMetadata.metadata_for_region(region, None)
    return metadata.country_code or 0 if metadata else 0


def _readings(digits: str, region: str) -> Iterator[str]:
    """What these digits may stand for, most likely first."""
    if digits.startswith("+"):
        yield digits
        return
    if region == "JP":
        digits = _JAPAN_CALLER_ID.sub("", digits, count=1)
        if _JAPAN_CARRIER.match(digits):
            yield _JAPAN_CARRIER.sub("", digits, count=1)
    if _begins_with_own_country_code(digits, region):
        yield "+" + digits
    if digits.startswith(f"00{country_code(region)}"):
        yield "+" + digits[2:]
    yield digits


def _behind_double_zero(digits: str) -> str | None:
    """A known number written as 00 and country code, the way of most countries, where the region itself dials otherwise."""
    if not digits.startswith("00"):
        return None
    number = _parsed("+" + digits[2:], None)
    return _e164(number) if number is not None and is_valid_number(number) else None


def _begins_with_own_country_code(digits: str, region: str) -> bool:
    trunk = _trunk_prefix(region)
    return bool(trunk) and not digits.startswith(trunk) and digits.startswith(str(country_code(region)))


def _trunk_prefix(region: str) -> str:
    metadata = PhoneMetadata.metadata_for_region(region, None)
    return (metadata.national_prefix or "") if metadata else ""


def _parsed(digits: str, region: str | None) -> PhoneNumber | None:
    try:
        number = parse(digits, region)
    except NumberParseException:
        return None
    return number if is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE else None


def _may_be_looked_up(reading: str, number: PhoneNumber) -> bool:
    """Whether a number that no plan knows could at least be one: not all zeros, no extension, no second trunk zero."""
    stray_zero = number.italian_leading_zero and _trunk_prefix(region_code_for_country_code(number.country_code or 0)) == "0"
    if not number.national_number or stray_zero:
        return False
    return reading.startswith("+") or len(str(number.national_number)) >= SHORTEST_NATIONAL


def _is_short(reading: str, number: PhoneNumber, region: str) -> bool:
    """Whether this is an extension or a short code (110, 117 …) which happens to look like a number."""
    if reading.startswith("+") or len(str(number.national_number)) >= SHORTEST_NATIONAL:
        return False
    return is_possible_short_number_for_region(number, region)


def _e164(number: PhoneNumber) -> str:
    form: str = format_number(number, PhoneNumberFormat.E164)
    return form


def _stable(number: PhoneNumber) -> str | None:
    """The E.164 form, if reading it gives it again: a form that does not would never match itself.

    Known numbers need no such test: libphonenumber drops no digit from them.
    """
    form = _e164(number)
    again = _parsed(form, None)
    return form if again and _e164(again) == form else None
