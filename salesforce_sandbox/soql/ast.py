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
    """``operator`` is one of = != < > <= >= like in, not in."""

    path: Path
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """Conditions joined by AND or by OR, never both."""

    operator: str
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    part: Condition


Condition = Comparison | Chain | Negation


@dataclass(frozen=True, slots=True)
class Order:
    """``nulls_last`` None: Salesforce's default, nulls first."""

    path: Path
    descending: bool = False
    nulls_last: bool | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """``fields`` empty: COUNT(). ``object_name`` is empty inside a SOSL RETURNING."""

    text: str
    object_name: str
    object_at: int
    fields: tuple[Path, ...]
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
