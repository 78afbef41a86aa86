"""The sections of docs/hooks.md that say what each hook is, from `hookspecs.py` and the events."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import hookspecs
from devtools.reference.docstrings import paragraphs
from devtools.reference.signatures import fields_table, signature
from host import plugin_api

HOOKS: dict[str, Callable[..., Any]] = {name: each for name, each in vars(hookspecs).items() if name.startswith("on_")}


def rendered() -> str:
    return "\n" + "\n\n".join(paragraph for name, hook in HOOKS.items() for paragraph in _section(name, hook)) + "\n"


def _section(name: str, hook: Callable[..., Any]) -> Iterator[str]:
    event = event_of(hook)
    yield f"## {name}"
    yield f"```python\n{signature(hook)}\n```"
    yield from paragraphs(hook.__doc__)
    yield f"### {event.__name__}"
    yield from paragraphs(event.__doc__)
    yield fields_table(event)


def event_of(hook: Callable[..., Any]) -> type:
    """The class of a hook's event."""
    kind: type = getattr(plugin_api, inspect.signature(hook).parameters["event"].annotation.strip("'"))
    return kind
