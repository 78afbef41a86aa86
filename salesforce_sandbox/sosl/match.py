"""Which records of an object an expression finds, by the search index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from salesforce_sandbox.schema.model import Field, SObject
from salesforce_sandbox.sosl.expression import Both, Either, Expression, Words
from salesforce_sandbox.sosl.index import NUMBER, WORD
from salesforce_sandbox.store import Database

_COUNTED_UP_TO = 1000
_LAST = "\U0010ffff"

# "FIND … IN NAME FIELDS" also reads these beside the name itself (SOSL reference, IN clause).
_NAME_FIELDS = frozenset({"Company", "AssistantName", "Site", "Website", "FirstName", "LastName", "Subject"})


@dataclass(frozen=True, slots=True)
class Matcher:
    """Looks into one object's searched fields as they stand in the index at ``now``."""

    database: Database
    sobject: SObject
    group: str
    mode: str
    now: float

    def find(self, expression: Expression) -> set[str]:
        """Return the ids of the records the expression finds."""
        if isinstance(expression, Words):
            return self._with_words(expression)
        if isinstance(expression, Either):
            return set().union(*(self.find(part) for part in expression.parts))
        if isinstance(expression, Both):
            left, right = self.find(expression.left), self.find(expression.right)
            return left - right if expression.negated else left & right
        return set()

    def _with_words(self, words: Words) -> set[str]:
        phones = [f.name for f in self._fields() if f.type == "phone"]
        others = [f.name for f in self._fields() if f.type != "phone"]
        if self.mode == "tokens":
            return self._lookup(words, WORD, phones + others)
        found = self._lookup(words, WORD, others)
        if len(words.tokens) == 1 and words.tokens[0][0].isdigit():
            found |= self._lookup(words, NUMBER, phones)
        return found

    def _fields(self) -> list[Field]:
        return [f for f in self.sobject.fields.values() if _in_group(f, self.group)]

    def _lookup(self, words: Words, form: str, fields: Sequence[str]) -> set[str]:
        kinds = self._kinds(form, fields)
        if not kinds:
            return set()
        places = self._rarest_first(words, kinds)
        sql, parameters = _statement(words, places, kinds)
        return {row[0] for row in self.database.rows(sql, [*parameters, self.now, self.now])}

    def _kinds(self, form: str, fields: Sequence[str]) -> list[int]:
        marks = ", ".join("?" * len(fields))
        sql = f"SELECT id FROM search_kind WHERE form = ? AND object = ? AND field IN ({marks})"  # noqa: S608
        return [row[0] for row in self.database.rows(sql, (form, self.sobject.name, *fields))]

    def _rarest_first(self, words: Words, kinds: Sequence[int]) -> list[int]:
        """Order a phrase's places so that the search begins where the fewest records are (not with 090)."""
        places = list(range(len(words.tokens)))
        if len(places) > 1:
            places.sort(key=lambda place: self._frequency(words.tokens[place], kinds))
        return places

    def _frequency(self, token: str, kinds: Sequence[int]) -> int:
        listed = ", ".join(map(str, kinds))
        sql = f"SELECT 1 FROM search_entry WHERE token = ? AND kind IN ({listed}) LIMIT {_COUNTED_UP_TO}"  # noqa: S608
        row = self.database.row(f"SELECT COUNT(*) FROM ({sql})", (token,))  # noqa: S608
        return int(row[0]) if row else 0


def _statement(words: Words, places: Sequence[int], kinds: Sequence[int]) -> tuple[str, list[Any]]:
    """Build the search for the tokens in the given order; the moment has to follow the parameters twice."""
    first, *others = places
    joins, conditions, parameters = "", [], []
    for place in others:
        joins += (
            f" CROSS JOIN search_entry s{place} ON s{place}.kind = s{first}.kind"
            f" AND s{place}.document = s{first}.document AND s{place}.position = s{first}.position + {place - first}"
        )
    for place in places:
        condition, values = _token_condition(f"s{place}.token", words.tokens[place], words.wildcards)
        conditions.append(condition)
        parameters += values
    conditions.append(f"s{first}.kind IN ({', '.join(map(str, kinds))})")
    conditions.append("d.visible_from <= ? AND (d.visible_until IS NULL OR d.visible_until > ?)")
    source = f"search_entry s{first}{joins} CROSS JOIN search_document d ON d.id = s{first}.document"
    return f"SELECT DISTINCT d.record FROM {source} WHERE {' AND '.join(conditions)}", parameters  # noqa: S608


def _token_condition(column: str, token: str, wildcards: bool) -> tuple[str, list[str]]:
    """A pattern also gives the range its beginning spans, for the index."""
    if not wildcards:
        return f"{column} = ?", [token]
    start = token[: min(token.find(sign) % (len(token) + 1) for sign in "*?")]
    return f"{column} >= ? AND {column} < ? AND {column} GLOB ?", [start, start + _LAST, _glob(token)]


def _in_group(field: Field, group: str) -> bool:
    if group == "PHONE":
        return field.type == "phone"
    if group == "EMAIL":
        return field.type == "email"
    if group == "NAME":
        return field.has("N") or field.name in _NAME_FIELDS
    return True


def _glob(token: str) -> str:
    """A ``?`` takes the type of the character before it (``1?3`` finds 123, not 1a3)."""
    return "".join(_glob_character(token, index) for index in range(len(token)))


def _glob_character(token: str, index: int) -> str:
    if token[index] != "?":
        return token[index]
    return "[0-9]" if token[:index].rstrip("*?")[-1:].isdigit() else "[^0-9]"
