"""Which fetch settings an auth method offers, and which one is in effect (R14, R15): never by a method's name."""

from __future__ import annotations

from host.plugin_api import Changed
from plugins.salesforce.auth_api import AuthMethod, Feature
from plugins.salesforce.preferences import FetchSetting
from plugins.salesforce.wording import N_

NEEDED = {FetchSetting.BULK: Feature.BULK_FETCH}
"""What a method must declare for a setting; the others are offered by all."""

TITLES = {
    FetchSetting.AFTER_EACH_CALL: N_("after each call"),
    FetchSetting.BULK: N_("in bulk every night"),
    FetchSetting.NONE: N_("contacts are not fetched"),
}


def offers(method: AuthMethod | None, setting: FetchSetting) -> bool:
    """Whether a connection made with this method can be set so; no method (any more) declares nothing."""
    needed = NEEDED.get(setting)
    return needed is None or (method is not None and method.declares(needed))


def fetch_in_effect(stored: FetchSetting, method: AuthMethod | None) -> FetchSetting:
    """The setting that holds: a stored one which the method in use does not offer means after each call (R15)."""
    return stored if offers(method, stored) else FetchSetting.AFTER_EACH_CALL


def fetch_change(before: FetchSetting, after: FetchSetting) -> dict[str, Changed]:
    """A change for the operation log; {} if there is none."""
    return {N_("fetching contacts"): Changed(TITLES[before], TITLES[after])} if before is not after else {}
