"""What a compiled query is, and its rows back to records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from salesforce_sandbox.records.values import shown_value
from salesforce_sandbox.schema.model import Field, SObject
from salesforce_sandbox.soql.aggregate import AggregateColumn
from salesforce_sandbox.soql.ast import Query

_UNLIMITED = -1


@dataclass(frozen=True, slots=True)
class Column:
    """One selected value: where it goes in the record. ``name`` empty: the id of the parent itself."""

    parents: tuple[str, ...]
    name: str
    field: Field | None
    type_name: str | None


@dataclass(frozen=True, slots=True)
class Child:
    """A child subquery: ``statement`` has the parent's id as its last parameter."""

    name: str
    statement: Statement
    query: Query


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
    children: tuple[Child, ...] = ()

    def rows_sql(self, limit: int | None, offset: int) -> str:
        window = f"LIMIT {_UNLIMITED if limit is None else limit} OFFSET {offset}"
        return f"SELECT {self.select} FROM {self.source} WHERE {self.where} {self.order} {window}"  # noqa: S608

    def ids_sql(self, limit: int | None, offset: int) -> str:
        window = f"LIMIT {_UNLIMITED if limit is None else limit} OFFSET {offset}"
        return f"SELECT t0.Id FROM {self.source} WHERE {self.where} {self.order} {window}"  # noqa: S608

    def count_sql(self, limit: int | None, offset: int) -> str:
        return f"SELECT COUNT(*) FROM ({self.ids_sql(limit, offset)})"  # noqa: S608


@dataclass(frozen=True, slots=True)
class AggregateStatement:
    """An aggregate query's whole SQL."""

    sql: str
    parameters: tuple[Any, ...]
    columns: tuple[AggregateColumn, ...]


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
