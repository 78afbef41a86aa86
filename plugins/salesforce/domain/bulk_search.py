"""Many numbers in one SOSL search: how many fit, and how a search whose reply was cut off is divided (R20).

A search finds at most so many records of an object and does not tell that there were more. So a reply that is full for one
object proves nothing about any number in it: all of them are asked for again, in smaller searches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from urllib.parse import quote

from plugins.salesforce.domain.hit import Row
from plugins.salesforce.domain.schema import ObjectSchema
from plugins.salesforce.domain.sosl import ROW_LIMIT, SEARCH_STRING_LIMIT
from plugins.salesforce.domain.wanted import Batch, Wanted, kind_of, rows_by_number

ADDRESS_LIMIT = 12_000
"""Bytes of the search string as it stands in the address: Salesforce takes 16,384 for address and headers together."""

JOINED = " OR "
CROWD = 4
"""A number that holds more than a quarter of a full reply's rows is asked for alone, and crowds nobody out any more."""


def how_many_fit(wanted: Sequence[Wanted]) -> int:
    """How many of these, from the first, fit into one search; at least one."""
    characters = encoded = 0
    for count, one in enumerate(wanted):
        text = JOINED.join(one.terms) + JOINED
        characters += len(text)
        encoded += len(quote(text))
        if characters - len(JOINED) >= SEARCH_STRING_LIMIT or encoded >= ADDRESS_LIMIT:
            return max(1, count)
    return len(wanted)


def is_full(rows: Sequence[Row], limit: int = ROW_LIMIT) -> bool:
    """Whether any object has as many rows as were asked for: there may be more."""
    return any(count >= limit for count in Counter(kind_of(row) for row in rows).values())


def divided(batch: Batch, rows: Sequence[Row], objects: Sequence[ObjectSchema], region: str) -> tuple[Batch, ...]:
    """The smaller batches to ask for after a full reply: the crowded numbers each alone, else halves."""
    named = rows_by_number(rows, objects, region)
    crowded = [one for one in batch if len(named.get(one.number, ())) * CROWD > len(rows)]
    if not crowded:
        return halves(batch)
    rest = tuple(one for one in batch if one not in crowded)
    return (*((one,) for one in crowded), *((rest,) if rest else ()))


def halves(batch: Batch) -> tuple[Batch, ...]:
    """Two batches of nearly the same size; one number stays as it is."""
    middle = len(batch) // 2
    return (batch[:middle], batch[middle:]) if middle else (batch,)
