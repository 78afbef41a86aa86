"""Forms and bodies nobody should send: Salesforce's error each time, never a failure of ours."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesforce_sandbox.server import RunningSandbox
from tests.integration.sandbox.dance import Dance

FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
GRANTS = (
    "authorization_code",
    "refresh_token",
    "password",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "",
)
NAMES = st.sampled_from(
    ["client_id", "client_secret", "code", "refresh_token", "username", "password", "assertion", "redirect_uri", "token"]
)


@FUZZ
@given(grant=st.sampled_from(GRANTS), form=st.dictionaries(NAMES, st.text(max_size=20), max_size=6), known=st.booleans())
def test_the_token_endpoint_takes_any_form(sandbox: RunningSandbox, grant: str, form: dict[str, str], known: bool) -> None:
    client = Dance(sandbox.http_url).known if known else {}
    keys = {name: client[name] for name in ("client_id", "client_secret") if name in client}
    sent = {**form, **keys, "grant_type": grant}
    reply = requests.post(f"{sandbox.http_url}/services/oauth2/token", data=sent, timeout=20)
    assert reply.status_code == 400
    assert set(reply.json()) == {"error", "error_description"}


@FUZZ
@given(
    path=st.sampled_from(
        ["login", "setup/secur/RemoteAccessAuthorizationPage", "services/oauth2/revoke", "services/oauth2/introspect"]
    ),
    form=st.dictionaries(
        st.sampled_from(["source", "username", "pw", "sso", "save", "token"]), st.text(max_size=20), max_size=4
    ),
)
def test_the_pages_take_any_form(sandbox: RunningSandbox, path: str, form: dict[str, str]) -> None:
    assert requests.post(f"{sandbox.http_url}/{path}", data=form, timeout=20).status_code == 400


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe=\x00&grant_type=\xff", b"%zz=%", b"a" * 2_000_000, b"grant_type=password&username=" + b"\xf0\x9f" * 50_000],
)
def test_broken_and_huge_forms_are_refused(sandbox: RunningSandbox, data: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = requests.post(f"{sandbox.http_url}/services/oauth2/token", data=data, headers=headers, timeout=20)
    assert 400 <= reply.status_code < 500


def test_a_huge_envelope_and_a_bomb_get_a_fault(sandbox: RunningSandbox) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(12))
    bomb = f"<!DOCTYPE b [{entities}]><login><username>&e11;</username></login>"
    for body in (bomb, "<a>" * 200_000, "x" * 200_000, "<login" + " a" * 1000):
        reply = requests.post(f"{sandbox.http_url}/services/Soap/u/51.0", data=body.encode(), timeout=20)
        assert reply.status_code == 500  # what SOAP has for every fault
        assert "<sf:exceptionCode>UNKNOWN_EXCEPTION</sf:exceptionCode>" in reply.text


@pytest.mark.parametrize("body", [b"", b"[" * 100_000, b"\xff", b"NaN", b'{"a": 1e999}', b'"\\ud800"'])
@pytest.mark.parametrize("path", ["app", "automation", "locks", "convert", "faults", "settings", "clock", "records"])
def test_the_control_api_never_fails(sandbox: RunningSandbox, path: str, body: bytes) -> None:
    reply: Any = requests.post(f"{sandbox.http_url}/__sandbox__/{path}", data=body, timeout=20)
    assert reply.status_code in {200, 400}
