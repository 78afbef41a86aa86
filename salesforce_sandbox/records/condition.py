"""Conditions of validation rules: a part of Salesforce's formula language, true where the record is refused.

``ISBLANK(Phone) && Status = "Completed"``: fields, texts, numbers, TRUE and FALSE, ``= <> < <= > >=``, ``&& || !``
and the functions of ``_FUNCTIONS``. Text is compared with its case, as formulas do.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, LarkError, Token, Transformer
from lark.exceptions import VisitError

from salesforce_sandbox.errors import ControlInputError
from salesforce_sandbox.records.draft import Draft
from salesforce_sandbox.schema.model import SObject

Value = Callable[[Draft], Any]
_LONGEST = 3900
_ORDERED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def _text(value: Any) -> str:
    return "" if value is None else str(value)


_FUNCTIONS: dict[str, tuple[int | None, Callable[..., Any]]] = {
    "AND": (None, lambda *values: all(values)),
    "OR": (None, lambda *values: any(values)),
    "NOT": (1, operator.not_),
    "ISBLANK": (1, lambda value: value is None or value == ""),
    "ISPICKVAL": (2, lambda value, text: _text(value) == text),
    "LEN": (1, lambda value: len(_text(value))),
    "BEGINS": (2, lambda value, start: _text(value).startswith(_text(start))),
    "CONTAINS": (2, lambda value, part: _text(part) in _text(value)),
}


def compile_condition(sobject: SObject, text: str) -> Value:
    """Return a function of a record about to be saved. Raises ControlInputError where the text is no condition."""
    if len(text) > _LONGEST:
        raise ControlInputError(f"A condition has up to {_LONGEST} characters")
    try:
        compiled: Value = _Compiler(sobject).transform(_grammar().parse(text))
    except VisitError as error:
        raise ControlInputError(str(error.orig_exc)) from None
    except (LarkError, RecursionError) as error:
        raise ControlInputError(f"This is no condition: {text[:200]!r} ({type(error).__name__})") from None
    return compiled


@cache
def _grammar() -> Lark:
    text = (files("salesforce_sandbox.records") / "condition.lark").read_text("utf-8")
    return Lark(text, parser="lalr")


class _Compiler(Transformer[Token, Value]):
    """Turns the tree, from the leaves up, into functions of a draft."""

    def __init__(self, sobject: SObject) -> None:
        super().__init__()
        self._sobject = sobject

    def any_of(self, values: list[Value]) -> Value:
        return values[0] if len(values) == 1 else lambda draft: any(value(draft) for value in values)

    def all_of(self, values: list[Value]) -> Value:
        return values[0] if len(values) == 1 else lambda draft: all(value(draft) for value in values)

    def negation(self, values: list[Value]) -> Value:
        return lambda draft: not values[0](draft)

    def compare(self, parts: list[Any]) -> Value:
        left, sign, right = parts
        if sign in {"=", "=="}:
            return lambda draft: bool(left(draft) == right(draft))
        if sign in {"<>", "!="}:
            return lambda draft: bool(left(draft) != right(draft))
        return lambda draft: _in_order(_ORDERED[sign], left(draft), right(draft))

    def text(self, tokens: list[Token]) -> Value:
        text = re.sub(r"\\(.)", r"\1", tokens[0][1:-1])
        return lambda _: text

    def number(self, tokens: list[Token]) -> Value:
        number = float(tokens[0])
        return lambda _: number

    def field(self, tokens: list[Token]) -> Value:
        if tokens[0].upper() in {"TRUE", "FALSE"}:
            value = int(tokens[0].upper() == "TRUE")
            return lambda _: value
        name = self._field_name(tokens[0])
        return lambda draft: draft.value(name)

    def call(self, parts: list[Any]) -> Value:
        name, arguments = parts[0].upper(), [part for part in parts[1:] if part is not None]
        if name == "ISNEW" and not arguments:
            return lambda draft: draft.creating
        if name not in _FUNCTIONS or _FUNCTIONS[name][0] not in {None, len(arguments)}:
            raise ControlInputError(f"There is no function {name} of {len(arguments)}; there are: ISNEW, "
                                    f"{', '.join(_FUNCTIONS)}")  # fmt: skip
        function = _FUNCTIONS[name][1]
        return lambda draft: function(*(argument(draft) for argument in arguments))

    def _field_name(self, name: str) -> str:
        known = self._sobject.field(name)
        if known is None:
            raise ControlInputError(f"Field {name} does not exist on {self._sobject.name}")
        return known.name


def _in_order(fits: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    """Nothing is neither less nor more; a number and a text are not compared."""
    if left is None or right is None or isinstance(left, str) != isinstance(right, str):
        return False
    return fits(left, right)
