"""The auth methods that are installed, found by entry point."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points

from host.plugin_api import AUTH_METHODS_GROUP, AuthMethod, NeedsConfiguration
from plugins.salesforce.wording import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenMethod:
    """An installed method that cannot be used, and why."""

    name: str
    reason: str


@lru_cache(maxsize=1)
def _loaded() -> tuple[AuthMethod | BrokenMethod, ...]:
    return tuple(_load(entry) for entry in entry_points(group=AUTH_METHODS_GROUP))


def _load(entry: EntryPoint) -> AuthMethod | BrokenMethod:
    """One method that cannot be imported does not take the others with it."""
    try:
        method = entry.load()
    except Exception as problem:  # noqa: BLE001 - a third party's module may fail in any way
        return BrokenMethod(name=entry.name, reason=f"{type(problem).__name__}: {problem}")
    if not isinstance(method, AuthMethod) or method.name != entry.name:
        return BrokenMethod(name=entry.name, reason=N_("The entry point does not name an AuthMethod of that name."))
    return method


def auth_methods() -> tuple[AuthMethod, ...]:
    """All methods that can be used, the recommended ones first, then by title."""
    found = [method for method in _loaded() if isinstance(method, AuthMethod)]
    return tuple(sorted(found, key=lambda method: (not method.recommended, method.title)))


def broken_methods() -> tuple[BrokenMethod, ...]:
    """The methods that cannot be used, for the page."""
    return tuple(method for method in _loaded() if isinstance(method, BrokenMethod))


def auth_method(name: str) -> AuthMethod:
    """The method of that name.

    Raises:
        NeedsConfiguration: it is not installed (any more), or is broken.
    """
    for method in auth_methods():
        if method.name == name:
            return method
    raise NeedsConfiguration(
        N_(
            "The auth method of the Salesforce connection is not installed any "
            "more. Install it again, or connect with another one."
        )
    )


def method_title(name: str) -> str:
    """What people call the method; its name if it is not installed any more."""
    return next((method.title for method in auth_methods() if method.name == name), name)
