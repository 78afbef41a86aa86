"""Grants without a browser, an admin's switches, and refusals of orgs and users, by plain requests."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from salesforce_sandbox.server import RunningSandbox
from tests.integration.sandbox.dance import Dance

ALICE = "alice@tsunagu-demo.example"
JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
FAILURE = {"error": "invalid_grant", "error_description": "authentication failure"}
NOT_ADMIN_APPROVED = {
    "error": "invalid_app_access", "error_description": "user is not admin approved to access this app",
}  # fmt: skip


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "app")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=2))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture
def ask(sandbox: RunningSandbox) -> Callable[..., requests.Response]:
    def post(host: str | None = None, **form: str) -> requests.Response:
        headers = {"Host": host} if host else {}
        return requests.post(f"{sandbox.http_url}/services/oauth2/token", data=form, headers=headers, timeout=20)

    return post


@pytest.fixture
def assertion(sandbox: RunningSandbox, dance: Dance, key: rsa.RSAPrivateKey) -> Callable[..., str]:
    def make(algorithm: str = "RS256", signing: Any = None, **changes: Any) -> str:
        claims = {"iss": dance.known["client_id"], "sub": ALICE, "aud": sandbox.https_url, "exp": int(time.time()) + 180}
        return jwt.encode(claims | changes, signing or key, algorithm=algorithm)

    return make


def api_status(sandbox: RunningSandbox, token: str) -> tuple[int, str]:
    url = f"{sandbox.http_url}/services/data/v51.0/sobjects"
    reply = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=20)
    return reply.status_code, "" if reply.ok else reply.json()[0]["errorCode"]


def test_jwt_bearer_for_a_pre_authorised_user(
    sandbox: RunningSandbox, ask: Any, assertion: Any, control: Any, certificate: str
) -> None:
    control("app", certificate=certificate, admin_approved_only=True, approved_users=[ALICE])
    reply = ask(grant_type=JWT, assertion=assertion())
    granted = reply.json()
    assert set(granted) == {"access_token", "scope", "instance_url", "id", "token_type"}
    assert granted["id"].endswith(sandbox.org.users.by_name(ALICE).user_id)  # type: ignore[union-attr]
    assert api_status(sandbox, granted["access_token"]) == (200, "")
    other = ask(grant_type=JWT, assertion=assertion(sub="bob@tsunagu-demo.example"))
    assert (other.status_code, other.json()) == (400, NOT_ADMIN_APPROVED)


def test_jwt_bearer_needs_an_earlier_approval_that_lets_the_app_come_back(
    dance: Dance, ask: Any, assertion: Any, control: Any, certificate: str
) -> None:
    control("app", certificate=certificate)
    mine = assertion(sub=dance.known["username"])
    refused = {"error": "invalid_grant", "error_description": "user hasn't approved this consumer"}
    assert ask(grant_type=JWT, assertion=mine).json() == refused
    dance.token(code=dance.code(scope="api"))
    assert ask(grant_type=JWT, assertion=mine).json() == refused
    dance.connect()
    assert ask(grant_type=JWT, assertion=mine).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error", "description"),
    [
        ({"aud": "https://elsewhere.example"}, "invalid_grant", "audience is invalid"),
        ({"aud": None}, "invalid_grant", "audience is invalid"),
        ({"aud": "https://login.salesforce.com"}, "invalid_grant", "audience is invalid"),
        ({"iss": "nobody"}, "invalid_client_id", "client identifier invalid"),
        ({"exp": 1}, "invalid_grant", "invalid assertion"),
        ({"exp": "soon"}, "invalid_grant", "invalid assertion"),
        ({"sub": "nobody@x"}, "invalid_grant", "user hasn't approved this consumer"),
        ({"sub": "carol@tsunagu-demo.example"}, "invalid_grant", "user hasn't approved this consumer"),
        ({"algorithm": "HS256", "signing": "k" * 64}, "invalid_grant", "invalid assertion"),
        ({"signing": rsa.generate_private_key(public_exponent=65537, key_size=2048)}, "invalid_grant", "invalid assertion"),
    ],
)
def test_what_jwt_bearer_refuses(
    ask: Any, assertion: Any, control: Any, certificate: str, changes: Any, error: str, description: str
) -> None:
    control("app", certificate=certificate, admin_approved_only=True, approved_users=[ALICE])
    reply = ask(grant_type=JWT, assertion=assertion(**changes))
    assert (reply.status_code, reply.json()) == (400, {"error": error, "error_description": description})


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "é.é.é", "e30.e30.e30", "." * 3, "W10.W10.", "x" * 20_000])
def test_a_broken_assertion_is_refused(ask: Any, text: str) -> None:
    assert ask(grant_type=JWT, assertion=text).json() == {
        "error": "invalid_grant", "error_description": "invalid assertion",
    }  # fmt: skip


def test_without_a_certificate_no_assertion_is_believed(ask: Any, assertion: Any, control: Any) -> None:
    control("app", admin_approved_only=True, approved_users=[ALICE])
    assert ask(grant_type=JWT, assertion=assertion()).json()["error_description"] == "invalid assertion"


def test_client_credentials(sandbox: RunningSandbox, dance: Dance, ask: Any, control: Any) -> None:
    form = {
        "grant_type": "client_credentials", "client_id": dance.known["client_id"],
        "client_secret": dance.known["client_secret"],
    }  # fmt: skip

    def refusal(**changes: str) -> str:
        reply = ask(**(form | changes))
        assert reply.status_code == 400
        answer: str = reply.json()["error_description"]
        return answer

    assert refusal() == "client credentials flow not enabled"
    control("app", client_credentials=True)
    assert refusal() == "no client credentials user enabled"
    control("app", run_as=ALICE)
    assert refusal(host="test.localhost") == "request not supported on this domain"
    assert refusal(client_secret="x") == "invalid client credentials"
    granted = ask(**form).json()
    assert "refresh_token" not in granted
    assert "full" not in granted["scope"].split()
    assert granted["signature"]
    assert api_status(sandbox, granted["access_token"]) == (200, "")
    control("app", scopes=["refresh_token", "full"])
    assert refusal() == "no valid scopes defined"


def test_username_password_grant(sandbox: RunningSandbox, dance: Dance, ask: Any, control: Any) -> None:
    known = dance.known
    form = {
        "grant_type": "password", "client_id": known["client_id"], "client_secret": known["client_secret"],
        "username": known["username"], "password": known["password"] + known["security_token"],
    }  # fmt: skip
    granted = ask(**form).json()
    assert {"access_token", "instance_url", "id", "token_type", "issued_at", "signature"} <= set(granted)
    assert "refresh_token" not in granted
    assert api_status(sandbox, granted["access_token"]) == (200, "")
    assert ask(**(form | {"password": known["password"]})).json() == FAILURE
    assert ask(**form, host="login.localhost").json() == FAILURE
    assert ask(**form, host="test.localhost").status_code == 200
    control("settings", my_domain_only=True)
    assert ask(**form, host="test.localhost").json() == FAILURE
    for flag in ("mfa_for_api", "sso_only", "password_expired", "locked"):
        control(f"users/{known['username']}", {flag: True})
        assert ask(**form).json() == FAILURE
        control(f"users/{known['username']}", {flag: False})
    assert ask(**form).status_code == 200
    control("settings", username_password_grant=False)
    assert ask(**form).json() == FAILURE


@pytest.mark.parametrize(
    ("code", "error", "description"),
    [
        ("LOGIN_DURING_RESTRICTED_TIME", "invalid_grant", "invalid login hours"),
        ("LOGIN_DURING_RESTRICTED_DOMAIN", "invalid_grant", "ip restricted"),
        ("ORG_LOCKED", "inactive_org", "organization is locked, closed, or suspended"),
    ],
)
def test_a_refused_org_or_user_gets_no_fresh_token(
    dance: Dance, control: Any, code: str, error: str, description: str
) -> None:
    refresh_token = dance.connect()["refresh_token"]
    control("settings", login_refusal=code)
    assert dance.refresh(refresh_token).json() == {"error": error, "error_description": description}
    control("settings", login_refusal="")
    assert dance.refresh(refresh_token).status_code == 200


def test_a_refresh_token_dies_after_thirty_idle_days(dance: Dance, control: Any) -> None:
    token = dance.connect()["refresh_token"]
    for _ in range(2):
        control("clock", advance_seconds=29 * 24 * 3600)
        token = dance.refresh(token).json()["refresh_token"]
    control("clock", advance_seconds=30 * 24 * 3600)
    assert dance.refresh(token).json() == {
        "error": "invalid_grant", "error_description": "expired access/refresh token",
    }  # fmt: skip


@pytest.mark.parametrize("switch", [{"installed": False}, {"blocked": True}])
def test_an_app_that_is_kept_out_shows_a_page_and_calls_nobody_back(
    sandbox: RunningSandbox, dance: Dance, control: Any, switch: dict[str, bool]
) -> None:
    granted = dance.connect()
    control("app", switch)
    page = dance.authorize()
    assert (page.status_code, page.headers.get("Location")) == (403, None)
    assert "OAUTH_APPROVAL_ERROR_GENERIC" in page.text
    assert dance.refresh(granted["refresh_token"]).json() == NOT_ADMIN_APPROVED
    alive = "blocked" not in switch
    assert api_status(sandbox, granted["access_token"])[0] == (200 if alive else 401)


def test_a_user_who_is_not_admin_approved_sees_so_after_logging_in(dance: Dance, control: Any) -> None:
    control("app", admin_approved_only=True, approved_users=[ALICE])
    page = dance.log_in(dance.authorize())
    assert page.status_code == 403
    assert "OAUTH_APP_ACCESS_DENIED" in page.text


def test_ten_wrong_passwords_lock_the_user_for_fifteen_minutes(dance: Dance, control: Any) -> None:
    page = dance.authorize()
    for _ in range(10):
        assert "check your username" in dance.log_in(page, pw="wrong").text
    assert "check your username" in dance.log_in(page).text
    control("clock", advance_seconds=16 * 60)
    assert "Manage user data via APIs" in dance.log_in(page).text


def test_an_expired_password_is_told_on_the_login_page(dance: Dance, control: Any) -> None:
    control(f"users/{dance.known['username']}", password_expired=True)
    assert "password has expired" in dance.log_in(dance.authorize()).text


def test_a_scope_the_app_does_not_have_is_refused(dance: Dance, control: Any) -> None:
    control("app", scopes=["api", "id"])
    assert "error=invalid_scope" in dance.authorize(scope="api refresh_token").headers["Location"]


def test_a_deactivated_user_loses_the_sessions(sandbox: RunningSandbox, dance: Dance, control: Any) -> None:
    granted = dance.connect()
    control(f"users/{dance.known['username']}", active=False)
    assert api_status(sandbox, granted["access_token"]) == (401, "INVALID_SESSION_ID")
    assert dance.refresh(granted["refresh_token"]).status_code == 400


def test_identity_userinfo_introspect_and_their_refusals(sandbox: RunningSandbox, dance: Dance) -> None:
    granted = dance.connect()
    path = granted["id"].removeprefix(sandbox.https_url)
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}

    def get(path: str, **options: Any) -> requests.Response:
        return requests.get(f"{sandbox.http_url}{path}", timeout=20, **options)

    assert get(path, headers=bearer).json()["urls"]["rest"].endswith("/services/data/v{version}/")
    assert get(f"{path}?version=latest", headers=bearer).json()["urls"]["rest"].endswith("/v68.0/")
    assert (get(path).status_code, get(path).text) == (403, "Missing_OAuth_Token")
    assert get(path, headers={"Authorization": "Bearer x"}).text == "Bad_OAuth_Token"
    assert get("/id/00D000000000001EAA/005000000000001EAA", headers=bearer).text == "Wrong_Org"
    assert get(f"{path[:-18]}005000000000001EAA", headers=bearer).status_code == 404
    assert get("/services/oauth2/userinfo", headers=bearer).json()["preferred_username"] == dance.known["username"]
    form = {
        "token": granted["access_token"], "client_id": dance.known["client_id"],
        "client_secret": dance.known["client_secret"],
    }  # fmt: skip
    url = f"{sandbox.http_url}/services/oauth2/introspect"
    told = requests.post(url, data=form, timeout=20).json()
    assert told["active"] is True
    assert told["exp"] - told["iat"] == 7200
    assert requests.post(url, data=form | {"token": "x"}, timeout=20).json() == {"active": False}


def test_revoking_what_is_no_token(sandbox: RunningSandbox) -> None:
    url = f"{sandbox.http_url}/services/oauth2/revoke"
    answers = [requests.post(url, data={"token": t}, timeout=20).json()["error"] for t in ("", "00Dx!y", "id-token")]
    assert answers == ["invalid_token", "invalid_token", "unsupported_token_type"]


@pytest.mark.parametrize(
    "body",
    [
        {"client_secret": "x"}, {"certificate": "x"}, {"scopes": ["everything"]}, {"scopes": [1]}, {"blocked": 1}, [], 3,
    ],
)  # fmt: skip
def test_bad_policies_are_told_and_change_nothing(sandbox: RunningSandbox, control: Any, body: Any) -> None:
    before = control("app")
    reply = requests.post(f"{sandbox.http_url}/__sandbox__/app", json=body, timeout=20)
    assert reply.status_code == 400
    assert reply.json()["error"]
    assert control("app") == before
    assert "client_secret" not in before
