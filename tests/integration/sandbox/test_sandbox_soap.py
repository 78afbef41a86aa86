"""SOAP login(), by simple-salesforce through TLS and by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceAuthenticationFailed
from simple_salesforce.login import SalesforceLogin

from salesforce_sandbox.server import RunningSandbox

ENVELOPE = (
    '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>'
    '<n1:login xmlns:n1="urn:partner.soap.sforce.com"><n1:username>{}</n1:username><n1:password>{}</n1:password>'
    "</n1:login></env:Body></env:Envelope>"
)


class ToSandbox(requests.adapters.HTTPAdapter):
    """Sends what is meant for login.salesforce.com to the sandbox."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: Any, **options: Any) -> Any:
        request.url = request.url.replace("https://login.salesforce.com", self._url)
        return super().send(request, **options)


@pytest.fixture
def session(sandbox: RunningSandbox) -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.trust_env = False  # REQUESTS_CA_BUNDLE would win over verify
        made.verify = str(sandbox.ca_file)
        made.mount("https://login.salesforce.com", ToSandbox(sandbox.https_url))
        yield made


@pytest.fixture
def known(sandbox: RunningSandbox) -> dict[str, Any]:
    answer: dict[str, Any] = requests.get(f"{sandbox.http_url}/__sandbox__/credentials", timeout=20).json()
    return answer


def log_in(session: requests.Session, known: dict[str, Any], version: str = "51.0", **changes: str) -> tuple[str, str]:
    given = {name: known[name] for name in ("username", "password", "security_token")} | changes
    answer: tuple[str, str] = SalesforceLogin(**given, session=session, sf_version=version)
    return answer


def test_simple_salesforce_logs_in_and_works(session: requests.Session, known: dict[str, Any]) -> None:
    session_id, instance = log_in(session, known)
    client = Salesforce(session_id=session_id, instance=instance, version="51.0", session=session)
    found = client.query("SELECT Name, Account.Name FROM Contact WHERE MobilePhone = '090-1234-5678'")
    assert [(r["Name"], r["Account"]["Name"]) for r in found["records"]] == [("山田 太郎", "株式会社青空商事")]
    hits = client.search("FIND {819087654325} IN PHONE FIELDS RETURNING Contact(Name)")
    assert [r["Name"] for r in hits["searchRecords"]] == ["田中 美咲"]
    phones = [f["name"] for f in client.Contact.describe()["fields"] if f["type"] == "phone" and not f["custom"]]
    assert phones == ["Phone", "Fax", "MobilePhone", "HomePhone", "OtherPhone", "AssistantPhone"]
    made = client.Task.create({"Subject": "Call", "Status": "Completed"})
    assert client.Task.update(made["id"], {"Subject": "Call 2"}) == 204
    assert client.Task.get(made["id"])["Subject"] == "Call 2"
    assert client.Task.delete(made["id"]) == 204
    assert client.api_usage["api-usage"].total == 15000


def test_simple_salesforce_pages_and_upserts(session: requests.Session, known: dict[str, Any]) -> None:
    session_id, instance = log_in(session, known)
    client = Salesforce(session_id=session_id, instance=instance, version="59.0", session=session)
    assert len(list(client.query_all_iter("SELECT Id FROM Contact"))) == 8
    for status in (201, 200):
        assert client.Task.upsert("Call_Id__c/c-1", {"Subject": str(status)}) == status
    assert client.query("SELECT Subject FROM Task WHERE Call_Id__c = 'c-1'")["records"][0]["Subject"] == "200"


def test_two_programs_share_one_session(session: requests.Session, known: dict[str, Any]) -> None:
    assert log_in(session, known) == log_in(session, known)


def fault(session: requests.Session, known: dict[str, Any], version: str = "51.0", **changes: str) -> Any:
    with pytest.raises(SalesforceAuthenticationFailed) as caught:
        log_in(session, known, version, **changes)
    return caught.value.code, caught.value.auth_message


def test_wrong_secrets(session: requests.Session, known: dict[str, Any]) -> None:
    text = "Invalid username, password, security token; or user locked out."
    assert fault(session, known, password="no") == ("INVALID_LOGIN", text)
    assert fault(session, known, username="nobody@example.com") == ("INVALID_LOGIN", text)
    code, message = fault(session, known, security_token="")
    assert code == "LOGIN_MUST_USE_SECURITY_TOKEN"
    assert message.startswith(text + " Are you at a new location?")


@pytest.mark.parametrize(
    ("flag", "code"),
    [
        ({"mfa_for_api": True}, "INVALID_LOGIN"),
        ({"sso_only": True}, "INVALID_SSO_GATEWAY_URL"),
        ({"locked": True}, "PASSWORD_LOCKOUT"),
        ({"password_expired": True}, "INVALID_OPERATION_WITH_EXPIRED_PASSWORD"),
        ({"api_enabled": False}, "API_CURRENTLY_DISABLED"),
        ({"use_any_api_auth": False}, "INSUFFICIENT_ACCESS"),
    ],
)
def test_a_users_flags(
    session: requests.Session, known: dict[str, Any], control: Callable[..., Any], flag: dict[str, bool], code: str
) -> None:
    control(f"users/{known['username']}", flag)
    assert fault(session, known)[0] == code


def test_the_orgs_switches(session: requests.Session, known: dict[str, Any], control: Callable[..., Any]) -> None:
    control("settings", soap_login_enabled=False)
    assert fault(session, known) == (
        "INVALID_OPERATION",
        "SOAP API login() is disabled by default in this org. Contact the org administrator to enable SOAP API login().",
    )
    control("settings", soap_login_enabled=True, api_enabled=False)
    assert fault(session, known)[0] == "API_DISABLED_FOR_ORG"


def test_login_ends_with_version_64(session: requests.Session, known: dict[str, Any]) -> None:
    assert log_in(session, known, "64.0")
    assert fault(session, known, "65.0") == (
        "INVALID_OPERATION",
        "The SOAP Login operation is not available in the API version specified (65.0).",
    )
    assert fault(session, known, "30.0")[0] == "UNSUPPORTED_API_VERSION"


def test_a_trusted_network_needs_no_token(
    session: requests.Session, known: dict[str, Any], control: Callable[..., Any]
) -> None:
    control(f"users/{known['username']}", trusted_network=True)
    assert log_in(session, known, security_token="")


def test_login_is_not_an_api_call(session: requests.Session, known: dict[str, Any], control: Callable[..., Any]) -> None:
    log_in(session, known)
    assert control("usage")["used"] == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"<", b"<a/>", b"\xff\xfe", b'<!DOCTYPE a [<!ENTITY b "c">]><login/>', ENVELOPE.format("a&b", "").encode()],
)
def test_broken_envelopes_get_a_fault(sandbox: RunningSandbox, body: bytes) -> None:
    reply = requests.post(f"{sandbox.http_url}/services/Soap/u/51.0", data=body, timeout=20)
    assert reply.status_code == 500
    assert "<sf:exceptionCode>" in reply.text


def test_special_characters_in_a_password(
    sandbox: RunningSandbox, session: requests.Session, known: dict[str, Any], control: Callable[..., Any]
) -> None:
    control(f"users/{known['username']}", password="a<b>&\"'密")
    assert log_in(session, known, password="a<b>&\"'密")
