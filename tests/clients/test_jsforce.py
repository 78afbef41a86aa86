"""The org through jsforce, a client nobody here wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from salesforce_sandbox.seed.org import seed
from salesforce_sandbox.server import RunningSandbox, start
from tests.clients.node import run_script
from tests.integration.sandbox.dance import Dance

pytestmark = pytest.mark.node
PAGED = 2300
INVALID_LOGIN = "INVALID_LOGIN: Invalid username, password, security token; or user locked out."


@pytest.fixture(scope="module")
def org() -> Iterator[RunningSandbox]:
    running = start("demo")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def steps(org: RunningSandbox) -> Any:
    """What each step of the scenario gave; it runs once."""
    with org.org.database.lock:
        org.org.clear()
        seed(org.org, "demo")
    leads = [{"object": "Lead", "fields": {"LastName": str(n), "Company": "paged"}} for n in range(PAGED)]
    requests.post(f"{org.http_url}/__sandbox__/records", json={"records": leads}, timeout=60)
    dance = Dance(org.http_url)
    given = {"url": org.https_url, "known": dance.known, "refreshToken": dance.connect()["refresh_token"]}
    return run_script("jsforce_scenario.mjs", given, org.ca_file)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("oauth_refresh", {"refreshed": True, "rows": 1}),
        ("identity", "integration@tsunagu-demo.example"),
        ("query", [["山田 太郎", "株式会社青空商事", "Contact"]]),
        ("query_more", {"total": PAGED, "first": 200, "done": False, "second": 200, "all": PAGED}),
        ("search", ["Contact", "Contact"]),
        ("describe", ["AssistantPhone", "Fax", "HomePhone", "MobilePhone", "OtherPhone", "Phone"]),
        ("crud", {"made": True, "updated": True, "gone": True, "Subject": "Called", "CallDurationInSeconds": 61,
                  "IsClosed": True}),
        ("upsert", {"created": [True, False], "same": True}),
        ("collections", {"made": [True, False], "code": "REQUIRED_FIELD_MISSING", "changed": True, "gone": True}),
        ("collections_all_or_none", ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]),
        ("composite", [201, 201]),
        ("find", ["山田"]),
        ("limits", {"max": 15000, "header": 15000}),
        ("logout", None),
    ],
)  # fmt: skip
def test_jsforce_gets(steps: Any, step: str, expected: Any) -> None:
    assert steps[step] == expected


@pytest.mark.parametrize("step", ["soap_login", "oauth_password"])
def test_jsforce_logs_in(org: RunningSandbox, steps: Any, step: str) -> None:
    assert steps[step]["organizationId"] == org.org.id
    assert steps[step]["id"] == org.org.default_user_id


def test_jsforce_knows_the_objects(steps: Any) -> None:
    assert {"Account", "Contact", "Event", "Lead", "Organization", "Task", "User"} <= set(steps["describe_global"])


def test_jsforce_reads_bulk_results(steps: Any) -> None:
    assert steps["bulk2_query"] == PAGED


@pytest.mark.parametrize(
    ("step", "name", "text"),
    [
        ("soap_login_wrong", "Error", INVALID_LOGIN),
        ("wrong_field", "INVALID_FIELD", "No such column 'Nope' on entity 'Contact'."),
        ("wrong_object", "INVALID_TYPE", "sObject type 'Nope' is not supported."),
        ("wrong_query", "MALFORMED_QUERY", "unexpected token"),
        ("wrong_id", "NOT_FOUND", "The requested resource does not exist"),
        ("wrong_search", "MALFORMED_SEARCH", "No search term found."),
        ("missing_field", "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]"),
        ("dead_session", "INVALID_SESSION_ID", "Session expired or invalid"),
    ],
)
def test_jsforce_names_the_error(steps: Any, step: str, name: str, text: str) -> None:
    assert steps[step]["error"] == name
    assert text in steps[step]["message"]
