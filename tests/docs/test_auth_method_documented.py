"""R13, R33: the auth method in docs/auth-methods.md is one, and does what its page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from host.plugin_api import AuthMethod, AuthSite, Grant, NeedsReauthorisation, RetryLater

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "auth-methods.md").read_text(encoding="utf-8")
TICKETS = "https://beacon.example/tickets"
TYPED = {"user": "ann", "password": "a secret"}


@pytest.fixture(scope="module")
def method() -> Any:
    (code,) = re.findall(r"```python[^\n]*\n(.*?)```", PAGE, re.DOTALL)
    space: dict[str, Any] = {"__name__": "beacon_ticket"}
    exec(compile(code, "beacon_ticket.py", "exec"), space)
    assert isinstance(space["method"], AuthMethod)
    return space["method"]


def site() -> AuthSite:
    settings = {"address": "https://beacon.example"}
    return AuthSite(callback_url="https://tsunagu.example/callback", settings=settings, http=requests.Session())


def test_r33_the_entry_point_has_the_name_of_the_method(method: Any) -> None:
    assert f'\n[project.entry-points."beacon.auth"]\n{method.name} = "beacon_ticket:method"\n' in PAGE


@responses.activate
def test_r13_it_signs_in_renews_and_signs(method: Any) -> None:
    answer = responses.post(TICKETS, json={"ticket": "t1"}, match=[responses.matchers.json_params_matcher(TYPED)])
    grant = method.begin(site(), TYPED)
    assert grant == Grant(access_token="t1", account="ann", kept=TYPED)
    assert method.renew(site(), grant.kept) == grant
    assert answer.call_count == 2
    assert method.signed("t1") == {"X-Beacon-Ticket": "t1"}


@responses.activate
@pytest.mark.parametrize(("status", "error"), [(401, NeedsReauthorisation), (503, RetryLater)])
def test_r13_a_refusal_is_no_outage(method: Any, status: int, error: type[Exception]) -> None:
    responses.post(TICKETS, status=status)
    with pytest.raises(error):
        method.begin(site(), TYPED)


@responses.activate
def test_r13_a_crm_that_cannot_be_reached_is_asked_later(method: Any) -> None:
    responses.post(TICKETS, body=requests.ConnectionError())
    with pytest.raises(RetryLater):
        method.begin(site(), TYPED)
