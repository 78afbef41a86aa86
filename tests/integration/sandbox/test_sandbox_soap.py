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


@pytest.mark.parametrize("whose", ["settings", "user"])
@pytest.mark.parametrize(
    "code",
    [
        "LOGIN_DURING_RESTRICTED_TIME", "LOGIN_DURING_RESTRICTED_DOMAIN", "ORG_LOCKED", "TRIAL_EXPIRED",
        "SERVER_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED",
    ],
)  # fmt: skip
def test_every_other_fault_can_be_asked_for(
    session: requests.Session, known: dict[str, Any], control: Callable[..., Any], whose: str, code: str
) -> None:
    control("settings" if whose == "settings" else f"users/{known['username']}", login_refusal=code)
    assert fault(session, known)[0] == code


def test_wrong_passwords_lock_and_logins_have_a_rate(
    session: requests.Session, known: dict[str, Any], control: Callable[..., Any]
) -> None:
    control("settings", failed_logins_allowed=2)
    assert [fault(session, known, password="no")[0] for _ in range(2)] == ["INVALID_LOGIN"] * 2
    assert fault(session, known)[0] == "PASSWORD_LOCKOUT"
    control(f"users/{known['username']}", locked=False)
    assert log_in(session, known)
    control("settings", logins_per_hour=3)
    assert fault(session, known)[0] == "LOGIN_RATE_EXCEEDED"
    control("clock", advance_seconds=3600)
    assert log_in(session, known)


def test_logout_ends_the_session_of_every_program_of_the_user(
    sandbox: RunningSandbox, session: requests.Session, known: dict[str, Any]
) -> None:
    mine, theirs = log_in(session, known)[0], log_in(session, known)[0]
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header><SessionHeader '
        f'xmlns="urn:partner.soap.sforce.com"><sessionId>{mine}</sessionId></SessionHeader></e:Header><e:Body>'
        '<logout xmlns="urn:partner.soap.sforce.com"/></e:Body></e:Envelope>'
    )
    url = f"{sandbox.http_url}/services/Soap/u/51.0"
    replies = [requests.post(url, data=body, timeout=20) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 500]
    assert "sf:INVALID_SESSION_ID" in replies[1].text
    headers = {"Authorization": f"Bearer {theirs}"}
    assert requests.get(f"{sandbox.http_url}/services/data/v51.0/limits", headers=headers, timeout=20).status_code == 401


@pytest.mark.parametrize(("host", "status"), [("test.localhost", 200), ("login.localhost", 500), ("demo.localhost", 200)])
def test_a_sandbox_orgs_users_are_unknown_at_the_production_host(
    sandbox: RunningSandbox, known: dict[str, Any], host: str, status: int
) -> None:
    body = ENVELOPE.format(known["username"], known["password"] + known["security_token"])
    reply = requests.post(f"{sandbox.http_url}/services/Soap/u/51.0", data=body, headers={"Host": host}, timeout=20)
    assert reply.status_code == status


def test_simple_salesforce_reads_bulk_results(session: requests.Session, known: dict[str, Any]) -> None:
    session_id, instance = log_in(session, known)
    client = Salesforce(session_id=session_id, instance=instance, version="59.0", session=session)
    pages = list(client.bulk2.Contact.query("SELECT Id, LastName FROM Contact ORDER BY Id", max_records=5, wait=0))
    rows = [line for page in pages for line in page.splitlines()[1:]]
    assert (len(pages), len(rows)) == (2, 8)


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
