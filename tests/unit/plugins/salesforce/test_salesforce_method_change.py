"""R14, R15: which fetch setting holds, and what a change of method means, from the declarations alone."""

from __future__ import annotations

import itertools

import pytest

from plugins.salesforce.auth.methods import auth_method, auth_methods
from plugins.salesforce.auth_api import AuthMethod, Feature
from plugins.salesforce.domain.method_change import method_change
from plugins.salesforce.fetch_setting import fetch_in_effect, offers
from plugins.salesforce.preferences import FetchSetting

AFTER, BULK, NONE = FetchSetting.AFTER_EACH_CALL, FetchSetting.BULK, FetchSetting.NONE


@pytest.mark.parametrize("method", auth_methods(), ids=lambda method: method.name)
def test_r14_what_a_method_offers_is_what_it_declares(method: AuthMethod):
    offered = {setting for setting in FetchSetting if offers(method, setting)}
    assert offered == {AFTER, NONE} | ({BULK} if method.declares(Feature.BULK_FETCH) else set())


@pytest.mark.parametrize(
    ("stored", "name", "in_effect"),
    [
        (BULK, "password", BULK),
        (BULK, "oauth", AFTER),
        (BULK, None, AFTER),
        (AFTER, "oauth", AFTER),
        (AFTER, None, AFTER),
        (NONE, "oauth", NONE),
        (NONE, "password", NONE),
        (NONE, None, NONE),
    ],
)
def test_r15_a_setting_the_method_in_use_does_not_offer_is_never_in_effect(
    stored: FetchSetting, name: str | None, in_effect: FetchSetting
):
    assert fetch_in_effect(stored, auth_method(name) if name else None) is in_effect


def test_r15_from_password_to_oauth():
    change = method_change(auth_method("password"), auth_method("oauth"), BULK)
    assert set(change.gained) == set(Feature) - {Feature.BULK_FETCH}
    assert change.lost == (Feature.BULK_FETCH,)
    assert change.stays == ()
    assert (change.fetch_before, change.fetch_after, change.fetch_changes) == (BULK, AFTER, True)


def test_r15_only_bulk_changes_the_fetch_setting():
    change = method_change(auth_method("password"), auth_method("oauth"), NONE)
    assert (change.fetch_before, change.fetch_after, change.fetch_changes) == (NONE, NONE, False)


@pytest.mark.parametrize(("old", "new"), itertools.product([None, *auth_methods()], auth_methods()))
def test_r15_every_feature_is_told_once_and_in_the_tables_order(old: AuthMethod | None, new: AuthMethod):
    change = method_change(old, new, BULK)
    had = old.features if old else frozenset()
    told = [*change.gained, *change.lost, *change.stays]
    assert sorted(told, key=list(Feature).index) == [one for one in Feature if one in had | new.features]
    assert set(change.gained) == new.features - had
    assert set(change.lost) == had - new.features
    for part in (change.gained, change.lost, change.stays):
        assert list(part) == sorted(part, key=list(Feature).index)
