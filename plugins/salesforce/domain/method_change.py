"""What is gained, lost and changed when another auth method takes over: from the two declarations alone (R13, R15)."""

from __future__ import annotations

from dataclasses import dataclass

from plugins.salesforce.auth_api import AuthMethod, Feature
from plugins.salesforce.fetch_setting import fetch_in_effect
from plugins.salesforce.preferences import FetchSetting


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodChange:
    """The features that come, go and stay, and the fetch setting before and after."""

    gained: tuple[Feature, ...]
    lost: tuple[Feature, ...]
    stays: tuple[Feature, ...]
    fetch_before: FetchSetting
    fetch_after: FetchSetting

    @property
    def fetch_changes(self) -> bool:
        return self.fetch_before is not self.fetch_after


def method_change(old: AuthMethod | None, new: AuthMethod, stored: FetchSetting) -> MethodChange:
    """Compare; `old` is None if the method in use is not installed any more and so offers nothing."""
    had = old.features if old else frozenset[Feature]()
    return MethodChange(
        gained=tuple(feature for feature in Feature if feature in new.features - had),
        lost=tuple(feature for feature in Feature if feature in had - new.features),
        stays=tuple(feature for feature in Feature if feature in had & new.features),
        fetch_before=fetch_in_effect(stored, old),
        fetch_after=fetch_in_effect(stored, new),
    )
