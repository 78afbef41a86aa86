"""Running a query for a user: pages of up to 2,000 records and the locators that continue them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from salesforce_sandbox import ids
from salesforce_sandbox.access import View
from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.org import Org
from salesforce_sandbox.soql.aggregate import aggregate_record, too_many_groups
from salesforce_sandbox.soql.ast import Query
from salesforce_sandbox.soql.errors import query_error
from salesforce_sandbox.soql.parse import parse_query
from salesforce_sandbox.soql.rows import Child, Statement, record_from_row
from salesforce_sandbox.soql.select import Compiler, Context, readable_object

PAGE = 2000
_MOST_OFFSET = 2000
_CURSOR_SECONDS = 2 * 24 * 3600
_CURSORS = 50
_LOCATOR = re.compile(r"(01g[0-9A-Za-z]{15})-(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A result kept for its next pages: the ids as they were when the query ran."""

    query: Query
    user_id: str
    record_ids: tuple[str, ...]
    page_size: int
    created: float
    resource: str


@dataclass(frozen=True, slots=True)
class Run:
    """One query being answered; ``resource`` is query or queryAll."""

    org: Org
    context: Context
    resource: str
    page_size: int


def run_query(org: Org, view: View, text: str, version: str, resource: str, page_size: int = PAGE) -> dict[str, Any]:
    """Answer a statement. Raises SalesforceError."""
    query = parse_query(text)
    run = Run(org, context_of(org, view, version), resource, page_size)
    compiler = Compiler(run.context, readable_object(view, query), query)
    if query.offset > _MOST_OFFSET:
        message = f"Maximum SOQL offset allowed is {_MOST_OFFSET}"
        raise query_error("NUMBER_OUTSIDE_VALID_RANGE", query.text, query.text.upper().rfind("OFFSET"), message)
    if query.outputs:
        return _aggregated(run, compiler, query)
    statement = compiler.compile(include_deleted=resource == "queryAll")
    if query.counts:
        return {"totalSize": _count(org, statement, query), "done": True, "records": []}
    return _first_page(run, statement, query, statement.parameters)


def continue_query(org: Org, view: View, locator: str, version: str) -> dict[str, Any]:
    """Answer the next page of a locator ``01g…-2000``."""
    match = _LOCATOR.fullmatch(locator)
    cursor: Cursor | None = org.cursors.get(match[1]) if match else None
    start = int(match[2]) if match else 0
    if match is None or cursor is None or not _is_usable(org, view, cursor) or start >= len(cursor.record_ids):
        raise SalesforceError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    page = cursor.record_ids[start : start + cursor.page_size]
    run = Run(org, context_of(org, view, version), cursor.resource, cursor.page_size)
    compiler = Compiler(run.context, readable_object(view, cursor.query), cursor.query)
    statement = compiler.compile(include_deleted=True, only_ids=page)
    rows = org.database.rows(statement.rows_sql(None, 0), statement.parameters)
    by_id = {row[0]: record for row, record in zip(rows, _records(run, statement, rows), strict=True)}
    records = [by_id[record_id] for record_id in page if record_id in by_id]
    return _page((match[1], cursor), version, records, start + cursor.page_size)


def context_of(org: Org, view: View, version: str) -> Context:
    """Date literals are read in the time zone of the user."""
    user_id = view.user.user_id if view.user else ""
    row = org.database.row('SELECT TimeZoneSidKey FROM "User" WHERE Id = ?', (user_id,))
    zone = ZoneInfo(row[0] if row and row[0] else "UTC")
    return Context(view, org.clock.now().astimezone(zone).date(), zone, version)


def _aggregated(run: Run, compiler: Compiler, query: Query) -> dict[str, Any]:
    most = PAGE + 1 if query.limit is None else min(query.limit, PAGE + 1)
    statement = compiler.compile_aggregate(run.resource == "queryAll", most)
    rows = run.org.database.rows(statement.sql, statement.parameters)
    if len(rows) > PAGE:
        raise too_many_groups()
    records = [aggregate_record(statement.columns, row) for row in rows]
    return {"totalSize": len(rows), "done": True, "records": records}


def _first_page(run: Run, statement: Statement, query: Query, parameters: Sequence[Any]) -> dict[str, Any]:
    size = run.page_size
    most = size + 1 if query.limit is None else min(query.limit, size + 1)
    rows = run.org.database.rows(statement.rows_sql(most, query.offset), parameters)
    records = _records(run, statement, rows[:size])
    if len(rows) <= size:
        return {"totalSize": len(rows), "done": True, "records": records}
    return _page(_keep_cursor(run, statement, query, parameters), run.context.version, records, size)


def _records(run: Run, statement: Statement, rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    records = [record_from_row(statement, row, run.context.version) for row in rows]
    for row, record in zip(rows, records, strict=True):
        record.update({child.name: _children(run, child, row[0]) for child in statement.children})
    return records


def _children(run: Run, child: Child, parent_id: str) -> dict[str, Any] | None:
    """Answer a child subquery for one parent: a result of its own, null where there is none."""
    found = _first_page(run, child.statement, child.query, (*child.statement.parameters, parent_id))
    return found if found["records"] else None


def _count(org: Org, statement: Statement, query: Query) -> int:
    row = org.database.row(statement.count_sql(query.limit, query.offset), statement.parameters)
    return int(row[0]) if row else 0


def _keep_cursor(run: Run, statement: Statement, query: Query, parameters: Sequence[Any]) -> tuple[str, Cursor]:
    org, user = run.org, run.context.view.user
    found = org.database.rows(statement.ids_sql(query.limit, query.offset), parameters)
    record_ids = tuple(row[0] for row in found)
    user_id = user.user_id if user else ""
    cursor = Cursor(query, user_id, record_ids, run.page_size, org.clock.timestamp(), run.resource)
    key = ids.make_id("01g", org.database.next_number("01g"))
    org.cursors[key] = cursor
    while len(org.cursors) > _CURSORS:
        org.cursors.popitem(last=False)
    return key, cursor


def _is_usable(org: Org, view: View, cursor: Cursor) -> bool:
    user_id = view.user.user_id if view.user else ""
    return cursor.user_id == user_id and org.clock.timestamp() - cursor.created < _CURSOR_SECONDS


def _page(kept: tuple[str, Cursor], version: str, records: list[dict[str, Any]], reached: int) -> dict[str, Any]:
    key, cursor = kept
    total = len(cursor.record_ids)
    reply: dict[str, Any] = {"totalSize": total, "done": reached >= total}
    if reached < total:
        reply["nextRecordsUrl"] = f"/services/data/v{version}/{cursor.resource}/{key}-{reached}"
    return reply | {"records": records}
