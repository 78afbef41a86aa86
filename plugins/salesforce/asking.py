"""One look-up in progress: what is asked of Salesforce, and the rows that came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from host.plugin_api import Match, NeedsConfiguration, RecordRef, Sentence, search_forms
from plugins.salesforce.client import Client
from plugins.salesforce.composite import composite, query_path
from plugins.salesforce.domain.decision import Decision, decide_clicked
from plugins.salesforce.domain.explanation import explain
from plugins.salesforce.domain.hit import Hit, Row, modified_at, read_hits
from plugins.salesforce.domain.pin import LET_GO, Pin, decide_pinned
from plugins.salesforce.domain.schema import OBJECTS, ObjectSchema, OrgSchema, without
from plugins.salesforce.domain.soql import number_query, record_query
from plugins.salesforce.domain.sosl import ROW_LIMIT, search_statement, search_terms
from plugins.salesforce.errors import SchemaOutdated
from plugins.salesforce.org import OrgReport, describe_paths, forget_schema, keep_report, report_of
from plugins.salesforce.pins import settled
from plugins.salesforce.wording import N_, OBJECT_NAMES

NOTHING_READABLE = N_(
    "The connected Salesforce user may not read a single telephone field of Contact, Account or Lead. "
    "Give the rights, then run the connection test."
)
SEARCHED = N_("Search (SOSL): %(objects)s → %(count)s")
QUERIED = N_("Query (SOQL): %(objects)s → %(count)s")
CLICKED_PART = "clicked"
PINNED_PART = "pinned"
DESCRIBED = "describe"
"""Stands before an object's name where a composite request asks for its fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is looked up: an E.164 number, with the region in which national forms are read."""

    number: str
    region: str
    unticked: tuple[str, ...] = ()

    @property
    def forms(self) -> tuple[str, ...]:
        return search_forms(self.number, self.region)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a look-up came to. `person_contact`: the Id of the twin Contact if a person account won, else ""."""

    match: Match
    person_contact: str = ""


@dataclass(slots=True)
class LookUp:
    """One look-up in progress: the objects asked, the rows that came back, and the steps for people to read.

    `pin` is the record that a person chose for the number (B2). `earlier`: what was found when the call began, which stays
    readable in the steps and counts in the API calls.
    """

    client: Client
    question: Question
    org: OrgSchema
    pin: Pin | None = None
    earlier: Match | None = None
    objects: tuple[ObjectSchema, ...] = ()
    rows: list[Row] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    searched: bool = False
    queried: bool = False
    unanswered: bool = False

    def __post_init__(self) -> None:
        self.steps.extend(self.earlier.steps if self.earlier else ())
        self.see(self.org)

    def see(self, org: OrgSchema) -> None:
        """Go on with these fields."""
        self.org = org
        self.objects = org.counted(self.question.unticked)

    def require_objects(self) -> None:
        if not self.objects:
            raise NeedsConfiguration(NOTHING_READABLE)

    def leave_out(self, problem: SchemaOutdated) -> None:
        """Go on without a field or object that has gone, and remember it.

        Raises:
            SchemaOutdated: it is not certain what it is; the fields will be read anew.
        """
        context = self.client.connection.context
        if not (problem.gone and problem.certain):
            forget_schema(context)
            raise problem
        self.see(without(self.org, problem.gone))
        keep_report(context, OrgReport(schema=self.org))
        self.require_objects()

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
        self.searched = True
        return self.holders and not self._cut_off(objects, found)

    @property
    def holders(self) -> bool:
        """Whether a record that came back holds the number."""
        return any(hit.holds_number for hit in self.hits())

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

    @property
    def asked_pin(self) -> RecordRef | None:
        """The record chosen by hand, if its object may be read."""
        record = self.pin.record if self.pin else None
        return record if record and any(found.name == record.object for found in self.objects) else None

    def query(self, clicked: RecordRef | None = None) -> Decision | None:
        """Step 2, and whether the clicked record holds the number, or else the chosen one still counts: then that wins."""
        parts = composite(self.client, self._queries(clicked))
        answers = {name: list(part.checked()["records"]) for name, part in parts.items()}
        self.queried = True
        return self._answered(answers)

    def query_and_describe(self, clicked: RecordRef | None) -> Decision | None:
        """Step 2, and the fields read anew, in one call. An object that is refused again is left `unanswered`."""
        queries = self._queries(clicked)
        parts = composite(
            self.client, {**queries, **{DESCRIBED + name: path for name, path in describe_paths(OBJECTS).items()}}
        )
        described = {name: parts[DESCRIBED + name] for name in OBJECTS}
        answers = {name: list(parts[name].checked()["records"]) for name in queries if not parts[name].is_outdated}
        decision = self._answered(answers)
        report = report_of(described, self.client.connection.context.clock())
        keep_report(self.client.connection.context, report)
        self.see(report.schema)
        self.require_objects()
        self.unanswered = any(found.name not in answers for found in self.objects)
        return decision

    def _queries(self, clicked: RecordRef | None) -> dict[str, str]:
        queries = {found.name: number_query(found, self.question.forms, self.org.objects) for found in self.objects}
        if clicked is not None:
            queries[CLICKED_PART] = self.record_query(clicked)
        if self.asked_pin is not None:
            queries[PINNED_PART] = self.record_query(self.asked_pin)
        return {name: query_path(soql) for name, soql in queries.items()}

    def record_query(self, record: RecordRef) -> str:
        schema = next(found for found in self.objects if found.name == record.object)
        return record_query(schema, record.id, self.org.objects)

    def _answered(self, answers: dict[str, list[Row]]) -> Decision | None:
        clicked_rows, pinned_rows = answers.pop(CLICKED_PART, []), answers.pop(PINNED_PART, None)
        asked = [found for found in self.objects if found.name in answers]
        self._took(QUERIED, asked, [row for rows in answers.values() for row in rows])
        clicked = self.clicked_hit(clicked_rows)
        if clicked is not None:
            return decide_clicked(clicked)
        return None if self.pin is None or pinned_rows is None else self._pinned(self.pin, pinned_rows)

    def _pinned(self, pin: Pin, rows: Sequence[Row]) -> Decision | None:
        """The chosen record wins; one that has changed hands is forgotten."""
        zone = self.client.connection.context.site.timezone
        hits = read_hits(rows, self.objects, self.question.number, self.question.region)
        chosen = settled(self.client.connection, pin, hits)
        if chosen is None:
            self.steps.append(pin.said(LET_GO, zone))
            return None
        return decide_pinned(pin, chosen, self.hits(), zone)

    def clicked_hit(self, rows: Sequence[Row]) -> Hit | None:
        hits = read_hits(rows, self.objects, self.question.number, self.question.region)
        return next((hit for hit in hits if hit.holds_number), None)

    def _took(self, what: str, objects: Sequence[ObjectSchema], rows: Sequence[Row]) -> None:
        self.rows.extend(rows)
        self.steps.append(step(what, [found.name for found in objects], len(rows)))

    def found(self, decision: Decision) -> Found:
        match = explain(
            decision,
            instance_url=self.client.instance_url,
            tried=self.question.forms,
            steps=self.steps,
            api_calls=self.client.api_calls + (self.earlier.api_calls if self.earlier else 0),
        )
        return Found(match=match, person_contact=decision.winner.person_contact if decision.winner else "")


def step(template: str, objects: Sequence[str], count: int) -> Sentence:
    """One step for people to read: what was asked of which objects, and how many records came back."""
    return Sentence(template, objects=[Sentence(OBJECT_NAMES[name]) for name in objects], count=count)


def _oldest(rows: Sequence[Row], name: str) -> datetime:
    return min(modified_at(row) for row in rows if row.get("attributes", {}).get("type") == name)


def _count(rows: Sequence[Any], name: str) -> int:
    return sum(1 for row in rows if row.get("attributes", {}).get("type") == name)
