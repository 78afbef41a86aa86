"""Whom a number belongs to: one API call if the org has it, two if not, never more than three (R8).

1. SOSL over all readable objects, in any written form.
2. Only if that finds nobody: SOQL for the exact written forms, in one composite request. The search index lags behind by
   minutes; the query does not (B7).
A call is asked for twice: while it rings, when step 1 alone says who it is, and at its end, when step 2 is made up for.
A clicked record, and one that a person chose for the number (B2), is asked for together with the queries of step 2, so that
falling back costs one search more at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from host.plugin_api import Match, RecordRef, RetryLater
from plugins.salesforce.asking import QUERIED, Found, LookUp, Question, step
from plugins.salesforce.client import Client
from plugins.salesforce.domain.decision import decide, decide_clicked
from plugins.salesforce.domain.schema import ObjectSchema, without
from plugins.salesforce.domain.soql import RECORD_ID
from plugins.salesforce.errors import SchemaOutdated
from plugins.salesforce.org import forget_schema, known_schema
from plugins.salesforce.pins import pins_of
from plugins.salesforce.wording import N_

CHANGING = N_("Rights in Salesforce are being changed at this moment. It is tried again soon.")


def look_up(client: Client, question: Question, clicked: RecordRef | None = None) -> Match:
    """As `find`, only the match."""
    return find(client, question, clicked).match


def find(client: Client, question: Question, clicked: RecordRef | None = None, earlier: Match | None = None) -> Found:
    """The record a number belongs to: the clicked one if it holds it (R22), else the one chosen by hand, else by R4 and R5.

    Args:
        earlier: what was found when the call began.

    Raises:
        RetryLater: several fields went out of sight in the middle of it; they are read anew, and three calls are spent.
    """
    work = _begun(client, question, earlier)
    try:
        return _found(work, clicked)
    except SchemaOutdated as problem:
        return _mended(work, clicked, problem)


def find_early(client: Client, question: Question) -> Found:
    """As `find`, for a call that has only begun: whom the search does not find is not queried for yet (`find_late`)."""
    work = _begun(client, question)
    try:
        decision = work.query() if work.asked_pin is not None else None
        if decision is None and not work.search() and work.holders and not work.queried:
            decision = work.query()
        return work.found(decision or decide(work.hits()))
    except SchemaOutdated as problem:
        return _mended(work, None, problem)


def find_late(client: Client, question: Question, earlier: Match) -> Found:
    """The query that was left open when the call began, for one API call.

    Raises:
        RetryLater: a field has gone since the fields were read; without it, it is tried again.
    """
    work = _begun(client, question, earlier)
    try:
        decision = work.query()
    except SchemaOutdated as problem:
        with suppress(SchemaOutdated):
            work.leave_out(problem)
        raise RetryLater(CHANGING) from None
    return work.found(decision or decide(work.hits()))


def _begun(client: Client, question: Question, earlier: Match | None = None) -> LookUp:
    pin = pins_of(client.connection, [question.number]).get(question.number)
    work = LookUp(client, question, known_schema(client.connection), pin, earlier)
    work.require_objects()
    return work


def _found(work: LookUp, clicked: RecordRef | None) -> Found:
    asked = clicked if is_linkable(work.objects, clicked) else None
    if asked is not None or work.asked_pin is not None:
        decision = work.query(asked)
        if decision is not None:
            return work.found(decision)
    if not work.search() and not work.queried:
        work.query()
    return work.found(decide(work.hits()))


def _mended(work: LookUp, clicked: RecordRef | None, problem: SchemaOutdated) -> Found:
    """An object or field was taken out of sight since the fields were read: the third call at most decides all the same.

    If the search is all that is left, it is repeated without what is gone; else one request queries, and reads the fields
    anew for the search.
    """
    try:
        if work.queried:
            work.leave_out(problem)
            work.search()
            return work.found(decide(work.hits()))
        return _read_anew(work, clicked, problem.gone)
    except SchemaOutdated:
        forget_schema(work.client.connection.context)
        raise RetryLater(CHANGING) from None


def _read_anew(work: LookUp, clicked: RecordRef | None, gone: str) -> Found:
    work.see(without(work.org, gone))
    asked = clicked if is_linkable(work.objects, clicked) else None
    decision = work.query_and_describe(asked)
    if decision is not None:
        return work.found(decision)
    if not work.searched and work.search():
        return work.found(decide(work.hits()))
    if work.unanswered:
        raise RetryLater(CHANGING)
    return work.found(decide(work.hits()))


def look_up_clicked(client: Client, question: Question, clicked: RecordRef) -> Found | None:
    """The clicked record if it holds the number, else None; one API call, or none if it cannot be linked anyway.

    Raises:
        SchemaOutdated: a field has gone since the fields were read; what is gone is known now.
    """
    work = LookUp(client, question, known_schema(client.connection))
    work.require_objects()
    if not is_linkable(work.objects, clicked):
        return None
    try:
        records = client.get("query/", {"q": work.record_query(clicked)})["records"]
    except SchemaOutdated as problem:
        work.leave_out(problem)
        raise
    work.steps.append(step(QUERIED, [clicked.object], len(records)))
    winner = work.clicked_hit(records)
    return work.found(decide_clicked(winner)) if winner else None


def is_linkable(objects: Sequence[ObjectSchema], clicked: RecordRef | None) -> bool:
    """Whether this could be a record of a readable object at all (R1)."""
    names = {found.name for found in objects}
    return clicked is not None and clicked.object in names and RECORD_ID.fullmatch(clicked.id) is not None
