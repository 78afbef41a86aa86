"""What the parser finds, made into a statement while it is parsed, so that no depth of nesting needs recursion."""

from __future__ import annotations

import re
from typing import Any

from lark import Token, Transformer

from salesforce_sandbox.soql.ast import (
    Chain,
    Comparison,
    Condition,
    Function,
    Negation,
    Operand,
    Order,
    Output,
    Path,
    Query,
    SemiJoin,
    Value,
)

MAX_STRING = 4_000
MAX_LIMIT = 2**31 - 1
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\", "_": "_", "%": "%"}
_LIKE_ESCAPES = _ESCAPES | {"_": "\\_", "%": "\\%", "\\": "\\\\"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_FUNCTIONS = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX", "FIELDS"})


class RefusedError(Exception):
    """Something that reads but is not allowed; carries the offset and what is wrong."""


class Builder(Transformer[Token, Any]):
    """One method for each rule of the grammar. Raises RefusedError, at times inside lark's VisitError."""

    def path(self, names: list[Token]) -> Path:
        return Path(tuple(str(name) for name in names), _at(names[0]))

    def function(self, items: list[Any]) -> Function:
        name = str(items[0]).upper()
        path = items[1] if len(items) > 1 else None
        if name not in _FUNCTIONS or (path is None and name != "COUNT"):
            raise RefusedError(_at(items[0]) + len(name), "unexpected token: '('")
        return Function(name, path, _at(items[0]))

    def output(self, items: list[Any]) -> Output:
        return Output(items[0], str(items[1]) if len(items) > 1 else "")

    def select_list(self, items: list[Output | Query]) -> dict[str, Any]:
        return selected(items)

    def from_object(self, items: list[Token]) -> dict[str, Any]:
        alias = str(items[1]) if len(items) > 1 else ""
        return {"object_name": str(items[0]), "object_at": _at(items[0]), "alias": alias}

    def scope(self, items: list[Token]) -> dict[str, Any]:
        return {"scope": str(items[0])}

    def text(self, items: list[Token]) -> Value:
        plain, pattern = _unescape(items[0], _ESCAPES), _unescape(items[0], _LIKE_ESCAPES)
        return Value("string", plain, _at(items[0]), pattern)

    def moment(self, items: list[Token]) -> Value:
        return Value("datetime", str(items[0]).upper(), _at(items[0]))

    def day(self, items: list[Token]) -> Value:
        return Value("date", str(items[0]), _at(items[0]))

    def number(self, items: list[Token]) -> Value:
        text = str(items[0])
        return Value("number", float(text) if "." in text else int(text[:40]), _at(items[0]))

    def null(self, items: list[Token]) -> Value:
        return Value("null", None, _at(items[0]))

    def true(self, items: list[Token]) -> Value:
        return Value("boolean", True, _at(items[0]))

    def false(self, items: list[Token]) -> Value:
        return Value("boolean", False, _at(items[0]))

    def date_literal(self, items: list[Token]) -> Value:
        amount = str(items[1]) if len(items) > 1 else None
        return Value("dateliteral", (str(items[0]), amount), _at(items[0]))

    def comparison(self, items: list[Any]) -> Comparison:
        operator = "!=" if str(items[1]) == "<>" else str(items[1])
        return Comparison(items[0], operator, (items[2],))

    def like(self, items: list[Any]) -> Comparison:
        return Comparison(items[0], "like", (items[1],))

    def inside(self, items: list[Any]) -> Comparison:
        return Comparison(items[0], "in", tuple(items[1:]))

    def outside(self, items: list[Any]) -> Comparison:
        return Comparison(items[0], "not in", tuple(items[1:]))

    def multi(self, items: list[Any]) -> Comparison:
        return Comparison(items[0], str(items[1]).lower(), tuple(items[2:]))

    def semi_join(self, items: list[Any]) -> SemiJoin:
        return _semi_join(items, negated=False)

    def anti_join(self, items: list[Any]) -> SemiJoin:
        return _semi_join(items, negated=True)

    def and_chain(self, items: list[Condition]) -> Chain:
        return Chain("AND", tuple(items))

    def or_chain(self, items: list[Condition]) -> Chain:
        return Chain("OR", tuple(items))

    def negation(self, items: list[Condition]) -> Negation:
        return Negation(items[0])

    def where(self, items: list[Condition]) -> dict[str, Any]:
        return {"where": items[0]}

    def group(self, items: list[Path]) -> dict[str, Any]:
        return {"group": tuple(items)}

    def having(self, items: list[Condition]) -> dict[str, Any]:
        return {"having": items[0]}

    def direction(self, items: list[Token]) -> tuple[str, bool]:
        return "descending", str(items[0]).upper() == "DESC"

    def nulls(self, items: list[Token]) -> tuple[str, bool]:
        return "nulls_last", str(items[0]).upper() == "LAST"

    def order_item(self, items: list[Any]) -> Order:
        options = dict(items[1:])
        return Order(items[0], options.get("descending", False), options.get("nulls_last"))

    def order(self, items: list[Order]) -> dict[str, Any]:
        return {"order": tuple(items)}

    def limit(self, items: list[Token]) -> dict[str, Any]:
        return {"limit": _whole(items[0])}

    def offset(self, items: list[Token]) -> dict[str, Any]:
        return {"offset": _whole(items[0])}

    def for_clause(self, _: list[Token]) -> dict[str, Any]:
        return {}

    def query(self, items: list[dict[str, Any]]) -> Query:
        return _query(items)

    def returning(self, items: list[dict[str, Any]]) -> Query:
        return _query(items)


def _query(parts: list[dict[str, Any]]) -> Query:
    facts: dict[str, Any] = {"object_name": "", "object_at": 0}
    for part in parts:
        facts |= part
    items: list[Output] = facts.pop("items")
    plain = [item for item in items if _name(item.expression) != "FIELDS"]
    aggregated = any(isinstance(item.expression, Function) for item in plain) or bool(facts.get("group"))
    if aggregated and not facts["counts"]:
        return Query(text="", fields=(), outputs=tuple(items), **facts)
    aliased = next((item for item in items if item.alias), None)
    if aliased is not None:
        raise RefusedError(aliased.expression.at, "only aggregate expressions use field aliasing")
    fields = tuple(item.expression for item in plain if isinstance(item.expression, Path))
    return Query(text="", fields=fields, **facts)


def _semi_join(items: list[Any], *, negated: bool) -> SemiJoin:
    if not isinstance(items[0], Path):
        raise RefusedError(items[0].at, f"Function {items[0].name} cannot be compared with a semi join sub-select")
    return SemiJoin(items[0], negated, items[1])


def selected(items: list[Output | Query]) -> dict[str, Any]:
    """Sort what is selected into expressions and child subqueries; COUNT() must stand alone."""
    outputs = [item for item in items if isinstance(item, Output)]
    sets = tuple(o.expression for o in outputs if _name(o.expression) == "FIELDS")
    counting = next((o for o in outputs if isinstance(o.expression, Function) and o.expression.path is None), None)
    if counting is not None and (len(items) > 1 or counting.alias):
        raise RefusedError(counting.expression.at, f"unexpected token: '{counting.alias or ','}'")
    return {
        "items": outputs,
        "children": tuple(item for item in items if isinstance(item, Query)),
        "counts": counting is not None,
        "field_sets": sets,
    }


def _name(operand: Operand) -> str:
    return operand.name if isinstance(operand, Function) else ""


def _at(token: Token) -> int:
    return token.start_pos or 0


def _whole(token: Token) -> int:
    if not token.isdecimal() or len(token) > 10 or int(token) > MAX_LIMIT:
        raise RefusedError(_at(token), f"unexpected token: '{token}'")
    return int(token)


def _unescape(token: Token, escapes: dict[str, str]) -> str:
    inner = str(token)[1:-1]
    if len(inner) > MAX_STRING:
        raise RefusedError(_at(token), f"string literal is too long: at most {MAX_STRING} characters are allowed")

    def one(match: re.Match[str]) -> str:
        if match[1] not in escapes:
            message = f"Invalid string literal '{inner[:80]}'. Illegal character sequence '\\{match[1]}'"
            raise RefusedError(_at(token), message)
        return escapes[match[1]]

    return _ESCAPE.sub(one, inner)
