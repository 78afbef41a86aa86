"""Text to a parsed statement; whatever cannot be read is MALFORMED_QUERY."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.soql.ast import Query
from salesforce_sandbox.soql.build import Builder, RefusedError
from salesforce_sandbox.soql.errors import malformed

MAX_STATEMENT = 100_000
_BEFORE = re.compile(r"[^\n]")
_WORD = re.compile(r"[A-Za-z]\w*")


@cache
def _parser() -> Lark:
    grammar = (files("salesforce_sandbox.soql") / "grammar.lark").read_text("utf-8")
    start = ["query", "returning"]
    return Lark(grammar, start=start, parser="lalr", transformer=Builder(), maybe_placeholders=False)


def parse_query(text: str) -> Query:
    """Parse a whole statement. Raises SalesforceError (MALFORMED_QUERY)."""
    if not text.strip():
        raise SalesforceError(400, "MALFORMED_QUERY", "SOQL statements cannot be empty or null")
    return _parse(text, "query")


def parse_returning(text: str, start: int = 0, end: int | None = None) -> Query:
    """Parse ``text[start:end]``, the inside of ``Contact(…)`` in a SOSL RETURNING; ``object_name`` stays empty.

    Places in errors are those in the whole text.
    """
    return _parse(text, "returning", _BEFORE.sub(" ", text[:start]) + text[start:end])


def _parse(text: str, start: str, parsed: str | None = None) -> Query:
    if len(text) > MAX_STATEMENT:
        message = f"SOQL statement is too long: at most {MAX_STATEMENT} characters are allowed"
        raise SalesforceError(400, "MALFORMED_QUERY", message)
    try:
        built: Any = _parser().parse(text if parsed is None else parsed, start=start)
    except UnexpectedInput as error:
        raise _unexpected(text, error, len(parsed or text)) from None
    except (VisitError, RefusedError) as error:
        raise _refused(text, error) from None
    query: Query = replace(built, text=text)
    return query


def _unexpected(text: str, error: UnexpectedInput, end: int) -> SalesforceError:
    at = error.pos_in_stream
    if isinstance(error, UnexpectedCharacters) and at is not None:
        if word := _WORD.match(text, at):
            return malformed(text, at, f"unexpected token: '{word[0]}'")
        character = text[at : at + 1]
        return malformed(text, at, f"line 1:{at} no viable alternative at character '{character}'")
    token: Token | None = error.token if isinstance(error, UnexpectedToken) else None
    if token is None or token.type == "$END":
        return malformed(text, end, "unexpected token: '<EOF>'")
    return malformed(text, token.start_pos or 0, f"unexpected token: '{token}'")


def _refused(text: str, error: VisitError | RefusedError) -> SalesforceError:
    cause = error.orig_exc if isinstance(error, VisitError) else error
    if not isinstance(cause, RefusedError):
        raise cause
    at, message = cause.args
    return malformed(text, at, message)
