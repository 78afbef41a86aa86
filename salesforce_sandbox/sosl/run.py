"""Answering a search: matching, row limits by number of objects, and the rows themselves."""

from __future__ import annotations

from typing import Any

from salesforce_sandbox.access import View
from salesforce_sandbox.errors import UNSUPPORTED_OBJECT
from salesforce_sandbox.org import Org
from salesforce_sandbox.schema.model import SObject
from salesforce_sandbox.soql.ast import Path, Query
from salesforce_sandbox.soql.errors import query_error
from salesforce_sandbox.soql.rows import record_from_row
from salesforce_sandbox.soql.run import context_of
from salesforce_sandbox.soql.select import Compiler
from salesforce_sandbox.sosl.match import Matcher
from salesforce_sandbox.sosl.parse import Returned, Search

ENGINE_ROWS = 2000
_PLAIN_ROWS = 250


def run_search(org: Org, view: View, search: Search, version: str) -> list[dict[str, Any]]:
    """Return the records found, object by object in the order of RETURNING."""
    returned = search.returned or tuple(Returned(o.name, None) for o in view if o.searchable)
    objects = [(_searchable(view, search, entry), entry) for entry in returned]
    groups: list[list[dict[str, Any]]] = []
    left = ENGINE_ROWS
    for sobject, entry in objects:
        matcher = Matcher(org.database, sobject, search.group, org.settings.search_mode, org.clock.timestamp())
        found = sorted(matcher.find(search.expression))[:left]
        left -= len(found)
        rows = _rows_allowed(len(returned), entry.query)
        groups.append(_records(org, view, sobject, entry.query or _ids_only(), found, rows, version))
    return [record for group in _spread(groups, search.limit) for record in group]


def _searchable(view: View, search: Search, entry: Returned) -> SObject:
    sobject = view.find(entry.object_name)
    if sobject is None or not sobject.searchable:
        message = UNSUPPORTED_OBJECT.format(name=entry.object_name)
        raise query_error("INVALID_TYPE", search.text, max(0, search.text.find(entry.object_name)), message)
    return sobject


def _ids_only() -> Query:
    return Query(text="", object_name="", object_at=0, fields=(Path(("Id",), 0),))


def _rows_allowed(objects: int, query: Query | None) -> int:
    """One object: 250, or 2,000 with WHERE or ORDER BY; n objects: 2,000/n but at most 250 (spec section 2)."""
    if objects > 1:
        return min(ENGINE_ROWS // objects, _PLAIN_ROWS)
    return ENGINE_ROWS if query is not None and (query.where is not None or query.order) else _PLAIN_ROWS


def _records(
    org: Org, view: View, sobject: SObject, query: Query, found: list[str], rows: int, version: str
) -> list[dict[str, Any]]:
    statement = Compiler(context_of(org, view, version), sobject, query).compile(only_ids=found)
    most = rows if query.limit is None else min(rows, query.limit)
    fetched = org.database.rows(statement.rows_sql(most, query.offset), statement.parameters)
    return [record_from_row(statement, row, version) for row in fetched]


def _spread(groups: list[list[dict[str, Any]]], limit: int | None) -> list[list[dict[str, Any]]]:
    """An overall LIMIT gives every object the same share; what one leaves goes to the others."""
    if limit is None:
        return groups
    taken = [0] * len(groups)
    left = limit
    while left > 0 and any(count < len(group) for count, group in zip(taken, groups, strict=True)):
        for index, group in enumerate(groups):
            if left > 0 and taken[index] < len(group):
                taken[index] += 1
                left -= 1
    return [group[:count] for group, count in zip(groups, taken, strict=True)]
