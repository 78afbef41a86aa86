"""Finds the auth methods of an entry-point group and checks each: one that is broken does not take the others with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from host.plugin_api.auth import AuthFeature, AuthMethodBase, CredentialField
from host.sentences import Sentence

METHOD_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
Method = TypeVar("Method", bound=AuthMethodBase[Any, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenMethod:
    """An installed method that cannot be used, and why."""

    name: str
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthMethods(Generic[Method]):
    """The methods of a group: those that can be used, the recommended first and then by title, and those that cannot."""

    usable: tuple[Method, ...]
    broken: tuple[BrokenMethod, ...]

    def named(self, name: str) -> Method | None:
        """The usable method of that name."""
        return next((method for method in self.usable if method.name == name), None)


@lru_cache(maxsize=32)
def auth_methods(group: str, kind: type[Method]) -> AuthMethods[Method]:
    """The installed methods of this group, each an object of `kind`; found once per process."""
    found = [_loaded(entry, kind) for entry in entry_points(group=group)]
    usable = [method for method in found if not isinstance(method, BrokenMethod)]
    usable.sort(key=lambda method: (not method.recommended, method.title))
    broken = tuple(method for method in found if isinstance(method, BrokenMethod))
    return AuthMethods(usable=tuple(usable), broken=broken)


def _loaded(entry: EntryPoint, kind: type[Method]) -> Method | BrokenMethod:
    try:
        method = entry.load()
        fault = _fault(entry.name, method, kind)
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - whatever a method does while it is imported, the others work
        fault = Sentence("%(module)s cannot be imported: %(reason)s.", module=entry.value, reason=_told(problem))
    return BrokenMethod(name=entry.name, reason=fault) if fault else method


def _told(problem: BaseException) -> str:
    """An import error says which module lacks; the text of anything else could hold a secret."""
    kind = type(problem).__name__
    return f"{kind}: {problem}" if isinstance(problem, (ImportError, AttributeError, SyntaxError)) else kind


def _fault(name: str, method: object, kind: type[AuthMethodBase[Any, Any]]) -> Sentence | None:
    if not isinstance(method, kind):
        return Sentence("The entry point does not name an object of %(kind)s.", kind=f"{kind.__module__}.{kind.__name__}")
    if getattr(method, "name", None) != name or not METHOD_NAME.fullmatch(name):
        return Sentence("Its name and that of its entry point must be the same: lower-case letters, digits, underscores.")
    if not isinstance(getattr(method, "title", None), str) or not method.title:
        return Sentence("It has no title.")
    features = getattr(method, "features", None)
    if not isinstance(features, frozenset) or not all(isinstance(one, AuthFeature) for one in features):
        return Sentence("Its features must be a frozenset of AuthFeature.")
    return _fault_of_credentials(method.credentials)


def _fault_of_credentials(credentials: object) -> Sentence | None:
    if not isinstance(credentials, tuple) or not all(isinstance(one, CredentialField) for one in credentials):
        return Sentence("Its credentials must be a tuple of CredentialField.")
    names = [one.name for one in credentials]
    if len(set(names)) < len(names) or not all(METHOD_NAME.fullmatch(one) for one in names):
        return Sentence("The names of its credentials must differ: lower-case letters, digits, underscores.")
    return None
