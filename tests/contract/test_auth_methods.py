"""R13: every auth method keeps the contract, and what it declares is what it does."""

from __future__ import annotations

import dataclasses
from importlib.metadata import entry_points

import pytest
import requests

from host.plugin_api import (
    AUTH_METHODS_GROUP,
    AuthMethod,
    AuthSite,
    Feature,
    FeatureMissing,
    Grant,
    NeedsConfiguration,
    NeedsReauthorisation,
    SalesforceUser,
    SignIn,
)

METHODS = [entry.load() for entry in entry_points(group=AUTH_METHODS_GROUP)]
NAMES = [entry.name for entry in entry_points(group=AUTH_METHODS_GROUP)]
every_method = pytest.mark.parametrize("method", METHODS, ids=NAMES)
SITE = AuthSite(
    login_url="https://login.example",
    callback_url="https://site.example/callback",
    client_id="key",
    client_secret="hidden-secret",
    api_version="51.0",
    http=requests.Session(),
)

R13 = {
    "oauth": {
        Feature.MFA_FOR_API,
        Feature.SSO,
        Feature.CLICKED_RECORD,
        Feature.MEMO_ON_ANALYSIS,
        Feature.OPERATION_LOG,
        Feature.SELF_SERVICE_DISCONNECT,
    },
    "password": {Feature.BULK_FETCH},
}


def test_both_methods_are_installed():
    assert set(NAMES) >= {"oauth", "password"}


@every_method
def test_it_describes_itself(method: AuthMethod):
    assert isinstance(method, AuthMethod)
    assert method.name == NAMES[METHODS.index(method)]
    assert method.title
    assert method.description
    assert all(isinstance(feature, Feature) for feature in method.features)


@pytest.mark.parametrize("name", R13)
def test_r13_the_declared_features_are_those_of_the_table(name: str):
    assert METHODS[NAMES.index(name)].features == R13[name]


@every_method
@pytest.mark.parametrize("feature", Feature, ids=lambda feature: feature.key)
def test_require_holds_what_is_declared(method: AuthMethod, feature: Feature):
    if method.declares(feature):
        method.require(feature)
    else:
        with pytest.raises(FeatureMissing):
            method.require(feature)


@every_method
def test_it_signs_in_through_the_browser_or_asks_for_credentials(method: AuthMethod):
    """MFA and SSO only work where the person signs in at Salesforce itself."""
    in_browser = not method.credentials
    assert method.declares(Feature.SSO) == in_browser
    assert method.declares(Feature.MFA_FOR_API) == in_browser
    if in_browser:
        begun = method.begin(SITE, {})
        assert isinstance(begun, SignIn)
        assert begun.url.startswith("https://login.example/")
        assert begun.state in begun.url
        again = method.begin(SITE, {})
        assert (begun.state, begun.pending) != (again.state, again.pending)
    else:
        with pytest.raises(NeedsReauthorisation):
            method.begin(SITE, {field.name: "" for field in method.credentials})


@every_method
def test_a_method_that_needs_an_app_says_so_when_there_is_none(method: AuthMethod):
    if method.needs_app:
        with pytest.raises(NeedsConfiguration):
            method.begin(dataclasses.replace(SITE, client_id="", client_secret=""), {})


@every_method
def test_secret_fields_are_declared_secret(method: AuthMethod):
    for field in method.credentials:
        assert field.label
        assert field.secret == any(word in field.name for word in ("password", "token", "secret", "key"))


def test_nothing_secret_is_in_a_repr():
    grant = Grant(
        access_token="hidden-token",
        instance_url="https://a",
        user=SalesforceUser(org_id="o", user_id="u", username="n"),
        kept={"refresh_token": "hidden-refresh"},
    )
    begun = SignIn(url="https://a?state=hidden-state", state="hidden-state", pending={"verifier": "hidden-verifier"})
    assert "hidden" not in repr((SITE, grant, begun))


def test_every_feature_has_a_title_and_a_key_of_its_own():
    assert len({feature.key for feature in Feature}) == len(Feature)
    assert all(feature.title and feature.without.startswith("No") for feature in Feature)
