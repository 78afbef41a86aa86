"""Faults of every kind, by rule."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import requests

from salesforce_sandbox.faults import Faults
from salesforce_sandbox.server import RunningSandbox
from tests.integration.sandbox.conftest import Api
from tests.integration.sandbox.dance import Dance

LIMIT = "REQUEST_LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    ("kind", "status", "code", "message"),
    [
        ("error", 500, "UNKNOWN_EXCEPTION", "An unexpected error occurred."),
        ("unavailable", 503, "SERVER_UNAVAILABLE", "Server Unavailable"),
        ("lock", 400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record or 1 records: "),
        ("daily-limit", 403, LIMIT, "TotalRequests Limit exceeded."),
        ("concurrency-limit", 403, LIMIT, "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
        ("expired-session", 401, "INVALID_SESSION_ID", "Session expired or invalid"),
        ("revoked-token", 401, "INVALID_SESSION_ID", "Session expired or invalid"),
    ],
)
def test_a_kind_answers_as_salesforce_does(api: Api, control: Any, kind: str, status: int, code: str, message: str) -> None:
    control("faults", [{"kind": kind}])
    reply = api.get("limits")
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (status, code)
    assert reply.json()[0]["message"].startswith(message)
    assert reply.headers["Content-Type"] == "application/json;charset=UTF-8"


def test_a_bad_gateway_is_a_page(api: Api, control: Any) -> None:
    control("faults", [{"kind": "bad-gateway"}])
    reply = api.get("limits")
    assert (reply.status_code, reply.headers["Content-Type"].partition(";")[0]) == (502, "text/html")


def test_an_expired_session_can_be_refreshed_and_a_revoked_token_cannot(
    sandbox: RunningSandbox, dance: Dance, control: Any
) -> None:
    granted = dance.connect()
    control("faults", [{"kind": "expired-session"}, {"kind": "revoked-token"}])
    assert Api(sandbox.http_url, granted["access_token"]).get("limits").status_code == 401
    # The second rule hits the refresh itself.
    assert dance.refresh(granted["refresh_token"]).json()["error_description"] == "expired access/refresh token"
    granted = dance.connect()
    control("faults", [{"kind": "expired-session", "match": {"path": "/limits"}}])
    assert Api(sandbox.http_url, granted["access_token"]).get("limits").status_code == 401
    fresh = dance.refresh(granted["refresh_token"]).json()
    assert Api(sandbox.http_url, fresh["access_token"]).get("limits").status_code == 200


def test_a_hang_answers_nothing_and_ends_with_the_rules(api: Api, control: Any) -> None:
    control("faults", [{"kind": "hang"}])
    begun = time.monotonic()
    threading.Timer(0.2, lambda: control("faults", [{"kind": "reply", "times": 0}])).start()
    with pytest.raises(requests.ConnectionError):
        api.get("limits")
    assert 0.1 < time.monotonic() - begun < 5
    assert api.get("limits").status_code == 200


def hit(faults: Faults, calls: int = 12) -> list[int]:
    return [number for number in range(1, calls + 1) if faults.next_for("GET", "/x")]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({}, [1]),
        ({"times": None}, list(range(1, 13))),
        ({"after": 4}, [5]),
        ({"every": 5, "times": None}, [5, 10]),
        ({"after": 2, "every": 3, "times": 2}, [5, 8]),
        ({"rate": 0, "times": None}, []),
        ({"rate": 1, "times": 2}, [1, 2]),
        ({"match": {"method": "get"}, "times": 1}, [1]),
        ({"match": {"method": "POST"}}, []),
    ],
)
def test_which_calls_are_hit(rule: Any, expected: list[int]) -> None:
    faults = Faults()
    faults.replace([{"kind": "error", **rule}])
    assert hit(faults) == expected


def test_a_rate_is_the_same_for_the_same_seed_and_near_its_share() -> None:
    def drawn(seed: int) -> list[int]:
        faults = Faults()
        faults.replace([{"kind": "error", "rate": 0.2, "seed": seed, "times": None}])
        return hit(faults, 1000)

    assert drawn(7) == drawn(7) != drawn(8)
    assert 150 < len(drawn(7)) < 250


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "sobjects/Task", {}, True),
        ("GET", "query?q=SELECT+Id+FROM+Task", None, True),
        ("GET", "query?q=select%20Id%20from%20task%20limit%201", None, True),
        ("POST", "composite", {"compositeRequest": [{"url": "/services/data/v51.0/sobjects/Task/"}]}, True),
        ("POST", "composite/sobjects", {"records": [{"attributes": {"type": "Task"}}]}, True),
        ("GET", "query?q=SELECT+Id+FROM+TaskStatus", None, False),
        ("POST", "sobjects/Event", {"Subject": "Task"}, False),
    ],
)
def test_a_rule_for_an_object(
    api: Api, control: Any, method: str, path: str, body: Any, expected: bool
) -> None:  # fmt: skip
    control("faults", [{"kind": "unavailable", "match": {"object": "Task"}}])
    assert (api.call(method, path, json=body).status_code == 503) is expected


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "mood"}, {"kind": "error", "rate": 2}, {"kind": "error", "rate": True}, {"kind": "error", "every": 0},
        {"kind": "error", "match": {"object": 3}}, {"kind": "error", "match": {"user": "x"}},
        {"kind": "hang", "seconds": 601},
    ],
)  # fmt: skip
def test_a_wrong_rule_is_told(sandbox: RunningSandbox, rule: Any) -> None:
    reply = requests.post(f"{sandbox.http_url}/__sandbox__/faults", json=[rule], timeout=20)
    assert reply.status_code == 400
    assert "fault" in reply.json()["error"]
