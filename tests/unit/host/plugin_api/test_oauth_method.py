"""R11, R33: the OAuth method that others fill in: state and PKCE, rotation, refusals, a CRM that answers nonsense."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
import responses

from host.plugin_api import AuthSite, NeedsConfiguration, NeedsReauthorisation, PluginError, RetryLater
from host.plugin_api.oauth import OAuthMethod

TOKEN = "https://crm.example/oauth/token"
SITE = AuthSite(
    callback_url="https://pbx.example/settings/plugins/acme/callback",
    settings={"address": "https://crm.example/", "client_id": "app", "client_secret": "hidden"},
    http=requests.Session(),
)


class Acme(OAuthMethod):
    """Signs in at Acme."""

    name = "acme"
    title = "Acme"
    features = frozenset()
    scope = "people notes"
    revoke_path = "/oauth/revoke"

    def account(self, site: AuthSite, tokens: Mapping[str, Any]) -> str:
        return str(tokens.get("who", ""))


def sent(call: int = 0) -> dict[str, str]:
    return dict(parse_qsl(str(responses.calls[call].request.body)))


def test_r11_the_browser_is_sent_with_state_and_challenge_and_the_verifier_stays_here() -> None:
    begun = Acme().begin(SITE, {})
    query = {name: values[0] for name, values in parse_qs(urlsplit(begun.url).query).items()}
    digest = hashlib.sha256(begun.pending["verifier"].encode()).digest()
    assert begun.url.startswith("https://crm.example/oauth/authorize?")
    assert query["code_challenge"] == urlsafe_b64encode(digest).decode().rstrip("=")
    assert (query["state"], query["scope"], query["redirect_uri"]) == (begun.state, "people notes", SITE.callback_url)
    assert begun.pending["verifier"] not in begun.url
    assert "hidden" not in begun.url
    assert Acme().begin(SITE, {}).state != begun.state
    assert begun.state not in repr(begun)


@responses.activate
def test_r11_the_code_becomes_a_grant_which_is_renewed_with_rotation_and_revoked() -> None:
    responses.post(TOKEN, json={"access_token": "a1", "refresh_token": "r1", "who": "ann"})
    responses.post(TOKEN, json={"access_token": "a2", "refresh_token": "r2"})
    responses.post(TOKEN, json={"access_token": "a3"})
    responses.post("https://crm.example/oauth/revoke")
    method = Acme()
    grant = method.complete(SITE, {"verifier": "v"}, {"code": "c", "state": "s"})
    assert (grant.access_token, grant.account, grant.kept) == ("a1", "ann", {"refresh_token": "r1"})
    form = {"grant_type": "authorization_code", "code": "c", "redirect_uri": SITE.callback_url, "code_verifier": "v"}
    assert sent() == {**form, "client_id": "app", "client_secret": "hidden"}
    renewed = method.renew(SITE, grant.kept)
    assert (renewed.access_token, renewed.kept) == ("a2", {"refresh_token": "r2"})
    assert method.renew(SITE, renewed.kept).kept == {"refresh_token": "r2"}, "without rotation the old one is kept"
    method.revoke(SITE, renewed.kept, "a3")
    assert sent(3)["token"] == "r2"


@responses.activate
@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, '{"error": "invalid_grant"}', NeedsReauthorisation),
        (401, "", NeedsReauthorisation),
        (429, "", RetryLater),
        (503, "", RetryLater),
        (200, "<html>", NeedsConfiguration),
        (200, "[]", NeedsConfiguration),
        (302, "", NeedsConfiguration),
    ],
)
def test_r33_what_the_crm_answers_otherwise_becomes_the_error_that_fits(
    status: int, body: str, error: type[PluginError]
) -> None:
    responses.post(TOKEN, status=status, body=body)
    with pytest.raises(error) as raised:
        Acme().renew(SITE, {"refresh_token": "r1"})
    assert "r1" not in raised.value.message


@responses.activate
def test_r33_a_refused_sign_in_and_a_crm_that_is_away_are_told_apart() -> None:
    responses.post(TOKEN, body=requests.ConnectionError())
    with pytest.raises(RetryLater):
        Acme().complete(SITE, {"verifier": "v"}, {"code": "c"})
    with pytest.raises(NeedsReauthorisation, match="not allowed"):
        Acme().complete(SITE, {"verifier": "v"}, {"error": "access_denied"})
    with pytest.raises(NeedsReauthorisation):
        Acme().renew(SITE, {})
