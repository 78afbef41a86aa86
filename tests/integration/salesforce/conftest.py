"""A host on a database of its own, beside a running sandbox org; and a person who signs in at that org."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from cryptography.fernet import Fernet
from flask.testing import FlaskClient

from host.app import create_app
from host.config import Config
from host.plugin_api import Agent, Call, CallEnded, Direction, NumberClicked, PluginContext, RecordRef
from host.security.users import Role, create_user
from host.services import Services, build_services
from plugins.salesforce import connecting
from plugins.salesforce.auth.methods import auth_method
from salesforce_sandbox.server import RunningSandbox
from tests.production_login import site  # noqa: F401 - a fixture
from tests.sandbox_fixture import sandbox, sandbox_server  # noqa: F401 - fixtures
from tests.standing_clock import NOON_IN_TOKYO, Clock

PASSWORD = "correct horse battery"
ADMIN = "admin@example.com"
AGENT = "agent@example.com"
SITE = "http://127.0.0.1:8000"
NOW = NOON_IN_TOKYO


@dataclass
class Org:
    """The sandbox org, steered from outside."""

    running: RunningSandbox

    @property
    def credentials(self) -> dict[str, Any]:
        return requests.get(f"{self.running.http_url}/__sandbox__/credentials", timeout=10).json()

    @property
    def login(self) -> dict[str, str]:
        known = self.credentials
        return {name: known[name] for name in ("username", "password", "security_token")}

    def control(self, what: str, body: Any) -> Any:
        answer = requests.post(f"{self.running.http_url}/__sandbox__/{what}", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def used(self) -> int:
        """API calls by Salesforce's counting."""
        return self.running.org.usage.used()

    def requests(self, path: str) -> list[dict[str, Any]]:
        """The requests so far whose path holds this."""
        listed = requests.get(f"{self.running.http_url}/__sandbox__/requests", timeout=10).json()["requests"]
        return [request for request in listed if path in request["path"]]

    def record(self, kind: str, **fields: Any) -> str:
        return self.control("records", {"object": kind, "fields": fields})["ids"][0]

    def user(self, **changes: Any) -> None:
        self.control(f"users/{self.credentials['username']}", changes)

    def settings(self, **changes: Any) -> None:
        self.control("settings", changes)

    def sign_in(self, url: str, *, username: str = "", password: str = "", press: str = "save") -> str:
        """Sign in and press Allow ("save") or Deny ("cancel"); gives back where Salesforce sends the browser to."""
        browser = requests.Session()
        browser.verify = str(self.running.ca_file)
        browser.trust_env = False
        page = browser.get(url, timeout=10)
        if 'name="pw"' in page.text:
            form = {"username": username or self.login["username"], "pw": password or self.login["password"], "Login": "1"}
            page = browser.post(f"{self.running.https_url}/login", data={**_hidden(page.text), **form}, timeout=10)
        address = f"{self.running.https_url}/setup/secur/RemoteAccessAuthorizationPage"
        answer = browser.post(address, data={**_hidden(page.text), press: "1"}, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))


@dataclass
class Host:
    """The host with its plugins on a scratch database."""

    services: Services
    org: Org
    clock: Clock
    serial: int = field(default=0)

    @property
    def context(self) -> PluginContext:
        return self.services.registry.context("salesforce")

    def entry(self, number: str) -> Any:
        return self.services.registry.contact_book().entries([number]).get(number)

    def connect(self, method: str = "password", **credentials: str) -> connecting.Connected:
        """Connect by a method: with OAuth through the pages of the org."""
        chosen = auth_method(method)
        begun = connecting.begin(self.context, chosen, {**self.org.login, **credentials}, ADMIN)
        if isinstance(begun, connecting.Connected):
            return begun
        key = connecting.keep_sign_in(self.context, chosen, begun)
        reply = query_of(self.org.sign_in(begun.url))
        back = connecting.come_back(self.context, reply, key, ADMIN)
        return back if isinstance(back, connecting.Connected) else connecting.finish(self.context, back)

    def call(self, number: str | None, **changes: Any) -> Call:
        self.serial += 1
        values: dict[str, Any] = {
            "id": f"call-{self.serial}",
            "direction": Direction.INBOUND,
            "number": number,
            "raw_number": number or "",
            "started_at": self.clock(),
        }
        return Call(**values | changes)

    def ended(self, number: str | None, *, refetch: bool = False, **changes: Any) -> CallEnded:
        return CallEnded(fact_id=1, occurred_at=self.clock(), call=self.call(number, **changes), refetch=refetch)

    def clicked(self, number: str, record: RecordRef | None) -> NumberClicked:
        call = self.call(number, direction=Direction.OUTBOUND, clicked_record=record)
        agent = Agent(extension="101")
        return NumberClicked(fact_id=1, occurred_at=self.clock(), call=call, number=number, agent=agent, record=record)


def query_of(url: str) -> dict[str, str]:
    from urllib.parse import parse_qsl, urlsplit

    return dict(parse_qsl(urlsplit(url).query))


@pytest.fixture
def org(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Org:  # noqa: F811
    """The org, with its app and address in the environment."""
    org = Org(sandbox)
    known = org.credentials
    monkeypatch.setenv("TSUNAGU_SALESFORCE_LOGIN_URL", sandbox.https_url)
    monkeypatch.setenv("TSUNAGU_SALESFORCE_CA_FILE", str(sandbox.ca_file))
    monkeypatch.setenv("TSUNAGU_SALESFORCE_CLIENT_ID", known["client_id"])
    monkeypatch.setenv("TSUNAGU_SALESFORCE_CLIENT_SECRET", known["client_secret"])
    return org


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def host(org: Org, sqlite_url: str, clock: Clock) -> Iterator[Host]:
    """A host that nobody has connected yet."""
    config = Config(
        database_url=sqlite_url, secret_key="s" * 40, encryption_keys=(Fernet.generate_key().decode(),), url=SITE
    )
    services = build_services(config, clock=clock)
    yield Host(services, org, clock)
    services.database.engine.dispose()


class Browser:
    """A browser that reads the CSRF token before it posts."""

    def __init__(self, client: FlaskClient, language: str = "en") -> None:
        self.client = client
        self.headers = {"Accept-Language": language}

    def get(self, url: str) -> Any:
        return self.client.get(url, headers=self.headers)

    def post(self, url: str, **fields: Any) -> Any:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/login").text + self.get("/profile").text)
        assert found, "no form with a CSRF token"
        return self.client.post(url, data={"csrf_token": found[1], **fields}, headers=self.headers)


@dataclass
class Pages:
    """The web application of the host, with people who log in."""

    host: Host

    def __post_init__(self) -> None:
        self.app = create_app(services=self.host.services)
        now = self.host.clock()
        with self.host.services.database.writing() as connection:
            for email, role in ((ADMIN, Role.ADMIN), (AGENT, Role.AGENT)):
                create_user(connection, email=email, name=email, role=role, password=PASSWORD, now=now)

    def browser(self, email: str = ADMIN, language: str = "en") -> Browser:
        browser = Browser(self.app.test_client(), language)
        answer = browser.post("/login", email=email, password=PASSWORD)
        assert answer.status_code == 302, answer.text
        return browser


@pytest.fixture
def pages(host: Host) -> Pages:
    return Pages(host)
