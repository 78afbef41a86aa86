"""What an entry of the contact book may be when a person or another program writes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from host.plugin_api import parse_number

LONGEST_NAME = 255
"""Salesforce's longest company name; its person names have at most 121 characters."""

LONGEST_URL = 2000


_E164 = re.compile(r"\+[1-9][0-9]{3,18}")


class Problem(StrEnum):
    """Why something written cannot become an entry."""

    NUMBER_MISSING = "number_missing"
    NUMBER_UNREADABLE = "number_unreadable"
    NAME_MISSING = "name_missing"
    NAME_TOO_LONG = "name_too_long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A checked entry: `number` is E.164, the names are clean and one of them at least is filled."""

    number: str
    company: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The draft, or by field what is wrong."""

    draft: Draft | None = None
    problems: Mapping[str, Problem] = field(default_factory=dict)


def check_entry(number: str, company: str, person: str, region: str) -> Checked:
    """Read what was typed: the number in any writing, the names without invisible characters."""
    company, person = clean_name(company), clean_name(person)
    parsed = parse_number(number, region)
    problems: dict[str, Problem] = {}
    if parsed is None:
        problems["number"] = Problem.NUMBER_UNREADABLE if number.strip() else Problem.NUMBER_MISSING
    if not company and not person:
        problems["company"] = Problem.NAME_MISSING
    for name, text in (("company", company), ("person", person)):
        if len(text) > LONGEST_NAME:
            problems[name] = Problem.NAME_TOO_LONG
    if parsed is None or problems:
        return Checked(problems=problems)
    return Checked(draft=Draft(number=parsed, company=company, person=person))


def is_e164(number: str) -> bool:
    """Whether this is a number as entries are kept under: plus, country code, number."""
    return _E164.fullmatch(number) is not None


def clean_name(text: str) -> str:
    """The name on one line, without control characters, halves of characters and doubled spaces."""
    visible = "".join(character if character.isprintable() else _visible(character) for character in text)
    return " ".join(visible.split())


def shortened(name: str) -> str:
    """A clean name that fits, for one that no person is there to correct."""
    name = clean_name(name)
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def web_address(url: str) -> str:
    """The address if it is one a browser may open by a click (http or https), else nothing."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    safe = parts.scheme in {"http", "https"} and parts.hostname and url.isprintable() and len(url) <= LONGEST_URL
    return url if safe else ""


def _visible(character: str) -> str:
    """A kind of space for a kind of space, joiners kept (names in some scripts need them), nothing for the rest."""
    if character.isspace():
        return " "
    return character if character in "\u200c\u200d" else ""
