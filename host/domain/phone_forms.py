"""The ways in which people write one telephone number (B13)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from phonenumbers import PhoneNumber, PhoneNumberFormat, format_number

from host.domain.phone_reading import country_code

LONGEST_FORM = 40
"""The length of Salesforce's standard phone fields."""

_FULL_WIDTH = {ord(ascii_): chr(ord(ascii_) + 0xFEE0) for ascii_ in "0123456789-()+"}
_NORTH_AMERICA = 1


def written_forms(number: PhoneNumber, region: str) -> Iterator[str]:
    """Every usual writing of this number as seen from the region, most usual first; some may repeat."""
    if number.country_code == country_code(region):
        yield from _national(number)
        yield from _north_american(number)
    yield from _international(number, region)


def _groups(number: PhoneNumber) -> list[str]:
    return re.findall(r"\d+", format_number(number, PhoneNumberFormat.NATIONAL))


def _national(number: PhoneNumber) -> Iterator[str]:
    groups = _groups(number)
    hyphenated = "-".join(groups)
    yield "".join(groups)
    yield hyphenated
    yield from _with_brackets(groups)
    yield " ".join(groups)
    yield ".".join(groups)
    yield hyphenated.translate(_FULL_WIDTH)
    yield "".join(groups).translate(_FULL_WIDTH)
    yield from (form.translate(_FULL_WIDTH) for form in _around_middle(groups))


def _with_brackets(groups: list[str]) -> Iterator[str]:
    """(03) 1234-5678, (03)1234-5678, 03(1234)5678."""
    if len(groups) < 2:
        return
    area, rest = groups[0], "-".join(groups[1:])
    yield f"({area}) {rest}"
    yield f"({area}){rest}"
    yield from _around_middle(groups)


def _around_middle(groups: list[str]) -> Iterator[str]:
    match groups:
        case [area, middle, last]:
            yield f"{area}({middle}){last}"


def _north_american(number: PhoneNumber) -> Iterator[str]:
    """1-202-555-0123, 1 (202) 555-0123: with the trunk 1, which libphonenumber's national form leaves out."""
    groups = _groups(number)
    if number.country_code == _NORTH_AMERICA and len(groups) == 3:
        yield "1-" + "-".join(groups)
        yield "1 ({}) {}-{}".format(*groups)
        yield "+1 ({}) {}-{}".format(*groups)
        yield "1." + ".".join(groups)


def _international(number: PhoneNumber, region: str) -> Iterator[str]:
    digits = format_number(number, PhoneNumberFormat.E164)[1:]
    spaced = format_number(number, PhoneNumberFormat.INTERNATIONAL)
    groups = re.findall(r"\d+", spaced)
    yield f"+{digits}"
    yield "+" + "-".join(groups)
    yield f"+{groups[0]} {'-'.join(groups[1:])}"
    yield "+" + " ".join(groups)
    yield from _with_trunk_zero(number, groups)
    yield digits
    yield "-".join(groups)
    yield "00" + digits
    yield "00" + "-".join(groups)
    yield from _as_dialled(number, region, digits, groups)
    yield "+" + ".".join(groups)


def _with_trunk_zero(number: PhoneNumber, groups: list[str]) -> Iterator[str]:
    """+81 (0)3-1234-5678, where the national form has a trunk zero that the international one has not."""
    national = "".join(_groups(number))
    if national == "0" + "".join(groups[1:]):
        yield f"+{groups[0]} (0){'-'.join(groups[1:])}"
        yield f"+{groups[0]}(0){'-'.join(groups[1:])}"


def _as_dialled(number: PhoneNumber, region: str, digits: str, groups: list[str]) -> Iterator[str]:
    """A foreign number behind the prefix that is dialled in the region: 010-1-202-555-0123, 011 81 3 1234 5678."""
    prefix = {"JP": "010", "US": "011", "CA": "011"}.get(region)
    if prefix and number.country_code != country_code(region):
        yield prefix + digits
        yield f"{prefix}-{'-'.join(groups)}"
