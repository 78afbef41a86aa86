"""The OAuth dance by plain requests."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests

from salesforce_sandbox.server import RunningSandbox
from tests.integration.sandbox.dance import Dance, came_back


def works(sandbox: RunningSandbox, token: str) -> bool:
    url = f"{sandbox.http_url}/services/data/v51.0/limits"
    reply = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=20)
    if reply.status_code != 200:
        assert reply.status_code == 401
        assert reply.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    return reply.status_code == 200


def test_log_in_allow_and_use_the_token(sandbox: RunningSandbox, dance: Dance) -> None:
    page = dance.authorize()
    assert "Log In" in page.text
    page = dance.log_in(page)
    assert "Manage user data via APIs" in page.text
    answer = dance.decide(page)
    assert answer["state"] == "s-1"
    reply = dance.token(code=answer["code"])
    granted = reply.json()
    assert set(granted) == {
        "access_token", "refresh_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at",
    }  # fmt: skip
    assert granted["instance_url"] == sandbox.https_url
    assert granted["token_type"] == "Bearer"
    secret = dance.known["client_secret"].encode()
    signed = hmac.new(secret, (granted["id"] + granted["issued_at"]).encode(), hashlib.sha256).digest()
    assert granted["signature"] == base64.b64encode(signed).decode()
    assert works(sandbox, granted["access_token"])


def test_deny_comes_back_as_access_denied(dance: Dance) -> None:
    answer = dance.decide(dance.log_in(dance.authorize()), "cancel")
    assert answer["error"] == "access_denied"
    assert answer["state"] == "s-1"
    assert "code" not in answer


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "nobody"}, "invalid_client_id"),
        ({"redirect_uri": "https://evil.example/cb"}, "redirect_uri_mismatch"),
        ({"redirect_uri": "http://127.0.0.1.evil.example/cb"}, "redirect_uri_mismatch"),
        ({"redirect_uri": None}, "redirect_uri_mismatch"),
    ],
)
def test_a_wrong_application_sees_a_page_and_is_not_redirected(dance: Dance, changes: Any, error: str) -> None:
    reply = dance.authorize(**changes)
    assert reply.status_code == 400
    assert f"error={error}" in reply.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "api everything"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
    ],
)
def test_a_wrong_request_is_sent_back(dance: Dance, changes: Any, error: str) -> None:
    assert came_back(dance.authorize(**changes))["error"] == error


def test_a_configured_redirect_uri_must_match_exactly(dance: Dance, control: Callable[..., Any]) -> None:
    control("settings", redirect_uris=["https://host.example/cb"])
    assert dance.authorize(redirect_uri="https://host.example/cb").status_code == 200
    assert dance.authorize(redirect_uri="https://host.example/cb/").status_code == 400


def test_pkce_can_be_required(dance: Dance, control: Callable[..., Any]) -> None:
    assert dance.authorize(code_challenge=None).status_code == 200
    control("settings", pkce_required=True)
    assert came_back(dance.authorize(code_challenge=None))["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_secret": "wrong"}, {"error": "invalid_client", "error_description": "invalid client credentials"}),
        ({"client_id": "x"}, {"error": "invalid_client_id", "error_description": "client identifier invalid"}),
        ({"code_verifier": "w" * 60}, {"error": "invalid_request", "error_description": "invalid code verifier"}),
        ({"code_verifier": None}, {"error": "invalid_grant", "error_description": "code verifier is required"}),
        ({"redirect_uri": "http://127.0.0.1:8000/other"},
         {"error": "redirect_uri_mismatch", "error_description": "redirect_uri must match configuration"}),
        ({"code": "made-up"}, {"error": "invalid_grant", "error_description": "expired authorization code"}),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:device_code"},
         {"error": "unsupported_grant_type", "error_description": "grant type not supported"}),
    ],
)  # fmt: skip
def test_what_the_token_endpoint_refuses(dance: Dance, changes: Any, error: dict[str, str]) -> None:
    reply = dance.token(**({"code": dance.code()} | changes))
    assert (reply.status_code, reply.json()) == (400, error)


def test_a_code_works_once_and_not_after_its_time(dance: Dance, control: Callable[..., Any]) -> None:
    code = dance.code()
    assert dance.token(code=code).status_code == 200
    assert dance.token(code=code).json()["error"] == "invalid_grant"
    code = dance.code()
    control("clock", advance_seconds=16 * 60)
    assert dance.token(code=code).json()["error_description"] == "expired authorization code"


def test_without_the_scope_there_is_no_refresh_token(dance: Dance) -> None:
    assert "refresh_token" not in dance.token(code=dance.code(scope="api")).json()


def test_without_the_api_scope_there_is_no_rest(sandbox: RunningSandbox, dance: Dance) -> None:
    token = dance.token(code=dance.code(scope="id")).json()["access_token"]
    url = f"{sandbox.http_url}/services/data/v51.0/limits"
    reply = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=20)
    assert reply.status_code == 401
    assert reply.json() == [
        {
            "message": "This session is not valid for use with the specified REST API endpoint. One of the following "
            "scopes is required: Manage user data via APIs, Full access",
            "errorCode": "INVALID_SESSION_ID",
        }
    ]


def test_refresh_rotates_and_reuse_revokes_the_family(sandbox: RunningSandbox, dance: Dance) -> None:
    first = dance.connect()
    second = dance.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert works(sandbox, second["access_token"])
    reply = dance.refresh(first["refresh_token"])
    assert reply.status_code == 400
    assert reply.json() == {"error": "invalid_grant", "error_description": "expired access/refresh token"}
    assert not works(sandbox, first["access_token"])
    assert not works(sandbox, second["access_token"])
    assert dance.refresh(second["refresh_token"]).status_code == 400


def test_without_rotation_the_refresh_token_stays(dance: Dance, control: Callable[..., Any]) -> None:
    control("settings", rotation=False)
    first = dance.connect()
    for _ in range(2):
        assert "refresh_token" not in dance.refresh(first["refresh_token"]).json()


def test_a_second_refresh_at_the_same_time_is_refused(dance: Dance, control: Callable[..., Any]) -> None:
    control("settings", refresh_seconds=0.3)
    token = dance.connect()["refresh_token"]
    replies: list[requests.Response] = []
    threads = [threading.Thread(target=lambda: replies.append(dance.refresh(token))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    good, bad = sorted(replies, key=lambda reply: reply.status_code)
    assert good.status_code == 200
    assert bad.json() == {
        "error": "invalid_grant", "error_description": "token request is already being processed",
    }  # fmt: skip
    assert dance.refresh(good.json()["refresh_token"]).status_code == 200


def test_the_sixth_approval_revokes_the_oldest(sandbox: RunningSandbox, dance: Dance) -> None:
    granted = [dance.connect() for _ in range(6)]
    assert [works(sandbox, g["access_token"]) for g in granted] == [False] + [True] * 5
    assert dance.refresh(granted[0]["refresh_token"]).status_code == 400
    assert dance.refresh(granted[1]["refresh_token"]).status_code == 200


def test_revoking_the_refresh_token_kills_its_access_tokens(sandbox: RunningSandbox, dance: Dance) -> None:
    granted, other = dance.connect(), dance.connect()
    url = f"{sandbox.http_url}/services/oauth2/revoke"
    assert requests.post(url, data={"token": granted["refresh_token"]}, timeout=20).status_code == 200
    assert not works(sandbox, granted["access_token"])
    assert works(sandbox, other["access_token"])
    again = requests.post(url, data={"token": granted["refresh_token"]}, timeout=20)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_token")


def test_revoking_an_access_token_ends_only_that_session(sandbox: RunningSandbox, dance: Dance) -> None:
    granted = dance.connect()
    url = f"{sandbox.http_url}/services/oauth2/revoke"
    assert requests.post(url, data={"token": granted["access_token"]}, timeout=20).status_code == 200
    assert not works(sandbox, granted["access_token"])
    assert dance.refresh(granted["refresh_token"]).status_code == 200


def test_an_idle_session_dies_and_a_used_one_lives(
    sandbox: RunningSandbox, dance: Dance, control: Callable[..., Any]
) -> None:
    token = dance.connect()["access_token"]
    for _ in range(2):
        control("clock", advance_seconds=5000)
        assert works(sandbox, token)
    control("clock", advance_seconds=7201)
    assert not works(sandbox, token)


def test_identity_userinfo_and_introspection(sandbox: RunningSandbox, dance: Dance) -> None:
    granted = dance.connect()
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}
    path = granted["id"].removeprefix(sandbox.https_url)
    known = requests.get(sandbox.http_url + path, headers=bearer, timeout=20).json()
    assert known["username"] == dance.known["username"]
    assert (known["organization_id"][:3], known["user_id"][:3]) == ("00D", "005")
    assert path == f"/id/{known['organization_id']}/{known['user_id']}"
    assert requests.get(sandbox.http_url + path, timeout=20).status_code == 403
    info = requests.get(f"{sandbox.http_url}/services/oauth2/userinfo", headers=bearer, timeout=20).json()
    assert (info["user_id"], info["preferred_username"]) == (known["user_id"], known["username"])
    form = {"client_id": dance.known["client_id"], "client_secret": dance.known["client_secret"]}
    url = f"{sandbox.http_url}/services/oauth2/introspect"
    active = requests.post(url, data=form | {"token": granted["access_token"]}, timeout=20).json()
    assert (active["active"], active["scope"]) == (True, "api refresh_token id")
    assert requests.post(url, data=form | {"token": "x"}, timeout=20).json() == {"active": False}


def test_wrong_password_stays_on_the_page(dance: Dance) -> None:
    page = dance.log_in(dance.authorize(), pw="wrong")
    assert "Please check your username and password." in page.text


def test_a_user_with_single_sign_on_cannot_use_the_password(dance: Dance, control: Callable[..., Any]) -> None:
    control(f"users/{dance.known['username']}", sso_only=True)
    page = dance.log_in(dance.authorize())
    assert "single sign-on" in page.text
    page = dance.log_in(page, sso="1")
    assert dance.token(code=dance.decide(page)["code"]).status_code == 200


def test_a_login_page_of_another_time_is_refused(sandbox: RunningSandbox) -> None:
    reply = requests.post(f"{sandbox.http_url}/login", data={"source": "x"}, timeout=20)
    assert reply.status_code == 400
    assert "Start again from the application." in reply.text
