"""Which records of an object an expression finds, by the search index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from salesforce_sandbox.schema.model import Field, SObject
from salesforce_sandbox.sosl.expression import Both, Either, Expression, Words
from salesforce_sandbox.sosl.index import NUMBER, WORD
from salesforce_sandbox.store import Database

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
        if not fields:
            return set()
        joins, conditions, tested = "", [], []
        for index, token in enumerate(words.tokens):
            alias = f"s{index}"
            if index:
                joins += f" JOIN search_term {alias} ON {alias}.record = s0.record AND {alias}.field = s0.field"
                joins += f" AND {alias}.form = s0.form AND {alias}.position = s0.position + {index}"
            conditions.append(f"{alias}.token {'GLOB' if words.wildcards else '='} ?")
            conditions.append(f"{alias}.visible_from <= ? AND IFNULL({alias}.visible_until, ?) >= ?")
            tested += [_glob(token) if words.wildcards else token, self.now, self.now, self.now]
        conditions.append(f"s0.form = ? AND s0.object = ? AND s0.field IN ({', '.join('?' * len(fields))})")
        parameters: list[Any] = [*tested, form, self.sobject.name, *fields]
        sql = f"SELECT DISTINCT s0.record FROM search_term s0{joins} WHERE {' AND '.join(conditions)}"  # noqa: S608
        return {row[0] for row in self.database.rows(sql, parameters)}


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
