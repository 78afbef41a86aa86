"""R13: every auth method keeps the contract, and what it declares is what it does."""

from __future__ import annotations

import dataclasses
from importlib.metadata import entry_points

import pytest
import requests

from host.plugin_api import FeatureMissing, NeedsConfiguration, NeedsReauthorisation, PluginError, RetryLater, SignIn
from plugins.salesforce.auth_api import AUTH_METHODS_GROUP, AuthMethod, AuthSite, Feature, Grant, SalesforceUser
from tests.signing_keys import pem, rsa_key

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
FIELDS = {method.name: [field.name for field in method.credentials] for method in METHODS}


class Unreachable(requests.Session):
    """A network in which nobody answers."""

    def send(self, *args: object, **kwargs: object) -> requests.Response:
        raise requests.exceptions.ConnectionError


class Forbidden(requests.Session):
    """For what must be settled before anything is sent."""

    def send(self, *args: object, **kwargs: object) -> requests.Response:
        pytest.fail("a request was sent")


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
    "jwt_bearer": set(Feature),
    "client_credentials": set(Feature),
}


def test_all_four_methods_are_installed():
    assert set(NAMES) == set(R13)


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
def test_mfa_and_sso_are_declared_where_no_password_is_typed_in(method: AuthMethod):
    """A second factor and single sign-on stand in the way of passwords only."""
    with_password = any("password" in field.name for field in method.credentials)
    assert method.declares(Feature.SSO) == (not with_password)
    assert method.declares(Feature.MFA_FOR_API) == (not with_password)


@every_method
def test_it_signs_in_through_the_browser_or_at_once(method: AuthMethod):
    begun = _begun(method)
    if isinstance(begun, SignIn):
        assert begun.url.startswith("https://login.example/")
        assert begun.state in begun.url
        again = _begun(method)
        assert isinstance(again, SignIn)
        assert (begun.state, begun.pending) != (again.state, again.pending)
    else:
        assert isinstance(begun, RetryLater), "it went to Salesforce, which is not there"


def _begun(method: AuthMethod) -> SignIn | Grant | PluginError:
    typed = {name: pem(rsa_key()) if name == "private_key" else "typed" for name in FIELDS[method.name]}
    try:
        return method.begin(dataclasses.replace(SITE, http=Unreachable()), typed)
    except PluginError as problem:
        return problem


@every_method
def test_nothing_typed_in_is_refused_in_words_before_anything_is_sent(method: AuthMethod):
    if method.credentials:
        with pytest.raises(NeedsReauthorisation):
            method.begin(dataclasses.replace(SITE, http=Forbidden()), dict.fromkeys(FIELDS[method.name], ""))


@every_method
def test_what_it_needs_in_salesforce_is_told_step_by_step(method: AuthMethod):
    assert bool(method.app_guide) == method.needs_app
    assert len(set(method.app_guide)) == len(method.app_guide)


def test_b9_only_the_method_that_ends_has_a_notice_and_it_names_the_date():
    noticed = {method.name: method.notice for method in METHODS if method.notice}
    assert list(noticed) == ["password"]
    assert "Summer ’27" in noticed["password"]


@every_method
def test_a_credential_fits_into_its_field(method: AuthMethod):
    assert all(field.longest >= 255 for field in method.credentials)
    assert all(field.longest >= 4000 for field in method.credentials if "private_key" in field.name), "RSA with 4096 bits"


@every_method
def test_a_method_that_needs_an_app_says_so_when_there_is_none(method: AuthMethod):
    if method.needs_app:
        with pytest.raises(NeedsConfiguration):
            method.begin(dataclasses.replace(SITE, client_id="", client_secret=""), {})


@every_method
def test_the_apps_secret_is_wanted_only_where_it_is_declared(method: AuthMethod):
    if not method.needs_app:
        return
    typed = {name: pem(rsa_key()) if name == "private_key" else "typed" for name in FIELDS[method.name]}
    without = dataclasses.replace(SITE, client_secret="", http=Unreachable())
    with pytest.raises(NeedsConfiguration if method.needs_app_secret else RetryLater):
        method.begin(without, typed)


def test_only_the_certificate_needs_no_app_secret():
    assert [method.name for method in METHODS if method.needs_app and not method.needs_app_secret] == ["jwt_bearer"]


@every_method
def test_r16_what_is_typed_in_again_are_secret_fields_of_a_method_without_browser(method: AuthMethod):
    fields = {field.name: field for field in method.credentials}
    assert all(fields[name].secret for name in method.reconfirms)
    assert not (method.reconfirms and isinstance(_begun(method), SignIn))


def test_r16_only_the_password_is_typed_in_again():
    assert {method.name: method.reconfirms for method in METHODS if method.reconfirms} == {
        "password": ("password", "security_token")
    }


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
