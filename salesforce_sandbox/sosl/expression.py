"""What stands between the braces of FIND: terms, phrases and operators."""

from __future__ import annotations

import re
from dataclasses import dataclass

from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.sosl.errors import mismatched, search_error
from salesforce_sandbox.sosl.tokens import fold, tokens

OPERATORS_UP_TO = 4_000
SEARCHED_UP_TO = 10_000
_REFUSED = frozenset("&|!{}[]^~:'-")
_PATTERN_TOKEN = re.compile(r"\d[\d*?]*|[^\W\d_][^\W\d_*?]*[*?]?(?:[^\W\d_*?]|[*?])*")
_OPERATORS = frozenset({"AND", "OR", "NOT"})
_MOST_NESTED = 50


@dataclass(frozen=True, slots=True)
class Words:
    """Tokens that must stand next to each other in one field; with wildcards they are patterns."""

    tokens: tuple[str, ...]
    wildcards: bool = False


@dataclass(frozen=True, slots=True)
class Both:
    """``left`` and ``right``; with ``negated``, ``left`` and not ``right``."""

    left: Expression
    right: Expression
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Nothing:
    """Finds no record, without an error."""


Expression = Words | Both | Either | Nothing


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: str
    text: str
    at: int


def parse_expression(statement: str, start: int, end: int) -> Expression:
    """Parse ``statement[start:end]``. Raises MALFORMED_SEARCH."""
    if end - start > SEARCHED_UP_TO:
        return Nothing()
    pieces = _pieces(statement, start, end)
    if not pieces:
        raise SalesforceError(400, "MALFORMED_SEARCH", "No search term found. The search term must be enclosed in braces.")
    if any(piece.kind == "nothing" for piece in pieces):
        return Nothing()
    if end - start > OPERATORS_UP_TO:
        return Either(tuple(_words(statement, p) for p in pieces if p.kind in {"word", "phrase"}))
    return _Parser(statement, pieces, end).parse()


def _pieces(statement: str, start: int, end: int) -> list[_Piece]:
    found: list[_Piece] = []
    at = start
    while at < end:
        character = statement[at]
        if character.isspace():
            at += 1
        elif character in "()":
            found.append(_Piece(character, character, at))
            at += 1
        elif character == '"':
            close = _closing_quote(statement, at, end)
            found.append(_Piece("phrase", _unescaped(statement[at + 1 : close]), at))
            at = close + 1
        else:
            piece, at = _word(statement, at, end)
            found.append(piece)
    return found


def _closing_quote(statement: str, at: int, end: int) -> int:
    place = at + 1
    while place < end and statement[place] != '"':
        place += 2 if statement[place] == "\\" else 1
    if place >= end:
        raise search_error(statement, at, f"line 1:{at} mismatched character '<EOF>' expecting '\"'")
    return place


def _word(statement: str, at: int, end: int) -> tuple[_Piece, int]:
    """Read up to the next separator. An unescaped plus silently finds nothing (spec section 2)."""
    place, text, kind = at, "", "word"
    while place < end and not statement[place].isspace() and statement[place] not in '()"':
        character = statement[place]
        if character == "\\" and place + 1 < end:
            escaped = statement[place + 1]
            text += " " if escaped in "*?" else escaped
            place += 2
            continue
        if character in _REFUSED or character == "\\":
            raise mismatched(statement, place)
        kind = "nothing" if character == "+" else kind
        text += character
        place += 1
    if kind == "word" and text.upper() in _OPERATORS:
        kind = text.upper()
    return _Piece(kind, text, at), place


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _words(statement: str, piece: _Piece) -> Words | Nothing:
    wildcards = piece.kind == "word" and any(c in "*?" for c in piece.text)
    if wildcards and piece.text[0] in "*?":
        raise search_error(statement, piece.at, "A search term cannot begin with a wildcard")
    found = _PATTERN_TOKEN.findall(fold(piece.text)) if wildcards else tokens(piece.text)
    if sum(len(token.replace("*", "").replace("?", "")) for token in found) < 2:
        raise search_error(statement, piece.at, f"search term must be longer than one character: {piece.text}")
    return Words(tuple(found), wildcards)


class _Parser:
    """OR binds weakest, then AND and mere neighbourhood, then AND NOT; parentheses first."""

    def __init__(self, statement: str, pieces: list[_Piece], end: int) -> None:
        self._statement = statement
        self._pieces = pieces
        self._end = end
        self._next = 0

    def parse(self) -> Expression:
        expression = self._either(0)
        if self._next < len(self._pieces):
            raise self._unexpected()
        return expression

    def _kind(self) -> str:
        return self._pieces[self._next].kind if self._next < len(self._pieces) else ""

    def _unexpected(self) -> SalesforceError:
        if self._next >= len(self._pieces):
            return search_error(self._statement, self._end, f"line 1:{self._end} unexpected token: '}}'")
        piece = self._pieces[self._next]
        return search_error(self._statement, piece.at, f"line 1:{piece.at} unexpected token: '{piece.text}'")

    def _either(self, depth: int) -> Expression:
        parts = [self._both(depth)]
        while self._kind() == "OR":
            self._next += 1
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self, depth: int) -> Expression:
        left = self._operand(depth)
        while self._kind() in {"AND", "NOT", "word", "phrase", "("}:
            if self._kind() == "AND":
                self._next += 1
            negated = self._kind() == "NOT"
            self._next += negated
            left = Both(left, self._operand(depth), negated)
        return left

    def _operand(self, depth: int) -> Expression:
        kind = self._kind()
        if depth > _MOST_NESTED or kind not in {"word", "phrase", "("}:
            raise self._unexpected()
        piece = self._pieces[self._next]
        self._next += 1
        if kind != "(":
            return _words(self._statement, piece)
        inner = self._either(depth + 1)
        if self._kind() != ")":
            raise self._unexpected()
        self._next += 1
        return inner
