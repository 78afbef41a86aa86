"""A number that is looked up among others, with the ways in which people write it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from host.plugin_api import numbers_in, search_forms
from plugins.salesforce.domain.hit import Row
from plugins.salesforce.domain.schema import ObjectSchema
from plugins.salesforce.domain.sosl import search_terms


@dataclass(frozen=True, slots=True)
class Wanted:
    """`number` is E.164; `terms` find it in the search index, `forms` in a query."""

    number: str
    forms: tuple[str, ...]
    terms: tuple[str, ...]


Batch = tuple[Wanted, ...]


def wanted(number: str, region: str) -> Wanted:
    """The number as it is asked for. One that nobody can write has no forms: it is in no record."""
    forms = search_forms(number, region)
    return Wanted(number, forms, search_terms(forms))


def rows_by_number(rows: Iterable[Row], objects: Sequence[ObjectSchema], region: str) -> Mapping[str, list[Row]]:
    """The rows that name each number in a counted field; a row may name several."""
    fields = {schema.name: [phone.name for phone in schema.phones] for schema in objects}
    found: dict[str, list[Row]] = {}
    for row in rows:
        for number in _named(row, fields.get(kind_of(row), []), region):
            found.setdefault(number, []).append(row)
    return found


def _named(row: Row, fields: Sequence[str], region: str) -> set[str]:
    return {number for field in fields for number in numbers_in(str(row.get(field) or ""), region)}


def kind_of(row: Row) -> str:
    """The object a row is of."""
    return str((row.get("attributes") or {}).get("type", ""))
