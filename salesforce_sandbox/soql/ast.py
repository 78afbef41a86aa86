"""A parsed SOQL statement. ``at`` is the offset in the text, for messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Path:
    """A field, perhaps through parents: ``("Account", "Name")``."""

    names: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Function:
    """``COUNT(Id)``; ``name`` in capitals, ``path`` None where the parentheses are empty."""

    name: str
    path: Path | None
    at: int


Operand = Path | Function


@dataclass(frozen=True, slots=True)
class Output:
    """One selected expression with its alias, empty without one."""

    expression: Operand
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """A literal. Kinds: string, number, boolean, null, date, datetime, dateliteral (name, n).

    A string also has its ``pattern`` for LIKE, in which an escaped ``_`` or ``%`` keeps its backslash.
    """

    kind: str
    value: Any
    at: int
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """``operator`` is one of = != < > <= >= like in, not in, includes, excludes."""

    path: Operand
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class SemiJoin:
    """``Id IN (SELECT AccountId FROM Contact)``, an anti-join where ``negated``."""

    path: Path
    negated: bool
    query: Query


@dataclass(frozen=True, slots=True)
class Chain:
    """Conditions joined by AND or by OR, never both."""

    operator: str
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    part: Condition


Condition = Comparison | SemiJoin | Chain | Negation


@dataclass(frozen=True, slots=True)
class Order:
    """``nulls_last`` None: Salesforce's default, nulls first."""

    path: Operand
    descending: bool = False
    nulls_last: bool | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """One SELECT. ``object_name`` is empty inside a SOSL RETURNING, a relationship in a child subquery.

    ``counts``: COUNT() alone. ``outputs``: what an aggregate query returns, its ``fields`` are then empty.
    ``field_sets``: FIELDS(ALL) and the like, not yet spelled out. A subquery has an empty ``text``.
    """

    text: str
    object_name: str
    object_at: int
    fields: tuple[Path, ...]
    children: tuple[Query, ...] = ()
    outputs: tuple[Output, ...] = ()
    counts: bool = False
    field_sets: tuple[Function, ...] = ()
    alias: str = ""
    scope: str = ""
    where: Condition | None = None
    group: tuple[Path, ...] = ()
    having: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0

    @property
    def only_fields(self) -> bool:
        """Tell whether plain fields are all that is selected."""
        return not (self.counts or self.outputs or self.children or self.field_sets)
