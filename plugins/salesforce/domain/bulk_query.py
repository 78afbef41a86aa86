"""Many numbers in one composite request of SOQL queries: how many fit, and the queries (B7, R20).

Salesforce takes 5 queries in one composite request and counts it as one call; a query may be 100,000 characters long.
Contact has six telephone fields to compare with each form and Lead three, so their queries are filled separately.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from plugins.salesforce.domain.schema import ObjectSchema
from plugins.salesforce.domain.soql import number_query, quoted
from plugins.salesforce.domain.wanted import Wanted

MOST_QUERIES = 5
QUERY_LIMIT = 99_000
"""Characters of one query: a little below the 100,000 which Salesforce takes."""

ROWS = 2000
"""What fits on the first page of a query's reply."""


@dataclass(slots=True)
class _Filling:
    """The queries of one object while numbers are put in: how many there are, and how long the last one is."""

    schema: ObjectSchema
    around: int
    queries: int = 1
    length: int = 0

    def take(self, literals: int) -> None:
        """Put in a number whose forms take so many characters, each field once."""
        needed = literals * len(self.schema.phones)
        if self.around + self.length + needed > QUERY_LIMIT and self.length:
            self.queries += 1
            self.length = 0
        self.length += needed


def how_many_fit(wanted: Sequence[Wanted], objects: Sequence[ObjectSchema], readable: Sequence[ObjectSchema]) -> int:
    """How many of these, from the first, fit into one composite request; at least one."""
    fillings = [_Filling(schema, len(number_query(schema, (), readable, ROWS))) for schema in objects]
    for count, one in enumerate(wanted):
        literals = _literals(one)
        for filling in fillings:
            filling.take(literals)
        if sum(filling.queries for filling in fillings) > MOST_QUERIES:
            return max(1, count)
    return len(wanted)


def bulk_queries(
    wanted: Sequence[Wanted], objects: Sequence[ObjectSchema], readable: Sequence[ObjectSchema]
) -> Mapping[str, str]:
    """The queries by a name for each; all together find every record that holds one of these numbers' forms."""
    return {
        f"{schema.name}{part}": number_query(schema, forms, readable, ROWS)
        for schema in objects
        for part, forms in enumerate(_portions(wanted, schema, readable))
    }


def _portions(wanted: Sequence[Wanted], schema: ObjectSchema, readable: Sequence[ObjectSchema]) -> Iterator[tuple[str, ...]]:
    """The forms that go into each query of one object, filled as `how_many_fit` counts them."""
    filling = _Filling(schema, len(number_query(schema, (), readable, ROWS)))
    forms: list[str] = []
    for one in wanted:
        before = filling.queries
        filling.take(_literals(one))
        if filling.queries > before:
            yield tuple(forms)
            forms = []
        forms.extend(one.forms)
    if forms:
        yield tuple(forms)


def _literals(one: Wanted) -> int:
    return sum(len(quoted(form)) + len(", ") for form in one.forms)
