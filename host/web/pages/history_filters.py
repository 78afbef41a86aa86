"""Reads the filters of the call history from the address, where they stay so that a view can be kept and shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from flask_babel import gettext as _

from host.config import Config
from host.domain.number_search import NumberSearch, number_search
from host.plugin_api import CallOutcome, ContactBook, Direction
from host.plugin_api.list_filters import read_period
from host.storage.history import CallFilter

NAMES = ("number", "name", "user", "outcome", "direction", "from", "to")
NUMBERS_PER_NAME = 500

Choice = TypeVar("Choice", CallOutcome, Direction)


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters as typed (only those that are not empty), as the query takes them, and what is wrong with them."""

    typed: Mapping[str, str]
    filters: CallFilter
    errors: Mapping[str, list[str]]


def read_filters(arguments: Mapping[str, str], config: Config, book: ContactBook) -> Asked:
    """The filters an address asks for; one that means nothing is named in `errors`."""
    typed = {name: arguments.get(name, "").strip() for name in NAMES}
    typed = {name: value for name, value in typed.items() if value}
    errors: dict[str, list[str]] = {}
    period = read_period(typed, config.timezone)
    filters = CallFilter(
        number=_number(typed.get("number"), config.region, errors),
        name_numbers=_numbers_named(typed.get("name"), book),
        user_id=_user(typed.get("user"), errors),
        outcome=_choice(CallOutcome, "outcome", typed, errors),
        direction=_choice(Direction, "direction", typed, errors),
        since=period.since,
        until=period.until,
    )
    errors.update(period.errors)
    return Asked(typed=typed, filters=filters, errors=errors)


def _number(typed: str | None, region: str, errors: dict[str, list[str]]) -> NumberSearch | None:
    search = number_search(typed, region) if typed else None
    if typed and search is None:
        errors["number"] = [_("Type at least one digit of the number.")]
    return search


def _numbers_named(typed: str | None, book: ContactBook) -> frozenset[str] | None:
    return frozenset(book.numbers_named(typed, NUMBERS_PER_NAME)) if typed else None


def _user(typed: str | None, errors: dict[str, list[str]]) -> int | None:
    if not typed:
        return None
    if typed.isascii() and typed.isdigit() and len(typed) < 10:
        return int(typed)
    errors["user"] = [_("Choose one of the list.")]
    return None


def _choice(kind: type[Choice], name: str, typed: Mapping[str, str], errors: dict[str, list[str]]) -> Choice | None:
    try:
        return kind(typed[name]) if name in typed else None
    except ValueError:
        errors[name] = [_("Choose one of the list.")]
        return None
