"""The exact requests: URL, method, headers and body (R8, R11, R12)."""

from __future__ import annotations

from dataclasses import replace

import pytest
import requests
import responses
from responses import matchers

from host.plugin_api import NeedsReauthorisation, RetryLater, SignIn
from host.plugin_api.outgoing import CONNECT_SECONDS, READ_SECONDS, http_session
from plugins.salesforce.auth.methods import auth_method
from plugins.salesforce.auth_api import AuthSite
from plugins.salesforce.environment import read_environment
from tests.production_login import IDENTITY, IDENTITY_URL, LOGIN

TOKENS = {
    "access_token": "00D!token",
    "refresh_token": "fresh",
    "instance_url": "https://acme.my.salesforce.com/",
    "id": IDENTITY_URL,
    "token_type": "Bearer",
}


@responses.activate
def test_r11_the_code_is_exchanged_with_secret_and_verifier(site: AuthSite):
    method = auth_method("oauth")
    begun = method.begin(site, {})
    assert isinstance(begun, SignIn)
    form = {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": "https://site.example/plugins/salesforce/callback",
        "code_verifier": begun.pending["verifier"],
        "client_id": "key",
        "client_secret": "secret",
        "format": "json",
    }
    responses.post(f"{LOGIN}/services/oauth2/token", json=TOKENS, match=[matchers.urlencoded_params_matcher(form)])
    responses.get(TOKENS["id"], json=IDENTITY, match=[matchers.header_matcher({"Authorization": "Bearer 00D!token"})])
    grant = method.complete(site, begun.pending, {"code": "the-code", "state": begun.state})
    assert 43 <= len(begun.pending["verifier"]) <= 128
    assert grant.instance_url == "https://acme.my.salesforce.com"
    assert grant.kept == {"refresh_token": "fresh"}
    assert grant.user.username == "a@b.example"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("fresh", {"refresh_token": "fresh", "rotation": "on"}),
        (None, {"refresh_token": "old", "rotation": "off"}),
    ],
    ids=["rotation", "no-rotation"],
)
@responses.activate
def test_r11_a_renewal(site: AuthSite, given: str | None, kept: dict[str, str]):
    form = {
        "grant_type": "refresh_token",
        "refresh_token": "old",
        "client_id": "key",
        "client_secret": "secret",
        "format": "json",
    }
    reply = {name: value for name, value in {**TOKENS, "refresh_token": given}.items() if value}
    responses.post(f"{LOGIN}/services/oauth2/token", json=reply, match=[matchers.urlencoded_params_matcher(form)])
    grant = auth_method("oauth").renew(site, {"refresh_token": "old"})
    assert grant.kept == kept
    assert grant.user.user_id == "005000000000001AAA"


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, ""),
        (400, {"error": "invalid_token", "error_description": "invalid token"}),
        (400, {"error": "unsupported_token_type"}),
    ],
    ids=["revoked", "gone", "unknown"],
)
@responses.activate
def test_r17_revoking(site: AuthSite, status: int, answer: object):
    body = {"json": answer} if answer else {"body": ""}
    matcher = [matchers.urlencoded_params_matcher({"token": "old"})]
    responses.post(f"{LOGIN}/services/oauth2/revoke", status=status, match=matcher, **body)
    auth_method("oauth").revoke(site, {"refresh_token": "old"}, "access")
    assert len(responses.calls) == 1


@responses.activate
def test_r17_revoking_while_salesforce_is_down(site: AuthSite):
    responses.post(f"{LOGIN}/services/oauth2/revoke", status=503)
    with pytest.raises(RetryLater):
        auth_method("oauth").revoke(site, {"refresh_token": "old"}, "access")


SESSION = """<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope
 xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"><soapenv:Body>
<loginResponse><result><passwordExpired>{expired}</passwordExpired>
<serverUrl>https://acme.my.salesforce.com/services/Soap/u/51.0/00D</serverUrl><sessionId>00D!a&amp;b</sessionId>
<userId>005000000000001AAA</userId><userInfo><organizationId>00D000000000001AAA</organizationId>
<userName>a@b.example</userName></userInfo></result></loginResponse></soapenv:Body></soapenv:Envelope>"""
CREDENTIALS = {"username": " a&b@c.example ", "password": "p<w>&'\"", "security_token": " t&k "}


@responses.activate
def test_r12_the_login_is_escaped_whole(site: AuthSite):
    responses.post(f"{LOGIN}/services/Soap/u/51.0", body=SESSION.format(expired="false"))
    grant = auth_method("password").begin(site, CREDENTIALS)
    sent = responses.calls[0].request
    assert sent.headers["SOAPAction"] == "login"
    assert sent.headers["Content-Type"] == "text/xml; charset=UTF-8"
    text = sent.body.decode()
    assert "<urn:username>a&amp;b@c.example</urn:username>" in text
    assert "<urn:password>p&lt;w&gt;&amp;'\"t&amp;k</urn:password>" in text
    assert grant.access_token == "00D!a&b"
    assert grant.instance_url == "https://acme.my.salesforce.com"
    assert (grant.user.org_id, grant.user.username) == ("00D000000000001AAA", "a@b.example")
    assert grant.kept == {"username": "a&b@c.example", "password": "p<w>&'\"", "security_token": "t&k"}


@responses.activate
def test_r12_soap_login_ends_with_version_64(site: AuthSite):
    responses.post(f"{LOGIN}/services/Soap/u/64.0", body=SESSION.format(expired="false"))
    auth_method("password").begin(replace(site, api_version="66.0"), CREDENTIALS)


@responses.activate
def test_r12_an_expired_password_is_no_connection(site: AuthSite):
    responses.post(f"{LOGIN}/services/Soap/u/51.0", body=SESSION.format(expired="true"))
    with pytest.raises(NeedsReauthorisation, match="expired"):
        auth_method("password").begin(site, CREDENTIALS)


@pytest.mark.parametrize("body", ["", "<html><br>not xml", "{}"])
@responses.activate
def test_r12_an_answer_that_is_no_xml(site: AuthSite, body: str):
    responses.post(f"{LOGIN}/services/Soap/u/51.0", body=body, status=503)
    with pytest.raises(RetryLater):
        auth_method("password").begin(site, CREDENTIALS)


def test_every_request_has_timeouts_and_our_certificates(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/elsewhere.pem")
    seen = {}

    def send(_adapter, _request, _stream, timeout, verify, *_):
        seen.update(timeout=timeout, verify=verify)
        answer = requests.Response()
        answer.status_code = 200
        answer.raw = None
        answer._content = b""
        return answer

    monkeypatch.setattr("requests.adapters.HTTPAdapter.send", send)
    http_session("/ours.pem").get("https://acme.example/")
    assert seen == {"timeout": (CONNECT_SECONDS, READ_SECONDS), "verify": "/ours.pem"}


def test_a_netrc_file_does_not_replace_our_token(monkeypatch: pytest.MonkeyPatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    request = requests.Request("GET", "https://acme.example/", headers={"Authorization": "Bearer ours"})
    assert http_session().prepare_request(request).headers["Authorization"] == "Bearer ours"


def test_the_environments_secret_is_not_in_a_repr(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TSUNAGU_SALESFORCE_CLIENT_SECRET", "hidden")
    assert "hidden" not in repr(read_environment())
