"""Text to a parsed statement; whatever cannot be read is MALFORMED_QUERY."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.soql.ast import Chain, Comparison, Condition, Negation, Order, Path, Query, Value
from salesforce_sandbox.soql.errors import malformed

MAX_STATEMENT = 100_000
MAX_STRING = 4_000
MAX_LIMIT = 2**31 - 1
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\", "_": "_", "%": "%"}
_LIKE_ESCAPES = _ESCAPES | {"_": "\\_", "%": "\\%", "\\": "\\\\"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class _BadString(Exception):
    """A string literal that reads but is not allowed; carries the token and what is wrong."""


class _Builder(Transformer[Token, Any]):
    """Builds the statement while it is parsed, so that no depth of nesting needs recursion."""

    def path(self, names: list[Token]) -> Path:
        return Path(tuple(str(name) for name in names), names[0].start_pos or 0)

    def fields(self, paths: list[Path]) -> tuple[Path, ...]:
        return tuple(paths)

    def count(self, _: list[Token]) -> tuple[Path, ...]:
        return ()

    def text(self, items: list[Token]) -> Value:
        plain, pattern = _unescape(items[0], _ESCAPES), _unescape(items[0], _LIKE_ESCAPES)
        return Value("string", plain, items[0].start_pos or 0, pattern)

    def moment(self, items: list[Token]) -> Value:
        return Value("datetime", str(items[0]).upper(), items[0].start_pos or 0)

    def day(self, items: list[Token]) -> Value:
        return Value("date", str(items[0]), items[0].start_pos or 0)

    def number(self, items: list[Token]) -> Value:
        text = str(items[0])
        return Value("number", float(text) if "." in text else int(text[:40]), items[0].start_pos or 0)

    def null(self, _: list[Token]) -> Value:
        return Value("null", None, 0)

    def true(self, _: list[Token]) -> Value:
        return Value("boolean", True, 0)

    def false(self, _: list[Token]) -> Value:
        return Value("boolean", False, 0)

    def date_literal(self, items: list[Token]) -> Value:
        amount = str(items[1]) if len(items) > 1 else None
        return Value("dateliteral", (str(items[0]), amount), items[0].start_pos or 0)

    def comparison(self, items: list[Any]) -> Comparison:
        operator = "!=" if str(items[1]) == "<>" else str(items[1])
        return Comparison(items[0], operator, (items[2],))

    def like(self, items: list[Any]) -> Comparison:
        return Comparison(items[0], "like", (items[1],))

    def inside(self, items: list[Any]) -> Comparison:
        return Comparison(items[0], "in", tuple(items[1:]))

    def outside(self, items: list[Any]) -> Comparison:
        return Comparison(items[0], "not in", tuple(items[1:]))

    def and_chain(self, items: list[Condition]) -> Chain:
        return Chain("AND", tuple(items))

    def or_chain(self, items: list[Condition]) -> Chain:
        return Chain("OR", tuple(items))

    def negation(self, items: list[Condition]) -> Negation:
        return Negation(items[0])

    def where(self, items: list[Condition]) -> tuple[str, Any]:
        return "where", items[0]

    def direction(self, items: list[Token]) -> tuple[str, bool]:
        return "descending", str(items[0]).upper() == "DESC"

    def nulls(self, items: list[Token]) -> tuple[str, bool]:
        return "nulls_last", str(items[0]).upper() == "LAST"

    def order_item(self, items: list[Any]) -> Order:
        options = dict(items[1:])
        return Order(items[0], options.get("descending", False), options.get("nulls_last"))

    def order(self, items: list[Order]) -> tuple[str, Any]:
        return "order", tuple(items)

    def limit(self, items: list[Token]) -> tuple[str, Any]:
        return "limit", items[0]

    def offset(self, items: list[Token]) -> tuple[str, Any]:
        return "offset", items[0]

    def for_clause(self, _: list[Token]) -> tuple[str, Any]:
        return "for", None

    def query(self, items: list[Any]) -> tuple[tuple[Path, ...], Token | None, dict[str, Any]]:
        return items[0], items[1], dict(items[2:])

    def returning(self, items: list[Any]) -> tuple[tuple[Path, ...], Token | None, dict[str, Any]]:
        return items[0], None, dict(items[1:])


@cache
def _parser() -> Lark:
    grammar = (files("salesforce_sandbox.soql") / "grammar.lark").read_text("utf-8")
    start = ["query", "returning"]
    return Lark(grammar, start=start, parser="lalr", transformer=_Builder(), maybe_placeholders=False)


def parse_query(text: str) -> Query:
    """Parse a whole statement. Raises SalesforceError (MALFORMED_QUERY)."""
    if not text.strip():
        raise SalesforceError(400, "MALFORMED_QUERY", "SOQL statements cannot be empty or null")
    return _parse(text, "query")


def parse_returning(text: str) -> Query:
    """Parse the inside of ``Contact(…)`` in a SOSL RETURNING; ``object_name`` stays empty."""
    return _parse(text, "returning")


def _parse(text: str, start: str) -> Query:
    if len(text) > MAX_STATEMENT:
        message = f"SOQL statement is too long: at most {MAX_STATEMENT} characters are allowed"
        raise SalesforceError(400, "MALFORMED_QUERY", message)
    try:
        built: Any = _parser().parse(text, start=start)
    except UnexpectedInput as error:
        raise _unexpected(text, error) from None
    except (VisitError, _BadString) as error:
        raise _bad_string(text, error) from None
    return _query(text, *built)


def _query(text: str, paths: tuple[Path, ...], name: Token | None, clauses: dict[str, Any]) -> Query:
    return Query(
        text=text,
        object_name="" if name is None else str(name),
        object_at=0 if name is None else name.start_pos or 0,
        fields=paths,
        where=clauses.get("where"),
        order=clauses.get("order", ()),
        limit=_whole(text, clauses.get("limit")),
        offset=_whole(text, clauses.get("offset")) or 0,
    )


def _whole(text: str, token: Token | None) -> int | None:
    if token is None:
        return None
    if not token.isdecimal() or len(token) > 10 or int(token) > MAX_LIMIT:
        raise malformed(text, token.start_pos or 0, f"unexpected token: '{token}'")
    return int(token)


def _unexpected(text: str, error: UnexpectedInput) -> SalesforceError:
    at = error.pos_in_stream
    if isinstance(error, UnexpectedCharacters) and at is not None:
        character = text[at : at + 1]
        return malformed(text, at, f"line 1:{at} no viable alternative at character '{character}'")
    token = error.token if isinstance(error, UnexpectedToken) else None
    if token is None or token.type == "$END":
        return malformed(text, len(text), "unexpected token: '<EOF>'")
    return malformed(text, token.start_pos or 0, f"unexpected token: '{token}'")


def _bad_string(text: str, error: VisitError | _BadString) -> SalesforceError:
    cause = error.orig_exc if isinstance(error, VisitError) else error
    if not isinstance(cause, _BadString):
        raise cause
    token, message = cause.args
    return malformed(text, token.start_pos or 0, message)


def _unescape(token: Token, escapes: dict[str, str]) -> str:
    inner = str(token)[1:-1]
    if len(inner) > MAX_STRING:
        raise _BadString(token, f"string literal is too long: at most {MAX_STRING} characters are allowed")

    def one(match: re.Match[str]) -> str:
        if match[1] not in escapes:
            raise _BadString(token, f"Invalid string literal '{inner[:80]}'. Illegal character sequence '\\{match[1]}'")
        return escapes[match[1]]

    return _ESCAPE.sub(one, inner)
