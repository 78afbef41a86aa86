"""Reads what a schema describes without marshmallow's bookkeeping: events come by the hundred a second.

The schema stays the one description. Its own fields read the values, and whatever does not fit at once is left to the schema
itself, which then also names what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, missing

_Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Part:
    """One field: its name in the event and in what is read, and how its value is read. `default` stands for none."""

    key: str
    name: str
    read: _Reader
    default: Any
    allow_none: bool


def quick_reader(schema: Schema) -> Callable[[Any], Any]:
    """A function that gives what `schema.load` gives, of a schema without hooks that ignores unknown fields."""
    read = _of_object(schema)

    def load(content: Any) -> Any:
        try:
            return read(content)
        except ValidationError:
            return schema.load(content)

    return load


def _of_object(schema: Schema) -> _Reader:
    if schema.unknown != EXCLUDE or any(schema._hooks.values()):  # noqa: SLF001 - asked once, when the program starts
        raise TypeError(f"{type(schema).__name__} cannot be read quickly.")
    parts = tuple(_part(name, field) for name, field in schema.load_fields.items())

    def read(content: Any) -> Any:
        if not isinstance(content, Mapping):
            raise ValidationError("Not an object.")
        return {part.name: _value(content.get(part.key, missing), part) for part in parts}

    return read


def _value(given: Any, part: _Part) -> Any:
    if given is missing:
        given = part.default
        if given is missing:
            raise ValidationError("Missing.")
        return given
    if given is None:
        if not part.allow_none:
            raise ValidationError("Nothing.")
        return None
    return part.read(given)


def _part(name: str, field: fields.Field[Any]) -> _Part:
    key = name if field.data_key is None else field.data_key
    return _Part(key, field.attribute or name, _of_field(field), field.load_default, field.allow_none)


def _of_field(field: fields.Field[Any]) -> _Reader:
    read = _unchecked(field)
    checks = tuple(field.validators)
    if not checks:
        return read

    def checked(given: Any) -> Any:
        value = read(given)
        for check in checks:
            check(value)
        return value

    return checked


def _unchecked(field: fields.Field[Any]) -> _Reader:
    if isinstance(field, fields.Nested):
        return _of_object(field.schema)
    if isinstance(field, fields.List):
        return _of_list(_of_field(field.inner), field.inner.allow_none)
    return lambda given: field._deserialize(given, None, None)  # noqa: SLF001 - what a field's author writes


def _of_list(read: _Reader, allow_none: bool) -> _Reader:
    if allow_none:
        raise TypeError("A list of nothings cannot be read quickly.")

    def read_all(given: Any) -> Any:
        if not isinstance(given, list) or None in given:
            raise ValidationError("Not a list.")
        return [read(each) for each in given]

    return read_all
