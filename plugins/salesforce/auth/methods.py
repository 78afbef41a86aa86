"""The auth methods that are installed, by entry point."""

from __future__ import annotations

from host.plugin_api import AuthMethods, BrokenMethod, NeedsConfiguration
from host.plugin_api import auth_methods as methods_of
from plugins.salesforce.auth_api import AUTH_METHODS_GROUP, AuthMethod
from plugins.salesforce.wording import N_


def auth_methods() -> tuple[AuthMethod, ...]:
    """All methods that can be used, the recommended ones first, then by title."""
    return _installed().usable


def broken_methods() -> tuple[BrokenMethod, ...]:
    """The methods that cannot be used, for the page."""
    return _installed().broken


def auth_method(name: str) -> AuthMethod:
    """The method of that name.

    Raises:
        NeedsConfiguration: it is not installed (any more), or is broken.
    """
    method = _installed().named(name)
    if method is None:
        raise NeedsConfiguration(
            N_(
                "The auth method of the Salesforce connection is not installed any "
                "more. Install it again, or connect with another one."
            )
        )
    return method


def method_title(name: str) -> str:
    """What people call the method; its name if it is not installed any more."""
    return next((method.title for method in auth_methods() if method.name == name), name)


def _installed() -> AuthMethods[AuthMethod]:
    return methods_of(AUTH_METHODS_GROUP, AuthMethod)
