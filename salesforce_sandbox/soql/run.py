"""Running a query for a user: pages of up to 2,000 records and the locators that continue them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from salesforce_sandbox import ids
from salesforce_sandbox.access import View
from salesforce_sandbox.errors import UNSUPPORTED_OBJECT, SalesforceError
from salesforce_sandbox.org import Org
from salesforce_sandbox.schema.model import SObject
from salesforce_sandbox.soql.ast import Query
from salesforce_sandbox.soql.errors import query_error
from salesforce_sandbox.soql.parse import parse_query
from salesforce_sandbox.soql.select import Compiler, Statement, record_from_row

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


def run_query(org: Org, view: View, text: str, version: str, resource: str, page_size: int = PAGE) -> dict[str, Any]:
    """Answer a statement; ``resource`` is query or queryAll."""
    query = parse_query(text)
    sobject = readable_object(view, query)
    if query.offset > _MOST_OFFSET:
        message = f"Maximum SOQL offset allowed is {_MOST_OFFSET}"
        raise query_error("NUMBER_OUTSIDE_VALID_RANGE", query.text, query.text.upper().rfind("OFFSET"), message)
    statement = _compiler(org, view, sobject, query).compile(include_deleted=resource == "queryAll")
    if not query.fields:
        return {"totalSize": _count(org, statement, query), "done": True, "records": []}
    most = page_size + 1 if query.limit is None else min(query.limit, page_size + 1)
    rows = org.database.rows(statement.rows_sql(most, query.offset), statement.parameters)
    records = [record_from_row(statement, row, version) for row in rows[:page_size]]
    if len(rows) <= page_size:
        return {"totalSize": len(rows), "done": True, "records": records}
    cursor = _keep_cursor(org, view, statement, query, page_size, resource)
    return _page(cursor, version, records, page_size)


def continue_query(org: Org, view: View, locator: str, version: str) -> dict[str, Any]:
    """Answer the next page of a locator ``01g…-2000``."""
    match = _LOCATOR.fullmatch(locator)
    cursor: Cursor | None = org.cursors.get(match[1]) if match else None
    if match is None or cursor is None or not _is_usable(org, view, cursor):
        raise SalesforceError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    start = int(match[2])
    page = cursor.record_ids[start : start + cursor.page_size]
    sobject = readable_object(view, cursor.query)
    statement = _compiler(org, view, sobject, cursor.query).compile(include_deleted=True, only_ids=page)
    rows = org.database.rows(statement.rows_sql(None, 0), statement.parameters)
    by_id = {row[0]: record_from_row(statement, row, version) for row in rows}
    records = [by_id[record_id] for record_id in page if record_id in by_id]
    return _page((match[1], cursor), version, records, start + cursor.page_size)


def readable_object(view: View, query: Query) -> SObject:
    sobject = view.find(query.object_name)
    if sobject is None:
        message = UNSUPPORTED_OBJECT.format(name=query.object_name)
        raise query_error("INVALID_TYPE", query.text, query.object_at, message)
    return sobject


def _compiler(org: Org, view: View, sobject: SObject, query: Query) -> Compiler:
    zone = user_zone(org, view)
    return Compiler(view, sobject, query, org.clock.now().astimezone(zone).date(), zone)


def user_zone(org: Org, view: View) -> ZoneInfo:
    """Date literals are read in the time zone of the user."""
    user_id = view.user.user_id if view.user else ""
    row = org.database.row('SELECT TimeZoneSidKey FROM "User" WHERE Id = ?', (user_id,))
    return ZoneInfo(row[0] if row and row[0] else "UTC")


def _count(org: Org, statement: Statement, query: Query) -> int:
    row = org.database.row(statement.count_sql(query.limit, query.offset), statement.parameters)
    return int(row[0]) if row else 0


def _keep_cursor(
    org: Org, view: View, statement: Statement, query: Query, page_size: int, resource: str
) -> tuple[str, Cursor]:
    found = org.database.rows(statement.ids_sql(query.limit, query.offset), statement.parameters)
    user_id = view.user.user_id if view.user else ""
    cursor = Cursor(query, user_id, tuple(r[0] for r in found), page_size, org.clock.timestamp(), resource)
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
