"""A SOSL statement: FIND {…} IN … FIELDS RETURNING …(…), … LIMIT n."""

from __future__ import annotations

import re
from dataclasses import dataclass

from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.soql.ast import Query
from salesforce_sandbox.soql.parse import MAX_STATEMENT, parse_returning
from salesforce_sandbox.sosl.errors import search_error
from salesforce_sandbox.sosl.expression import Expression, parse_expression

GROUPS = ("ALL", "NAME", "EMAIL", "PHONE", "SIDEBAR")
_FIND = re.compile(r"\s*FIND\s*\{", re.IGNORECASE)
_IN = re.compile(r"\s*IN\s+(\w+)(?:\s+(\w+))?", re.IGNORECASE)
_RETURNING = re.compile(r"\s*RETURNING\s+", re.IGNORECASE)
_NAME = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*")
_LIMIT = re.compile(r"\s*LIMIT\s+(\d{1,9})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Returned:
    """One object of RETURNING; ``query`` None: only the ids."""

    object_name: str
    query: Query | None


@dataclass(frozen=True, slots=True)
class Search:
    """``returned`` empty: every searchable object."""

    text: str
    expression: Expression
    group: str = "ALL"
    returned: tuple[Returned, ...] = ()
    limit: int | None = None


def parse_search(text: str) -> Search:
    """Parse a statement. Raises SalesforceError, mostly MALFORMED_SEARCH."""
    if len(text) > MAX_STATEMENT:
        raise SalesforceError(400, "MALFORMED_SEARCH", f"SOSL statement is longer than {MAX_STATEMENT} characters")
    match = _FIND.match(text)
    if match is None:
        message = "No search term found. The search term must be enclosed in braces."
        raise SalesforceError(400, "MALFORMED_SEARCH", message)
    close = _closing_brace(text, match.end())
    expression = parse_expression(text, match.end(), close)
    group, at = _group(text, close + 1)
    returned, at = _returned(text, at)
    limit, at = _limit(text, at)
    if text[at:].strip():
        place = at + len(text[at:]) - len(text[at:].lstrip())
        raise search_error(text, place, f"unexpected token: '{text[place:].split(maxsplit=1)[0]}'")
    return Search(text, expression, group, returned, limit)


def _closing_brace(text: str, at: int) -> int:
    quoted = False
    place = at
    while place < len(text):
        if text[place] == "\\":
            place += 2
            continue
        if text[place] == '"':
            quoted = not quoted
        elif text[place] == "}" and not quoted:
            return place
        place += 1
    raise SalesforceError(400, "MALFORMED_SEARCH", "No search term found. The search term must be enclosed in braces.")


def _group(text: str, at: int) -> tuple[str, int]:
    match = _IN.match(text, at)
    if match is None:
        return "ALL", at
    if match[1].upper() not in GROUPS:
        raise search_error(text, match.start(1), f"Malformed search token: {match[1]}")
    if match[2] is None or match[2].upper() != "FIELDS":
        place = match.start(2) if match[2] else match.end()
        raise search_error(text, place, f"Malformed search token: {match[2] or ''}")
    return match[1].upper(), match.end()


def _returned(text: str, at: int) -> tuple[tuple[Returned, ...], int]:
    match = _RETURNING.match(text, at)
    if match is None:
        return (), at
    found: list[Returned] = []
    at = match.end()
    while True:
        name = _NAME.match(text, at)
        if name is None:
            raise search_error(text, at, "unexpected token: '" + (text[at:].split() or ["<EOF>"])[0] + "'")
        query, at = _inner(text, name.end())
        found.append(Returned(name[1], query))
        rest = re.compile(r"\s*,").match(text, at)
        if rest is None:
            return tuple(found), at
        at = rest.end()


def _inner(text: str, at: int) -> tuple[Query | None, int]:
    if at >= len(text) or text[at] != "(":
        return None, at
    depth, quoted, place = 0, False, at
    while place < len(text):
        character = text[place]
        if quoted and character == "\\":
            place += 1
        elif character == "'":
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(character, 0)
        place += 1
        if depth == 0:
            return _parse_inner(text, at + 1, place - 1), place
    raise search_error(text, at, "unexpected token: '<EOF>'")


def _parse_inner(text: str, start: int, end: int) -> Query:
    try:
        query = parse_returning(text, start, end)
    except SalesforceError as error:
        raise SalesforceError(error.status, "MALFORMED_SEARCH", error.message) from None
    if not query.only_fields:
        raise search_error(text, start, "Only fields can be returned by a search")
    return query


def _limit(text: str, at: int) -> tuple[int | None, int]:
    match = _LIMIT.match(text, at)
    return (None, at) if match is None else (int(match[1]), match.end())
