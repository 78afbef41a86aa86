"""WHERE to SQL. SOQL knows no third truth value: what is null is simply not equal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date
from typing import Any
from zoneinfo import ZoneInfo

from salesforce_sandbox import ids
from salesforce_sandbox.clock import parse_date, parse_datetime, wire_datetime
from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.schema.model import NUMBER_TYPES, Field
from salesforce_sandbox.soql.ast import Chain, Comparison, Condition, Negation, Operand, SemiJoin, Value
from salesforce_sandbox.soql.dates import day_start, literal_range
from salesforce_sandbox.soql.errors import malformed, query_error

_MOST_NESTED = 100
_ORDERING = frozenset({"<", ">", "<=", ">="})
_TYPE_NAMES = {"datetime": "dateTime", "id": "ID", "reference": "ID"}


Columns = Callable[[Operand], tuple[str, Field]]
SemiJoins = Callable[[SemiJoin], tuple[str, tuple[Any, ...]]]


class ConditionCompiler:
    """Turns one condition tree into SQL, collecting the parameters in order.

    ``columns`` gives the SQL of a field or function, ``semi_joins`` that of a subquery with its parameters.
    """

    def __init__(self, columns: Columns, semi_joins: SemiJoins, text: str, today: date, zone: ZoneInfo) -> None:
        self._columns = columns
        self._semi_joins = semi_joins
        self._text = text
        self._today = today
        self._zone = zone
        self.parameters: list[Any] = []

    def compile(self, condition: Condition, depth: int = 0) -> str:
        if depth > _MOST_NESTED:
            raise SalesforceError(400, "QUERY_TOO_COMPLICATED", "Query is either selecting too many fields or the "
                                  "filter conditions are too complicated.")  # fmt: skip
        if isinstance(condition, Chain):
            return balanced([self.compile(part, depth + 1) for part in condition.parts], condition.operator)
        if isinstance(condition, Negation):
            return f"NOT IFNULL({self.compile(condition.part, depth + 1)}, 0)"
        if isinstance(condition, SemiJoin):
            sql, parameters = self._semi_joins(condition)
            self.parameters.extend(parameters)
            return sql
        return self._comparison(condition)

    def _comparison(self, comparison: Comparison) -> str:
        column, field = self._columns(comparison.path)
        if not field.has("f"):
            message = f"field '{field.name}' can not be filtered in a query call"
            raise query_error("INVALID_FIELD", self._text, comparison.path.at, message)
        if comparison.operator in {"includes", "excludes"}:
            message = f"'{comparison.operator}' operator is only valid on multi-select picklist fields"
            raise query_error("INVALID_QUERY_FILTER_OPERATOR", self._text, comparison.path.at, message)
        if comparison.operator == "like":
            return self._like(column, field, comparison.values[0])
        if comparison.operator in {"in", "not in"}:
            return self._inside(column, field, comparison)
        return self._compare(column, field, comparison)

    def _like(self, column: str, field: Field, value: Value) -> str:
        if field.is_id or not field.is_text or field.type in {"date", "datetime"}:
            kind = "id" if field.is_id else _type_name(field)
            raise query_error("INVALID_QUERY_FILTER_OPERATOR", self._text, value.at, f"invalid operator on {kind} field")
        if value.kind != "string":
            raise self._wrong_type(field, value)
        self.parameters.append(value.pattern)
        return f"{column} LIKE ? ESCAPE '\\'"

    def _inside(self, column: str, field: Field, comparison: Comparison) -> str:
        if any(value.kind == "dateliteral" for value in comparison.values):
            value = next(v for v in comparison.values if v.kind == "dateliteral")
            raise malformed(self._text, value.at, f"unexpected token: '{value.value[0]}'")
        given = [v for v in comparison.values if v.kind != "null"]
        self.parameters.extend(self._stored(field, value) for value in given)
        listed = f"{column} IN ({', '.join('?' * len(given))})"
        with_null = len(given) < len(comparison.values)
        if comparison.operator == "in":
            return f"({listed} OR {column} IS NULL)" if with_null else listed
        return f"(NOT {listed} AND {column} IS NOT NULL)" if with_null else f"(NOT {listed} OR {column} IS NULL)"

    def _compare(self, column: str, field: Field, comparison: Comparison) -> str:
        value, operator = comparison.values[0], comparison.operator
        if value.kind == "null":
            return self._with_null(column, field, operator, value)
        if operator in _ORDERING and (field.type == "boolean"):
            message = "invalid operator on boolean field"
            raise query_error("INVALID_QUERY_FILTER_OPERATOR", self._text, value.at, message)
        if value.kind == "dateliteral":
            return self._in_range(column, field, operator, value)
        self.parameters.append(self._stored(field, value))
        return f"{column} IS NOT ?" if operator == "!=" else f"{column} {operator} ?"

    def _with_null(self, column: str, field: Field, operator: str, value: Value) -> str:
        if operator in _ORDERING or field.type == "boolean":
            kind = _type_name(field)
            message = f"invalid operator on {kind} field"
            raise query_error("INVALID_QUERY_FILTER_OPERATOR", self._text, value.at, message)
        return f"{column} IS NULL" if operator == "=" else f"{column} IS NOT NULL"

    def _in_range(self, column: str, field: Field, operator: str, value: Value) -> str:
        name, amount = value.value
        try:
            days = literal_range(name, amount, self._today)
        except (OverflowError, ValueError):
            days = None
        if days is None:
            raise malformed(self._text, value.at, f"unexpected token: '{name}'")
        if field.type not in {"date", "datetime"}:
            raise self._wrong_type(field, value)
        first, after = (d.isoformat() if field.type == "date" else day_start(d, self._zone) for d in days)
        if operator in _ORDERING:
            bound, sign = {"<": (first, "<"), ">=": (first, ">="), ">": (after, ">="), "<=": (after, "<")}[operator]
            self.parameters.append(bound)
            return f"{column} {sign} ?"
        self.parameters += [first, after]
        inside = f"({column} >= ? AND {column} < ?)"
        return inside if operator == "=" else f"NOT IFNULL({inside}, 0)"

    def _stored(self, field: Field, value: Value) -> Any:
        """Return a literal as it is stored in the field's column."""
        reader = _reader(field)
        if reader is None or value.kind != reader[0]:
            raise self._wrong_type(field, value)
        try:
            return reader[1](value.value)
        except (ValueError, OverflowError):
            raise self._unreadable(field, value) from None

    def _unreadable(self, field: Field, value: Value) -> SalesforceError:
        if field.is_id:
            return query_error("INVALID_QUERY_FILTER_OPERATOR", self._text, value.at, f"invalid ID field: {value.value}")
        return malformed(self._text, value.at, f"unexpected token: '{value.value}'")

    def _wrong_type(self, field: Field, value: Value) -> SalesforceError:
        quoted = "should be" if field.is_text and field.type not in {"date", "datetime"} else "should not be"
        message = (
            f"value of filter criterion for field '{field.name}' must be of type {_type_name(field)} "
            f"and {quoted} enclosed in quotes"
        )
        return query_error("INVALID_FIELD", self._text, value.at, message)


def _reader(field: Field) -> tuple[str, Callable[[Any], Any]] | None:
    """Return the kind of literal a field takes and how to store it."""
    if field.is_id:
        return "string", _long_id
    if field.type == "boolean":
        return "boolean", int
    if field.type in NUMBER_TYPES:
        return "number", float
    if field.type == "date":
        return "date", lambda text: parse_date(text).isoformat()
    if field.type == "datetime":
        return "datetime", lambda text: wire_datetime(parse_datetime(text.replace("Z", "+00:00")).astimezone(UTC))
    return "string", str


def _long_id(text: str) -> str:
    long_id = ids.to_18(text)
    if long_id is None:
        raise ValueError(text)
    return long_id


def _type_name(field: Field) -> str:
    return _TYPE_NAMES.get(field.type, field.type if field.type in NUMBER_TYPES | {"boolean", "date"} else "string")


def balanced(parts: list[str], operator: str) -> str:
    """Join conditions as a balanced tree: SQLite refuses expressions nested 1,000 deep."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return f"({balanced(parts[:middle], operator)} {operator} {balanced(parts[middle:], operator)})"
