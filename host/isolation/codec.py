"""The interface's dataclasses as plain JSON values and back, by their declared types."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from host.sentences import Sentence, read, written

T = TypeVar("T")


class Unreadable(Exception):
    """The value does not have the declared form; the message names the place, not the value."""


def plain(value: object) -> Any:
    """The value as JSON has it.

    Raises:
        Unreadable: it holds something that the interface does not know.
    """
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return written(value) if isinstance(value, Sentence) else str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1)
    if isinstance(value, ZoneInfo):
        return value.key
    return _plain_parts(value)


def _plain_parts(value: object) -> Any:
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [plain(inner) for inner in value]
    raise Unreadable(f"{type(value).__name__} is no value of the plugin interface")


def made(kind: type[T], value: Any) -> T:
    """The value of this type that `plain` was made of.

    Raises:
        Unreadable: it does not have that form.
    """
    try:
        result: T = _made(kind, value)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise Unreadable(f"no {kind.__name__}: {type(error).__name__}") from None
    return result


def _made(kind: Any, value: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _made_one_of(get_args(kind), value)
    if origin is tuple:
        return tuple(_made(get_args(kind)[0], inner) for inner in value)
    if origin is not None and issubclass(origin, Mapping):
        return {name: _made(get_args(kind)[1], inner) for name, inner in value.items()}
    if is_dataclass(kind):
        hints = _hints(cast("type", kind))
        return kind(**{name: _made(hints[name], inner) for name, inner in value.items()})  # type: ignore[operator]
    return _made_simple(kind, value)


def _made_simple(kind: Any, value: Any) -> Any:
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is timedelta:
        return timedelta(microseconds=_of(int, value))
    if kind is ZoneInfo:
        return ZoneInfo(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if kind is str:
        return read(_of(str, value))
    if kind is float:
        return float(_of((int, float), value))
    return value if kind is Any else _of(kind, value)


def _of(kind: Any, value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError
    return value


def _made_one_of(kinds: Sequence[Any], value: Any) -> Any:
    if value is None and type(None) in kinds:
        return None
    (kind,) = (kind for kind in kinds if kind is not type(None))
    return _made(kind, value)


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)
