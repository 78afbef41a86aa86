"""Which calls have nothing to do with Salesforce: by number, by the number's beginning, or by line (B11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from plugins.salesforce.wording import N_


class Excluded(StrEnum):
    """What an entry of the list names; the words are stored. Listed in the order in which they are told."""

    NUMBER = "number"
    PREFIX = "prefix"
    LINE = "line"


EXCLUDED_REASONS: Mapping[Excluded, str] = {
    Excluded.NUMBER: N_("This number is on the list of numbers that are not sent to Salesforce."),
    Excluded.PREFIX: N_("Numbers that begin like this one are on the list of numbers that are not sent to Salesforce."),
    Excluded.LINE: N_("Calls on this line are not sent to Salesforce."),
}
"""The sentence for a call's page."""

SHORTEST_PREFIX = 2  # "+1"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoNotSync:
    """The whole list, to check many calls without asking the database for each.

    Args:
        numbers: E.164.
        prefixes: beginnings of E.164 numbers, with the plus: "+8150".
        lines: as `listing.read_line` writes them.
    """

    numbers: frozenset[str] = frozenset()
    prefixes: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()

    def why(self, number: str | None, line: str = "") -> Excluded | None:
        """What excludes a call with this number (E.164) on this line (written as `lines` are); None if nothing does."""
        if number in self.numbers:
            return Excluded.NUMBER
        if not self.prefixes.isdisjoint(beginnings(number)):
            return Excluded.PREFIX
        return Excluded.LINE if line in self.lines else None


def beginnings(number: str | None) -> Iterator[str]:
    """All beginnings of an E.164 number an entry may name, the number itself among them."""
    for length in range(SHORTEST_PREFIX, len(number or "") + 1):
        yield (number or "")[:length]
