"""The exact requests of JWT bearer and client credentials: URL, method, headers and body (B9)."""

from __future__ import annotations

import time
from dataclasses import replace
from urllib.parse import parse_qs

import jwt
import pytest
import responses
from responses import matchers

from host.plugin_api import NeedsConfiguration, NeedsReauthorisation
from plugins.salesforce.auth import client_credentials, jwt_bearer, oauth_errors
from plugins.salesforce.auth.methods import auth_method
from plugins.salesforce.auth.token_endpoint import NO_APP, NO_APP_KEY
from plugins.salesforce.auth_api import AuthSite, Grant
from tests.production_login import IDENTITY, IDENTITY_URL, LOGIN
from tests.signing_keys import pem, rsa_key

MY_DOMAIN = "https://acme.my.salesforce.com"
TOKENS = {
    "access_token": "00D!token",
    "instance_url": f"{MY_DOMAIN}/",
    "id": IDENTITY_URL,
    "token_type": "Bearer",
}


def typed() -> dict[str, str]:
    return {"username": " a@b.example ", "private_key": pem(rsa_key())}


def sent_assertion() -> tuple[dict[str, object], dict[str, object]]:
    form = parse_qs(str(responses.calls[0].request.body))
    assert sorted(form) == ["assertion", "format", "grant_type"], "no secret goes along"
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    text = form["assertion"][0]
    claims = jwt.decode(text, rsa_key().public_key(), algorithms=["RS256"], options={"verify_aud": False})
    return jwt.get_unverified_header(text), claims


@responses.activate
def test_the_assertion_and_what_comes_of_it(site: AuthSite):
    responses.post(f"{LOGIN}/services/oauth2/token", json=TOKENS)
    before = int(time.time())
    grant = auth_method("jwt_bearer").begin(site, typed())
    header, claims = sent_assertion()
    assert header["alg"] == "RS256"
    assert {name: claims[name] for name in ("iss", "sub", "aud")} == {"iss": "key", "sub": "a@b.example", "aud": LOGIN}
    assert before < claims["exp"] <= time.time() + 180, "Salesforce takes three minutes at most"
    assert isinstance(grant, Grant)
    assert grant.instance_url == MY_DOMAIN
    assert grant.user.username == "a@b.example"
    assert grant.kept == {"username": "a@b.example", "private_key": pem(rsa_key())}
    assert len(responses.calls) == 1


@responses.activate
def test_renewing_sends_a_new_assertion(site: AuthSite):
    responses.post(f"{LOGIN}/services/oauth2/token", json=TOKENS)
    kept = {"username": "a@b.example", "private_key": pem(rsa_key())}
    assert auth_method("jwt_bearer").renew(site, kept).kept == kept
    assert sent_assertion()[1]["sub"] == "a@b.example"


@pytest.mark.parametrize(
    ("login_url", "audience"),
    [
        (LOGIN, LOGIN),
        ("https://test.salesforce.com", "https://test.salesforce.com"),
        (MY_DOMAIN, LOGIN),
        ("https://acme-dev-ed.develop.my.salesforce.com", LOGIN),
        ("https://acme--dev.sandbox.my.salesforce.com", "https://test.salesforce.com"),
        ("https://acme--dev.my.salesforce.com", "https://test.salesforce.com"),
        ("https://busy-bee-1.scratch.my.salesforce.com", "https://test.salesforce.com"),
        ("https://localhost:8443", "https://localhost:8443"),
    ],
)
def test_the_audience_is_the_shared_host_of_the_org(login_url: str, audience: str):
    assert jwt_bearer.audience(login_url) == audience


@responses.activate
def test_client_credentials_send_key_and_secret_and_ask_as_whom(site: AuthSite):
    form = {"grant_type": "client_credentials", "client_id": "key", "client_secret": "secret", "format": "json"}
    sent = matchers.urlencoded_params_matcher(form)
    responses.post(f"{MY_DOMAIN}/services/oauth2/token", json=TOKENS, match=[sent])
    responses.get(TOKENS["id"], json=IDENTITY, match=[matchers.header_matcher({"Authorization": "Bearer 00D!token"})])
    grant = auth_method("client_credentials").begin(replace(site, login_url=MY_DOMAIN), {})
    assert isinstance(grant, Grant)
    assert grant.user.username == "a@b.example"
    assert grant.kept == {"org_id": "00D000000000001AAA", "user_id": "005000000000001AAA"}


@responses.activate
@pytest.mark.parametrize("shared", [LOGIN, "https://test.salesforce.com"])
def test_client_credentials_ask_no_shared_host(site: AuthSite, shared: str):
    with pytest.raises(NeedsConfiguration) as caught:
        auth_method("client_credentials").begin(replace(site, login_url=shared), {})
    assert caught.value.message == client_credentials.MY_DOMAIN_ONLY
    assert not responses.calls


@responses.activate
@pytest.mark.parametrize(("name", "missing"), [("jwt_bearer", NO_APP_KEY), ("client_credentials", NO_APP)])
def test_without_an_app_nothing_is_asked(site: AuthSite, name: str, missing: str):
    with pytest.raises(NeedsConfiguration) as caught:
        auth_method(name).begin(replace(site, client_id=""), typed())
    assert caught.value.message == missing
    assert not responses.calls


@responses.activate
@pytest.mark.parametrize("name", ["jwt_bearer", "client_credentials"])
def test_revoking_ends_the_access_token(site: AuthSite, name: str):
    token = matchers.urlencoded_params_matcher({"token": "00D!token"})
    responses.post(f"{LOGIN}/services/oauth2/revoke", match=[token])
    auth_method(name).revoke(site, {}, "00D!token")
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize("reply", [{}, {**TOKENS, "id": ""}, {**TOKENS, "id": "https://a"}, {**TOKENS, "access_token": 1}])
def test_a_reply_that_lacks_something_is_no_connection(site: AuthSite, reply: dict[str, object]):
    responses.post(f"{LOGIN}/services/oauth2/token", json=reply)
    with pytest.raises(NeedsConfiguration) as caught:
        auth_method("jwt_bearer").begin(site, typed())
    assert caught.value.message == oauth_errors.UNKNOWN


@responses.activate
def test_a_key_that_is_none_is_refused_before_anything_is_sent(site: AuthSite):
    with pytest.raises(NeedsReauthorisation, match="no private key"):
        auth_method("jwt_bearer").begin(site, {**typed(), "private_key": "nonsense"})
    assert not responses.calls
