"""A parsed query to SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from salesforce_sandbox.access import View
from salesforce_sandbox.errors import UNSUPPORTED_OBJECT, SalesforceError
from salesforce_sandbox.schema.model import Field, SObject
from salesforce_sandbox.schema.relations import ChildRelationship, find_child
from salesforce_sandbox.soql.aggregate import Aggregates, check_count, function_in_where
from salesforce_sandbox.soql.ast import Function, Operand, Order, Path, Query, SemiJoin
from salesforce_sandbox.soql.conditions import ConditionCompiler
from salesforce_sandbox.soql.errors import malformed, query_error
from salesforce_sandbox.soql.fieldsets import spelled_out
from salesforce_sandbox.soql.rows import AggregateStatement, Child, Column, Statement
from salesforce_sandbox.soql.scope import Scope
from salesforce_sandbox.soql.semijoin import check_inner, check_places, check_targets

_MOST_CHILDREN = 20


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, when and in which API version."""

    view: View
    today: date
    zone: ZoneInfo
    version: str


class Compiler:
    """Compiles one query for one user."""

    def __init__(self, context: Context, sobject: SObject, query: Query) -> None:
        self._context = context
        self._view = context.view
        self._query = spelled_out(query, sobject, context.version)
        self._scope = Scope(context.view, sobject, query.text, query.alias)
        self._conditions = self._conditions_over(self._plain_column)

    def _conditions_over(self, columns: Callable[[Operand], tuple[str, Field]]) -> ConditionCompiler:
        return ConditionCompiler(columns, self._semi_join, self._query.text, self._context.today, self._context.zone)

    def compile(
        self, include_deleted: bool = False, only_ids: Sequence[str] | None = None, child_of: Field | None = None
    ) -> Statement:
        """Build the SQL; ``only_ids`` restricts it to records already found (search hits, a page).

        With ``child_of`` the id of the parent has to follow the parameters.
        """
        if self._query.counts:
            check_count(self._query)
        if self._query.having is not None:
            raise malformed(self._query.text, self._query.object_at, "HAVING needs a GROUP BY clause")
        columns, expressions = self._select()
        where = self._where(include_deleted, only_ids)
        if child_of is not None:
            where += f' AND t0."{child_of.name}" = ?'
        order = self._order()
        return Statement(
            select=", ".join(["t0.Id", *expressions]),
            source=self._scope.from_clause(),
            where=where,
            parameters=tuple(self._conditions.parameters),
            order=order,
            columns=tuple(columns),
            sobject=self._scope.sobject,
            children=tuple(self._child(child) for child in self._query.children),
        )

    def compile_aggregate(self, include_deleted: bool, limit: int) -> AggregateStatement:
        """Build the SQL of a query with aggregate functions or GROUP BY."""
        aggregates = Aggregates(self._scope, self._query)
        columns, expressions = aggregates.select()
        where = self._where(include_deleted, None)
        having, parameters = "", self._conditions.parameters
        if self._query.having is not None:
            if not self._query.group:
                raise malformed(self._query.text, self._query.object_at, "HAVING needs a GROUP BY clause")
            conditions = self._conditions_over(aggregates.operand)
            having = f"HAVING {conditions.compile(self._query.having)}"
            parameters = [*parameters, *conditions.parameters]
        order = aggregates.order_by()
        sql = (
            f"SELECT {', '.join(expressions)} FROM {self._scope.from_clause()} WHERE {where} "  # noqa: S608
            f"{aggregates.group_by()} {having} {order} LIMIT {limit} OFFSET {self._query.offset}"
        )
        return AggregateStatement(sql, tuple(parameters), tuple(columns))

    def _plain_column(self, operand: Operand) -> tuple[str, Field]:
        if isinstance(operand, Function):
            raise function_in_where(self._query.text, operand)
        return self._scope.column(operand)

    def _child(self, query: Query) -> Child:
        query = replace(query, text=self._query.text)
        _check_child(query)
        if len(self._query.children) > _MOST_CHILDREN:
            raise malformed(query.text, query.object_at, f"At most {_MOST_CHILDREN} child subqueries are allowed")
        relationship = find_child(self._scope.sobject, self._view, query.object_name)
        if relationship is None or relationship.name is None:
            raise _no_child_relationship(query)
        named = replace(query, object_name=relationship.child.name, alias=query.alias or query.object_name)
        return Child(relationship.name, self._child_statement(relationship, named), named)

    def _child_statement(self, relationship: ChildRelationship, query: Query) -> Statement:
        compiler = Compiler(self._context, relationship.child, query)
        return compiler.compile(child_of=relationship.field)

    def _semi_join(self, join: SemiJoin) -> tuple[str, tuple[Any, ...]]:
        query = replace(join.query, text=self._query.text)
        selected = check_inner(query, query.text)
        sobject = readable_object(self._view, query)
        column, outer = self._plain_column(join.path)
        compiler = Compiler(self._context, sobject, query)
        inner_column, inner = compiler._scope.column(selected)
        if self._scope.parents(join.path) or compiler._scope.parents(selected):
            message = "Relationship fields cannot be compared with a semi join sub-select, nor selected in one"
            raise malformed(query.text, join.path.at, message)
        check_targets((self._scope.sobject, outer), (sobject, inner), join, selected, query.text)
        statement = compiler.compile()
        found = f"SELECT {inner_column} FROM {statement.source} WHERE {statement.where} AND {inner_column} IS NOT NULL"  # noqa: S608
        sql = f"{column} IN ({found})"
        return (f"(NOT {sql} OR {column} IS NULL)" if join.negated else sql), statement.parameters

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
            check_places(self._query.where, self._query.text)
            parts.append(self._conditions.compile(self._query.where))
        if only_ids is not None:
            parts.append(f"t0.Id IN ({', '.join('?' * len(only_ids))})")
            self._conditions.parameters.extend(only_ids)
        if self._query.scope:
            parts.append(self._in_scope())
        hidden = self._view.hidden_records()
        if hidden:
            parts.append(f"t0.Id NOT IN ({', '.join('?' * len(hidden))})")
            self._conditions.parameters.extend(hidden)
        return " AND ".join(parts)

    def _in_scope(self) -> str:
        """USING SCOPE: all records the user sees, or those he owns; the sandbox knows no others."""
        name = self._query.scope.lower()
        if name == "everything":
            return "1"
        owned = self._scope.sobject.field("OwnerId") is not None
        if name != "mine" or not owned or self._view.user is None:
            message = f"Invalid query scope '{self._query.scope}' for {self._scope.sobject.name}"
            raise query_error("INVALID_QUERY_SCOPE", self._query.text, self._query.object_at, message)
        self._conditions.parameters.append(self._view.user.user_id)
        return "t0.OwnerId = ?"

    def _order(self) -> str:
        items = [self._order_item(item) for item in self._query.order]
        return f"ORDER BY {', '.join([*items, 't0.Id'])}"

    def _order_item(self, item: Order) -> str:
        expression, field = self._plain_column(item.path)
        if not field.has("s"):
            message = f"field '{field.name}' can not be sorted in a query call"
            raise query_error("MALFORMED_QUERY", self._query.text, item.path.at, message)
        direction = "DESC" if item.descending else "ASC"
        return f"{expression} {direction} NULLS {'LAST' if item.nulls_last else 'FIRST'}"


def readable_object(view: View, query: Query) -> SObject:
    """Return the object of FROM. Raises INVALID_TYPE."""
    sobject = view.find(query.object_name)
    if sobject is None:
        message = UNSUPPORTED_OBJECT.format(name=query.object_name)
        raise query_error("INVALID_TYPE", query.text, query.object_at, message)
    return sobject


def _check_child(query: Query) -> None:
    at = query.object_at
    if query.counts or query.outputs:
        raise malformed(query.text, at, "Aggregate functions are not allowed in a child subquery")
    if query.children:
        raise malformed(query.text, at, "Nesting of child subqueries is not supported")
    if query.offset:
        raise malformed(query.text, at, "OFFSET is not allowed in a child subquery")


def _no_child_relationship(query: Query) -> SalesforceError:
    message = (
        f"Didn't understand relationship '{query.object_name}' in FROM part of query call. If you are attempting to use "
        "a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your "
        "WSDL or the describe call for the appropriate names."
    )
    return query_error("INVALID_TYPE", query.text, query.object_at, message)
