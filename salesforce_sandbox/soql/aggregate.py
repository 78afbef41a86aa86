"""Aggregate queries: functions, GROUP BY, HAVING, and their AggregateResult rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.records.values import shown_value
from salesforce_sandbox.schema.model import NUMBER_TYPES, Field
from salesforce_sandbox.soql.ast import Function, Operand, Order, Path, Query
from salesforce_sandbox.soql.errors import malformed, query_error
from salesforce_sandbox.soql.scope import Scope

_COUNTED = Field("Count", "int", 0, "Count", frozenset("fsg"))
_AVERAGE = Field("Average", "double", 0, "Average", frozenset("fsg"))


@dataclass(frozen=True, slots=True)
class AggregateColumn:
    name: str
    field: Field


class Aggregates:
    """The select list, grouping and order of one aggregate query over a scope."""

    def __init__(self, scope: Scope, query: Query) -> None:
        self._scope = scope
        self._query = query
        self._grouped = [scope.column(path) for path in query.group]
        self._check()

    def _check(self) -> None:
        query = self._query
        for path, (_, field) in zip(query.group, self._grouped, strict=True):
            if not field.has("g"):
                message = f"field '{field.name}' can not be grouped in a query call"
                raise query_error("INVALID_FIELD", query.text, path.at, message)
        if query.children:
            raise malformed(query.text, query.children[0].object_at, "Aggregate queries cannot have child subqueries")
        if not query.group and (query.limit is not None or query.offset):
            word = "OFFSET" if query.limit is None else "LIMIT"
            message = f"Non-grouped query that uses overall aggregate functions cannot also use {word}"
            raise malformed(query.text, query.text.upper().rfind(word), message)

    def select(self) -> tuple[list[AggregateColumn], list[str]]:
        """Return the result's columns and their SQL. Unnamed functions are expr0, expr1, … in their order."""
        columns: list[AggregateColumn] = []
        expressions: list[str] = []
        unnamed = 0
        for output in self._query.outputs:
            expression, field = self.operand(output.expression)
            name = output.alias or (field.name if isinstance(output.expression, Path) else f"expr{unnamed}")
            unnamed += not output.alias and isinstance(output.expression, Function)
            if name.lower() in {column.name.lower() for column in columns}:
                raise malformed(self._query.text, output.expression.at, f"duplicate alias: {name}")
            columns.append(AggregateColumn(name, field))
            expressions.append(expression)
        return columns, expressions

    def operand(self, operand: Operand) -> tuple[str, Field]:
        """Return the SQL of a function or a grouped field. Raises MALFORMED_QUERY."""
        if isinstance(operand, Function):
            return self._function(operand)
        found = self._scope.column(operand)
        if found[0] not in [expression for expression, _ in self._grouped]:
            message = f"Field must be grouped or aggregated: {'.'.join(operand.names)}"
            raise malformed(self._query.text, operand.at, message)
        return found

    def _function(self, function: Function) -> tuple[str, Field]:
        if function.path is None or function.name == "FIELDS":
            raise malformed(self._query.text, function.at, f"unexpected token: '{function.name}'")
        column, field = self._scope.column(function.path)
        numeric = field.type in NUMBER_TYPES
        if not field.has("a") or (function.name in {"SUM", "AVG"} and not numeric):
            message = f"field {field.name} does not support aggregate operator {function.name}"
            raise malformed(self._query.text, function.path.at, message)
        if column in [expression for expression, _ in self._grouped]:
            raise malformed(self._query.text, function.path.at, f"Grouped field should not be aggregated: {field.name}")
        if function.name == "COUNT_DISTINCT":
            return f"COUNT(DISTINCT {column})", _COUNTED
        result = {"COUNT": _COUNTED, "AVG": _AVERAGE}.get(function.name, field)
        return f"{function.name}({column})", result

    def group_by(self) -> str:
        return f"GROUP BY {', '.join(column for column, _ in self._grouped)}" if self._grouped else ""

    def order_by(self) -> str:
        items = [self._order_item(item) for item in self._query.order]
        items += [column for column, _ in self._grouped]
        return f"ORDER BY {', '.join(items)}" if items else ""

    def _order_item(self, item: Order) -> str:
        if isinstance(item.path, Path) and self._scope.column(item.path)[0] not in [c for c, _ in self._grouped]:
            message = f"Ordered field must be grouped or aggregated: {'.'.join(item.path.names)}"
            raise malformed(self._query.text, item.path.at, message)
        direction = "DESC" if item.descending else "ASC"
        return f"{self.operand(item.path)[0]} {direction} NULLS {'LAST' if item.nulls_last else 'FIRST'}"


def aggregate_record(columns: Sequence[AggregateColumn], row: Sequence[Any]) -> dict[str, Any]:
    shown = {column.name: shown_value(column.field, value) for column, value in zip(columns, row, strict=True)}
    return {"attributes": {"type": "AggregateResult"}} | shown


def check_count(query: Query) -> None:
    """COUNT() takes neither groups nor an order. Raises MALFORMED_QUERY."""
    if query.group:
        raise malformed(query.text, query.group[0].at, "COUNT() cannot be used with GROUP BY, use COUNT(fieldName)")
    if query.order:
        shown = query.order[0].path
        name = ".".join(shown.names) if isinstance(shown, Path) else shown.name
        raise malformed(query.text, shown.at, f"Ordered field must be grouped or aggregated: {name}")


def too_many_groups() -> SalesforceError:
    message = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"
    return SalesforceError(400, "EXCEEDED_ID_LIMIT", message)


def function_in_where(text: str, operand: Function) -> SalesforceError:
    return malformed(text, operand.at, f"Aggregate function {operand.name} is only allowed in HAVING")
