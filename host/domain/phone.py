"""Telephone numbers: read them from any writing, compare as E.164, write them in the forms people store (R2, R3, B13)."""

from __future__ import annotations


def parse_number(raw: str, region: str) -> str | None:
    """The E.164 form of what a telephone system or a person wrote; None if it is no number that may be looked up."""
    raise NotImplementedError


def numbers_in(field: str, region: str) -> frozenset[str]:
    """All E.164 numbers a CRM's phone field holds (two may be joined by / , 、 ;)."""
    raise NotImplementedError


def search_forms(number: str, region: str) -> tuple[str, ...]:
    """The ways in which people write this E.164 number, most usual first."""
    raise NotImplementedError


def format_national(number: str, region: str) -> str:
    """The number as people of the region like to read it."""
    raise NotImplementedError


def dialable(raw: str, region: str) -> str | None:
    """What to hand to the telephone system for a number that was clicked or typed; None if it may not be dialled."""
    raise NotImplementedError
