"""A parsed query to SQL, and its rows back to records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from salesforce_sandbox.access import View
from salesforce_sandbox.records.values import shown_value
from salesforce_sandbox.schema.model import Field, SObject
from salesforce_sandbox.soql.ast import Order, Path, Query
from salesforce_sandbox.soql.conditions import ConditionCompiler
from salesforce_sandbox.soql.errors import query_error
from salesforce_sandbox.soql.scope import Scope

_UNLIMITED = -1


@dataclass(frozen=True, slots=True)
class Column:
    """One selected value: where it goes in the record. ``name`` empty: the id of the parent itself."""

    parents: tuple[str, ...]
    name: str
    field: Field | None
    type_name: str | None


@dataclass(frozen=True, slots=True)
class Statement:
    """Ready-made SQL pieces with their parameters."""

    select: str
    source: str
    where: str
    parameters: tuple[Any, ...]
    order: str
    columns: tuple[Column, ...]
    sobject: SObject

    def rows_sql(self, limit: int | None, offset: int) -> str:
        window = f"LIMIT {_UNLIMITED if limit is None else limit} OFFSET {offset}"
        return f"SELECT {self.select} FROM {self.source} WHERE {self.where} {self.order} {window}"  # noqa: S608

    def ids_sql(self, limit: int | None, offset: int) -> str:
        window = f"LIMIT {_UNLIMITED if limit is None else limit} OFFSET {offset}"
        return f"SELECT t0.Id FROM {self.source} WHERE {self.where} {self.order} {window}"  # noqa: S608

    def count_sql(self, limit: int | None, offset: int) -> str:
        return f"SELECT COUNT(*) FROM ({self.ids_sql(limit, offset)})"  # noqa: S608


class Compiler:
    """Compiles one query for one user."""

    def __init__(self, view: View, sobject: SObject, query: Query, today: date, zone: ZoneInfo) -> None:
        self._view = view
        self._query = query
        self._scope = Scope(view, sobject, query.text)
        self._conditions = ConditionCompiler(self._scope, query.text, today, zone)

    def compile(self, include_deleted: bool = False, only_ids: Sequence[str] | None = None) -> Statement:
        """Build the SQL; ``only_ids`` restricts it to records already found (search hits, a page)."""
        columns, expressions = self._select()
        where = self._where(include_deleted, only_ids)
        order = self._order()
        return Statement(
            select=", ".join(["t0.Id", *expressions]),
            source=self._scope.from_clause(),
            where=where,
            parameters=tuple(self._conditions.parameters),
            order=order,
            columns=tuple(columns),
            sobject=self._scope.sobject,
        )

    def _select(self) -> tuple[list[Column], list[str]]:
        columns: list[Column] = []
        expressions: list[str] = []
        seen: set[tuple[str, ...]] = set()
        for path in self._query.fields:
            expression, field = self._scope.column(path)
            parents = self._scope.parents(path)
            if (*parents, field.name) in seen:
                message = f"duplicate field selected: {'.'.join(path.names)}"
                raise query_error("INVALID_FIELD", self._query.text, path.at, message)
            self._add_parents(path, parents, columns, expressions)
            seen.add((*parents, field.name))
            columns.append(Column(parents, field.name, field, None))
            expressions.append(expression)
        return columns, expressions

    def _add_parents(self, path: Path, parents: tuple[str, ...], columns: list[Column], expressions: list[str]) -> None:
        for length in range(1, len(parents) + 1):
            source = self._scope.source(path, parents[:length])
            key = Column(parents[:length], "", None, source.type_name)
            identity = source.column("Id")
            if key not in columns and identity is not None:
                columns.append(key)
                expressions.append(identity[0])

    def _where(self, include_deleted: bool, only_ids: Sequence[str] | None) -> str:
        parts = ["1" if include_deleted else "NOT t0.IsDeleted"]
        if self._query.where is not None:
            parts.append(self._conditions.compile(self._query.where))
        if only_ids is not None:
            parts.append(f"t0.Id IN ({', '.join('?' * len(only_ids))})")
            self._conditions.parameters.extend(only_ids)
        hidden = self._view.hidden_records()
        if hidden:
            parts.append(f"t0.Id NOT IN ({', '.join('?' * len(hidden))})")
            self._conditions.parameters.extend(hidden)
        return " AND ".join(parts)

    def _order(self) -> str:
        items = [self._order_item(item) for item in self._query.order]
        return f"ORDER BY {', '.join([*items, 't0.Id'])}"

    def _order_item(self, item: Order) -> str:
        expression, field = self._scope.column(item.path)
        if not field.has("s"):
            message = f"field '{field.name}' can not be sorted in a query call"
            raise query_error("MALFORMED_QUERY", self._query.text, item.path.at, message)
        direction = "DESC" if item.descending else "ASC"
        return f"{expression} {direction} NULLS {'LAST' if item.nulls_last else 'FIRST'}"


def record_from_row(statement: Statement, row: Sequence[Any], version: str) -> dict[str, Any]:
    """Build the record as the API shows it: attributes first, parents nested, absent parents null."""
    record = {"attributes": attributes(statement.sobject.name, row[0], version)}
    for column, value in zip(statement.columns, row[1:], strict=True):
        parent = _parent_of(record, column)
        if parent is None:
            continue
        if column.field is not None:
            parent[column.name] = shown_value(column.field, value)
        elif value is None:
            parent[column.parents[-1]] = None
        else:
            parent[column.parents[-1]] = {"attributes": _parent_attributes(column, value, version)}
    return record


def _parent_of(record: dict[str, Any], column: Column) -> dict[str, Any] | None:
    names = column.parents if column.field is not None else column.parents[:-1]
    place: dict[str, Any] | None = record
    for name in names:
        place = place.get(name) if place is not None else None
    return place


def attributes(object_name: str, record_id: str, version: str) -> dict[str, Any]:
    return {"type": object_name, "url": f"/services/data/v{version}/sobjects/{object_name}/{record_id}"}


_NAMES_BY_PREFIX = {"001": "Account", "003": "Contact", "00Q": "Lead", "005": "User"}


def _parent_attributes(column: Column, record_id: str, version: str) -> dict[str, Any]:
    """A parent that may be of several kinds is of type Name, its URL tells the real one (assumed)."""
    target = column.type_name or _NAMES_BY_PREFIX.get(record_id[:3], "Name")
    return attributes(target, record_id, version) | {"type": column.type_name or "Name"}
