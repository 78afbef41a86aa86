"""How a part of the interface is retired: it works for a while longer and warns its author (docs/plugins.md)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class InterfaceDeprecated(DeprecationWarning):
    """A plugin uses what will be gone. The conformance kit and `python -W error` make it an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """A part that is on its way out: in which version it was retired, in which it is gone, and what takes its place."""

    since: str
    gone_in: str
    instead: str

    def told(self, name: str) -> str:
        """The sentence for the plugin's author."""
        return f"{name} is deprecated since {self.since} and is gone in {self.gone_in}. Use {self.instead}."


def deprecated(*, since: str, gone_in: str, instead: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a function or method: each call warns whoever calls, with what to use instead."""
    retired = Retired(since=since, gone_in=gone_in, instead=instead)

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def warned(*args: P.args, **kwargs: P.kwargs) -> R:
            warnings.warn(retired.told(function.__qualname__), InterfaceDeprecated, stacklevel=2)
            return function(*args, **kwargs)

        return warned

    return mark


def former_names(module: str, names: Mapping[str, tuple[Any, Retired]]) -> Callable[[str], Any]:
    """The `__getattr__` of a module for names that it had: each still gives its object, and warns."""

    def find(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        value, retired = names[name]
        warnings.warn(retired.told(f"{module}.{name}"), InterfaceDeprecated, stacklevel=2)
        return value

    return find
