"""docs/interface.md: every public name of `host.plugin_api` and of its public modules, from the source."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator
from enum import Enum
from importlib import import_module
from types import ModuleType
from typing import Any

from devtools.reference.docstrings import paragraphs
from devtools.reference.signatures import fields_table, signature
from host import plugin_api

PARTS: dict[str, tuple[str, ...]] = {
    "What a plugin is": (
        "Manifest", "NavigationItem", "CallAction", "ScheduledJob", "HealthCheck", "Counter", "hookimpl",
        "API_VERSION", "API_MINOR",
    ),
    "What happened": ("CallEnded", "NumberClicked", "MemoSaved", "AnalysisDone", "Event", "MemoOrigin"),
    "A call": ("Call", "Agent", "Direction", "CallOutcome", "RecordRef", "Memo", "Analysis"),
    "What a hook gives back": (
        "Done", "Skipped", "Result", "PluginError", "RetryLater", "LimitReached", "NeedsReauthorisation",
        "NeedsConfiguration", "PermanentFailure", "Match", "Candidate", "Sentence",
    ),
    "What the host offers": (
        "PluginContext", "Site", "Settings", "Secrets", "Database", "ContactBook", "ContactEntry", "Calls", "Crm",
        "CrmAccount", "Links", "Budget", "Log", "Alarms", "WorkAside", "Operations", "Operation", "OperationPage", "Changed",
        "changes", "SiteUser",
    ),
    "Jobs": ("Jobs", "JobRun", "JobRunView", "JobState", "JobUnknown", "RunLost"),
    "Auth methods": (
        "AuthMethod", "AuthMethodBase", "AuthFeature", "AuthSite", "CredentialField", "Grant", "SignIn", "FeatureMissing",
        "auth_methods", "AuthMethods", "BrokenMethod",
    ),
    "Telephone numbers": ("parse_number", "numbers_in", "search_forms", "format_national", "dialable"),
    "An interface that changes": ("InterfaceDeprecated", "Retired", "deprecated", "former_names"),
}  # fmt: skip
"""The public names in the order of the page. A test holds it against `__all__`."""
MODULES = ("web", "commands", "oauth", "outgoing", "list_filters", "operation_words", "spreadsheet")
INTRODUCTION = """\
# The interface

Everything a plugin may import, with its exact shape: from `host.plugin_api`, and from
[its modules](#modules-of-their-own). How it is used stands in [writing a plugin](plugins.md), how it changes in
[the interface and its versions](plugins.md#the-interface-and-its-versions). In the installed package everything is typed.

<!-- this page is written by: python -m devtools.reference -->
"""


def rendered() -> str:
    parts = [INTRODUCTION.rstrip()]
    for title, names in PARTS.items():
        parts.append(f"## {title}")
        for name in names:
            parts += _entry(name, getattr(plugin_api, name), f"host.plugin_api.{name}")
    parts.append("## Modules of their own")
    for name in MODULES:
        parts += _module(import_module(f"host.plugin_api.{name}"))
    return "\n\n".join(parts) + "\n"


def _entry(name: str, thing: Any, path: str) -> Iterator[str]:
    yield f"### {path.removeprefix('host.plugin_api.')}"
    if isinstance(thing, type):
        yield from _class(thing)
    elif inspect.isfunction(inspect.unwrap(thing)):
        yield f"```python\n{signature(thing, name=name)}\n```"
        yield from paragraphs(thing.__doc__)
    else:
        yield from _value(name, thing)


def _class(kind: type) -> Iterator[str]:
    bases = [base.__name__ for base in kind.__bases__ if base.__name__ not in ("object", "Protocol", "ABC", "Generic")]
    if bases and not issubclass(kind, Enum):
        yield f"A kind of `{'`, `'.join(bases)}`."
    made = vars(kind).get("__init__") or vars(kind).get("__new__")
    if made is not None and not dataclasses.is_dataclass(kind) and not getattr(kind, "_is_protocol", False):
        yield f"```python\n{_constructor(kind)}\n```"
    yield from paragraphs(kind.__doc__)
    if dataclasses.is_dataclass(kind):
        yield fields_table(kind)
    if issubclass(kind, Enum) and len(kind):
        yield "Values: " + ", ".join(f"`{member.name}` (`{member.value}`)" for member in kind) + "."
    for name, member in vars(kind).items():
        if not name.startswith("_"):
            yield from _member(name, member)


def _constructor(kind: type) -> str:
    """How an object of it is made."""
    return signature(kind, name=kind.__name__).removeprefix("def ").partition(" -> ")[0]


def _member(name: str, member: Any) -> Iterator[str]:
    if isinstance(member, property):
        yield f"`{name}` (read only):"
        yield from paragraphs(member.__doc__)
    elif inspect.isfunction(inspect.unwrap(member)) and not inspect.isdatadescriptor(member):
        yield f"```python\n{signature(member, name=name, method=True)}\n```"
        yield from paragraphs(member.__doc__)


def _value(name: str, thing: Any) -> Iterator[str]:
    words = {
        "hookimpl": "Marks a method as the implementation of the hook of its name; the same object as `hookspecs.hookimpl`.",
        "API_VERSION": f"The major version of this interface: {thing}.",
        "API_MINOR": f"Its minor version, which grows with each addition: {thing}.",
        "Event": "Any of the four events.",
        "Result": "`Done` or `Skipped`.",
    }
    yield words[name]


def _module(module: ModuleType) -> Iterator[str]:
    yield f"### {module.__name__.removeprefix('host.plugin_api.')}"
    yield from paragraphs(module.__doc__)
    for name, thing in _own(module):
        yield f"#### {module.__name__.rpartition('.')[2]}.{name}"
        if isinstance(thing, type):
            yield from _class(thing)
        else:
            yield f"```python\n{signature(thing, name=name)}\n```"
            yield from paragraphs(thing.__doc__)


def _own(module: ModuleType) -> Iterator[tuple[str, type | Callable[..., Any]]]:
    """Public classes and functions that the module defines, or names in its `__all__`."""
    named = getattr(module, "__all__", None)
    for name, thing in vars(module).items():
        own = name in named if named is not None else getattr(thing, "__module__", "") == module.__name__
        if own and not name.startswith("_") and (isinstance(thing, type) or inspect.isfunction(inspect.unwrap(thing))):
            yield name, thing
