"""Whom a number belongs to: one API call if the org has it, two if not, never more than three (R8).

1. SOSL over all readable objects, in any written form.
2. Only if that finds nobody: SOQL for the exact written forms, in one composite request. The search index lags behind by
   minutes; the query does not (B7).
A clicked record is asked for together with the queries of step 2, so that falling back costs one search more at most.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from host.plugin_api import Match, NeedsConfiguration, RecordRef, Sentence, search_forms
from plugins.salesforce.client import Client
from plugins.salesforce.composite import composite, query_path
from plugins.salesforce.connection import LiveConnection
from plugins.salesforce.domain.decision import Decision, decide, decide_clicked
from plugins.salesforce.domain.explanation import explain
from plugins.salesforce.domain.hit import Hit, Row, modified_at, read_hits
from plugins.salesforce.domain.schema import ObjectSchema, OrgSchema
from plugins.salesforce.domain.soql import RECORD_ID, number_query, record_query
from plugins.salesforce.domain.sosl import ROW_LIMIT, search_statement, search_terms
from plugins.salesforce.errors import SchemaOutdated
from plugins.salesforce.org import fresh_schema, known_schema
from plugins.salesforce.wording import N_, OBJECT_NAMES

NOTHING_READABLE = N_(
    "The connected Salesforce user may not read a single telephone field of Contact, Account or Lead. "
    "Give the rights, then run the connection test."
)
SEARCHED = N_("Search (SOSL): %(objects)s → %(count)s")
QUERIED = N_("Query (SOQL): %(objects)s → %(count)s")
CLICKED_PART = "clicked"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is looked up: an E.164 number, with the region in which national forms are read."""

    number: str
    region: str
    unticked: tuple[str, ...] = ()

    @property
    def forms(self) -> tuple[str, ...]:
        return search_forms(self.number, self.region)


@dataclass(slots=True)
class LookUp:
    """One look-up in progress: the objects asked, the rows that came back, and the steps for people to read."""

    client: Client
    question: Question
    org: OrgSchema
    objects: tuple[ObjectSchema, ...] = ()
    rows: list[Row] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.objects = self.org.counted(self.question.unticked)
        if not self.objects:
            raise NeedsConfiguration(NOTHING_READABLE)

    def hits(self) -> tuple[Hit, ...]:
        return read_hits(self.rows, self.objects, self.question.number, self.question.region)

    def search(self) -> bool:
        """Step 1; true if its reply is enough to decide."""
        objects = [found for found in self.objects if found.searchable]
        if not objects:
            return False
        statement = search_statement(search_terms(self.question.forms), objects, self.org.objects)
        found = self.client.get("search/", {"q": statement})["searchRecords"]
        self._took(SEARCHED, objects, found)
        return any(hit.holds_number for hit in self.hits()) and not self._cut_off(objects, found)

    def _cut_off(self, objects: Sequence[ObjectSchema], found: Sequence[Row]) -> bool:
        """Whether the winner may be behind the end of an object's full reply.

        Records behind it are as old as the last one or older: a holder that is newer beats them all.
        """
        hits = self.hits()
        return any(
            not any(
                hit.holds_number and hit.object == one.name and hit.modified_at > _oldest(found, one.name) for hit in hits
            )
            for one in objects
            if _count(found, one.name) >= ROW_LIMIT
        )

    def query(self, clicked: RecordRef | None = None) -> Hit | None:
        """Step 2; with a clicked record also whether that one holds the number (then it is given back)."""
        queries = {found.name: number_query(found, self.question.forms, self.org.objects) for found in self.objects}
        if clicked is not None:
            queries[CLICKED_PART] = _clicked_query(self.org, self.objects, clicked)
        parts = composite(self.client, {name: query_path(soql) for name, soql in queries.items()})
        answers = {name: list(part.checked()["records"]) for name, part in parts.items()}
        clicked_rows = answers.pop(CLICKED_PART, [])
        self._took(QUERIED, self.objects, [row for rows in answers.values() for row in rows])
        return self.clicked_hit(clicked_rows)

    def clicked_hit(self, rows: Sequence[Row]) -> Hit | None:
        hits = read_hits(rows, self.objects, self.question.number, self.question.region)
        return next((hit for hit in hits if hit.holds_number), None)

    def _took(self, what: str, objects: Sequence[ObjectSchema], rows: Sequence[Row]) -> None:
        self.rows.extend(rows)
        self.steps.append(step(what, [found.name for found in objects], len(rows)))

    def match(self, decision: Decision) -> Match:
        return explain(
            decision,
            instance_url=self.client.instance_url,
            tried=self.question.forms,
            steps=self.steps,
            api_calls=self.client.api_calls,
        )


def step(template: str, objects: Sequence[str], count: int) -> Sentence:
    """One step for people to read: what was asked of which objects, and how many records came back."""
    return Sentence(template, objects=[Sentence(OBJECT_NAMES[name]) for name in objects], count=count)


def look_up(client: Client, question: Question, clicked: RecordRef | None = None) -> Match:
    """The record a number belongs to: the clicked one if it holds the number (R22), else by R4 and R5."""

    def attempt(org: OrgSchema) -> Match:
        work = LookUp(client, question, org)
        asked = clicked if is_linkable(work.objects, clicked) else None
        if asked is not None:
            winner = work.query(asked)
            if winner is not None:
                return work.match(decide_clicked(winner))
        if not work.search() and asked is None:
            work.query()
        return work.match(decide(work.hits()))

    return _with_fresh_schema(client.connection, attempt)


def look_up_clicked(client: Client, question: Question, clicked: RecordRef) -> Match | None:
    """The clicked record if it holds the number, else None; one API call, or none if it cannot be linked anyway."""

    def attempt(org: OrgSchema) -> Match | None:
        work = LookUp(client, question, org)
        if not is_linkable(work.objects, clicked):
            return None
        soql = _clicked_query(org, work.objects, clicked)
        records = client.get("query/", {"q": soql})["records"]
        work.steps.append(step(QUERIED, [clicked.object], len(records)))
        winner = work.clicked_hit(records)
        return work.match(decide_clicked(winner)) if winner else None

    return _with_fresh_schema(client.connection, attempt)


def _with_fresh_schema(connection: LiveConnection, attempt: Callable[[OrgSchema], T]) -> T:
    """Try it; if a field has gone since the fields were read, read them anew and try once more."""
    org = known_schema(connection)
    try:
        return attempt(org)
    except SchemaOutdated:
        return attempt(fresh_schema(connection, than=org))


def is_linkable(objects: Sequence[ObjectSchema], clicked: RecordRef | None) -> bool:
    """Whether this could be a record of a readable object at all (R1)."""
    names = {found.name for found in objects}
    return clicked is not None and clicked.object in names and RECORD_ID.fullmatch(clicked.id) is not None


def _clicked_query(org: OrgSchema, objects: Sequence[ObjectSchema], clicked: RecordRef) -> str:
    schema = next(found for found in objects if found.name == clicked.object)
    return record_query(schema, clicked.id, org.objects)


def _oldest(rows: Sequence[Row], name: str) -> datetime:
    return min(modified_at(row) for row in rows if row.get("attributes", {}).get("type") == name)


def _count(rows: Sequence[Any], name: str) -> int:
    return sum(1 for row in rows if row.get("attributes", {}).get("type") == name)
