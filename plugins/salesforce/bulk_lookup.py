"""Whom many numbers belong to, in few API calls; each is decided by the same rules as when it is asked for alone (R20).

`search` asks the search index for as many numbers as fit into one search. Numbers which that finds nowhere are given to
`query`, which compares their written forms in one composite request: it also finds what the index does not know yet (B7).
Records that people chose for numbers (B2) are asked for first, together.
A reply that is full, or a request that is too much for the org, is divided and asked for again, down to one number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from host.plugin_api import Match, NeedsConfiguration, PermanentFailure, RecordRef, Sentence
from plugins.salesforce.asking import NOTHING_READABLE, QUERIED, SEARCHED, Question, step
from plugins.salesforce.client import Client
from plugins.salesforce.composite import composite, query_path
from plugins.salesforce.domain import bulk_query, bulk_search
from plugins.salesforce.domain.bulk_search import divided, halves
from plugins.salesforce.domain.decision import NO_RECORD, Decision, decide
from plugins.salesforce.domain.explanation import explain
from plugins.salesforce.domain.hit import Row, read_hits
from plugins.salesforce.domain.pin import Pin, decide_pinned
from plugins.salesforce.domain.schema import ObjectSchema, OrgSchema
from plugins.salesforce.domain.soql import records_query
from plugins.salesforce.domain.sosl import search_statement
from plugins.salesforce.domain.wanted import Batch, Wanted, rows_by_number
from plugins.salesforce.errors import TooHeavy
from plugins.salesforce.lookup import find
from plugins.salesforce.pins import pins_of, settled
from plugins.salesforce.wording import N_

TOGETHER = N_("Bulk fetch: %(count)s numbers were asked for together.")
MOST = 10_000
"""No request holds so many numbers; stands for "as many as fit"."""
FEWEST = 16
"""Fewer numbers at once would cost more calls than they save time."""

Matches = dict[str, Match]
Answer = tuple[Sequence[Row], bool]
"""The rows of a reply, and whether there may be more."""


@dataclass(slots=True)
class BulkLookUp:
    """One bulk fetch's way of asking.

    `most`: numbers at once, lowered when the org does not get done in time. `person_contacts`: by number, the
    Ids of the Contacts of person accounts that won.
    """

    client: Client
    org: OrgSchema
    region: str
    unticked: tuple[str, ...] = ()
    most: int = MOST
    objects: tuple[ObjectSchema, ...] = field(init=False)
    person_contacts: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.objects = self.org.counted(self.unticked)
        if not self.objects:
            raise NeedsConfiguration(NOTHING_READABLE)

    def how_many_search(self, wanted: Sequence[Wanted]) -> int:
        """How many of these, from the first, one search takes."""
        return min(self.most, bulk_search.how_many_fit(wanted))

    def how_many_query(self, wanted: Sequence[Wanted]) -> int:
        """How many of these, from the first, one composite request of queries takes."""
        return min(self.most, bulk_query.how_many_fit(wanted, self.objects, self.org.objects))

    def search(self, batch: Batch) -> Matches:
        """Those of the batch that the search index finds; the others are to be queried."""
        chosen = self._chosen(batch)
        asked = tuple(one for one in batch if one.terms and one.number not in chosen)
        if not asked or not self._searchable():
            return chosen
        return chosen | {number: match for number, match in self._asked(asked, self._search).items() if match.record}

    def query(self, batch: Batch) -> Matches:
        """A match for each of the batch: for those whose forms stand in no record one without a record."""
        chosen = self._chosen(batch)
        asked = tuple(one for one in batch if one.forms and one.number not in chosen)
        unwritten = {one.number: Match(record=None, rule=NO_RECORD) for one in batch if not one.forms}
        return unwritten | chosen | (self._asked(asked, self._query) if asked else {})

    def _chosen(self, batch: Batch) -> Matches:
        """Those for which a person chose a record that still counts: one API call, if there are any."""
        pins = pins_of(self.client.connection, [one.number for one in batch])
        asked = {number: pin for number, pin in pins.items() if any(one.name == pin.record.object for one in self.objects)}
        if not asked:
            return {}
        rows = self._rows_of([pin.record for pin in asked.values()])
        matches = {one.number: self._by_hand(one, asked[one.number], rows) for one in batch if one.number in asked}
        return {number: match for number, match in matches.items() if match is not None}

    def _rows_of(self, records: Sequence[RecordRef]) -> list[Row]:
        by_object = {one: [record.id for record in records if record.object == one.name] for one in self.objects}
        queries = {one.name: records_query(one, ids, self.org.objects) for one, ids in by_object.items() if ids}
        parts = composite(self.client, {name: query_path(soql) for name, soql in queries.items()})
        return [row for part in parts.values() for row in part.checked()["records"]]

    def _by_hand(self, one: Wanted, pin: Pin, rows: Sequence[Row]) -> Match | None:
        chosen = settled(self.client.connection, pin, read_hits(rows, self.objects, one.number, self.region))
        if chosen is None:
            return None
        decision = decide_pinned(pin, chosen, (), self.client.connection.context.site.timezone)
        return self._explained(decision, one, (step(QUERIED, [chosen.object], 1),))

    def _searchable(self) -> list[ObjectSchema]:
        return [found for found in self.objects if found.searchable]

    def _asked(self, batch: Batch, ask: Callable[[Batch], Answer]) -> Matches:
        try:
            rows, full = ask(batch)
        except TooHeavy:
            self.most = max(FEWEST, len(batch) // 2)
            raise
        except PermanentFailure:
            if len(batch) == 1:
                raise
            return self._each(halves(batch), ask)  # too long or too complicated for this org
        if not full:
            return self._decided(batch, rows, SEARCHED if ask == self._search else QUERIED)
        if len(batch) == 1:
            return self._alone(batch[0])
        return self._each(divided(batch, rows, self.objects, self.region), ask)

    def _each(self, batches: Sequence[Batch], ask: Callable[[Batch], Answer]) -> Matches:
        found: Matches = {}
        for batch in batches:
            found.update(self._asked(batch, ask))
        return found

    def _alone(self, one: Wanted) -> Matches:
        """So many records hold this number that its reply is full by itself: what holds for a single look-up holds."""
        question = Question(number=one.number, region=self.region, unticked=self.unticked)
        found = find(self.client, question)
        self._keep_contact(one, found.person_contact)
        return {one.number: found.match}

    def _search(self, batch: Batch) -> Answer:
        terms = [term for one in batch for term in one.terms]
        statement = search_statement(terms, self._searchable(), self.org.objects)
        rows = self.client.get("search/", {"q": statement})["searchRecords"]
        return rows, bulk_search.is_full(rows)

    def _query(self, batch: Batch) -> Answer:
        queries = bulk_query.bulk_queries(batch, self.objects, self.org.objects)
        parts = composite(self.client, {name: query_path(soql) for name, soql in queries.items()})
        pages = [part.checked() for part in parts.values()]
        return [row for page in pages for row in page["records"]], any(_goes_on(page) for page in pages)

    def _decided(self, batch: Batch, rows: Sequence[Row], what: str) -> Matches:
        named = rows_by_number(rows, self.objects, self.region)
        return {one.number: self._match(one, named.get(one.number, []), what, len(batch)) for one in batch}

    def _match(self, one: Wanted, rows: Sequence[Row], what: str, together: int) -> Match:
        steps = (Sentence(TOGETHER, count=together), step(what, [found.name for found in self.objects], len(rows)))
        return self._explained(decide(read_hits(rows, self.objects, one.number, self.region)), one, steps)

    def _explained(self, decision: Decision, one: Wanted, steps: Sequence[str]) -> Match:
        self._keep_contact(one, decision.winner.person_contact if decision.winner else "")
        return explain(decision, instance_url=self.client.instance_url, tried=one.forms, steps=steps, api_calls=0)

    def _keep_contact(self, one: Wanted, person_contact: str) -> None:
        if person_contact:
            self.person_contacts[one.number] = person_contact


def _goes_on(page: Mapping[str, Any]) -> bool:
    return not page["done"] or len(page["records"]) >= bulk_query.ROWS
