"""Telephone numbers: read them from any writing, compare as E.164, write them in the forms people store (R2, R3, B13)."""

from __future__ import annotations

import re
from functools import lru_cache

from phonenumbers import PhoneNumberFormat, format_number

from host.domain.phone_forms import LONGEST_FORM, written_forms
from host.domain.phone_reading import country_code, is_known, parsed, read_digits
from host.domain.phone_text import LONGEST_TEXT, DigitGroup, digit_groups, digits_of, plain

LONGEST_TO_DIAL = 100
"""Longer texts than this are no number with separators."""

_DIALABLE = re.compile(r"\+?[0-9*#]{1,32}")
_DIAL_SEPARATORS = re.compile(r"[-~ ()./]")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
_BARE = re.compile(r"\+?[0-9]+")
_NOTE = re.compile(r"\(?代表?\)?$")
_BETWEEN_NUMBERS = (re.compile(r"[/.]*[ ()][ ()/.]*"), re.compile(r"[/.]"))
_TRUNK_ZERO = re.compile(r"^(\+[-\d .]*)\(0\)")


def parse_number(raw: str, region: str) -> str | None:
    """The E.164 form of what a telephone system or a person wrote; None if it is no number that may be looked up.

    Not looked up are withheld numbers, extensions, short codes, and a text that names two different numbers.
    """
    numbers = numbers_in(raw, region)
    return next(iter(numbers)) if len(numbers) == 1 else None


def numbers_in(field: str, region: str) -> frozenset[str]:
    """All E.164 numbers a CRM's phone field holds (two may be joined by / , 、 ; or a line break).

    A slash joins two numbers if what stands on one side is a number of its own ("03-1234-5678/090-1234-5678"), else it
    separates the groups of one ("03/1234/5678"). A space or bracket joins two if the first part is a known number by itself
    and the whole is not, or if the whole is too long to be one number.
    """
    return _numbers_in(field, region.upper()) if len(field) <= LONGEST_TEXT else frozenset()


@lru_cache(maxsize=4096)
def search_forms(number: str, region: str) -> tuple[str, ...]:
    """The ways in which people write this E.164 number, most usual first.

    Every form reads back as the same number and fits into a phone field of 40 characters.
    """
    known = parsed(number)
    if known is None:
        return ()
    forms = dict.fromkeys(written_forms(known, region.upper()))
    return tuple(form for form in forms if len(form) <= LONGEST_FORM and parse_number(form, region) == number)


@lru_cache(maxsize=4096)
def format_national(number: str, region: str) -> str:
    """The number as people of the region like to read it; what is no E.164 number is given back unchanged."""
    known = parsed(number)
    if known is None:
        return number
    at_home = known.country_code == country_code(region.upper())
    written: str = format_number(known, PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL)
    return written


def dialable(raw: str, region: str) -> str | None:
    """What to hand to the telephone system for a number that was clicked or typed; None if it may not be dialled.

    The number stays as it was written (184 in front, an extension, an international prefix); only separators go. Letters,
    control characters and two numbers at once are refused.
    """
    if _CONTROL.search(raw) or len(raw) > LONGEST_TO_DIAL:
        return None
    text = plain(raw.strip()).removeprefix("tel:")
    text = _TRUNK_ZERO.sub(r"\1", _NOTE.sub("", text))
    digits = _DIAL_SEPARATORS.sub("", text)
    numbers = numbers_in(raw, region)
    if numbers and numbers != {read_digits(digits, region.upper())}:
        return None
    return digits if _DIALABLE.fullmatch(digits) else None


@lru_cache(maxsize=16384)
def _numbers_in(field: str, region: str) -> frozenset[str]:
    if _BARE.fullmatch(field):  # what telephone systems send: nothing to tell apart
        number = read_digits(field, region)
        return frozenset((number,)) if number else frozenset()
    return frozenset(number for group in digit_groups(field) for number in _numbers_of(group, region))


def _numbers_of(group: DigitGroup, region: str) -> list[str]:
    parts = [digits_of(part) for part in group.text.split("/")]
    if len(parts) > 1:
        alone = [read_digits(part, region) for part in parts]
        if all(alone) or any(number and is_known(number) for number in alone):
            return [number for number in alone if number]
    whole = read_digits(digits_of(group.text), region)
    if whole and is_known(whole):
        return [whole]
    return _numbers_side_by_side(group, region, whole_is_possible=whole is not None) or ([whole] if whole else [])


def _numbers_side_by_side(group: DigitGroup, region: str, *, whole_is_possible: bool) -> list[str]:
    """Numbers told apart by a space, a bracket or a middle dot only.

    If the first part is a known number, the others count if they are known too: they may be office hours or a date. Else all
    parts must be numbers, and none counts if the whole can be one number.
    """
    for separator in _BETWEEN_NUMBERS:
        parts = [read_digits(digits_of(part), region) for part in separator.split(group.text) if digits_of(part)]
        numbers = [number for number in parts if number]
        if parts[0] and is_known(parts[0]):
            return [number for number in numbers if is_known(number)]
        if len(numbers) == len(parts) and not whole_is_possible:
            return numbers
    return []
