"""A whole installation in processes of its own beside a sandbox org, and an admin's Chromium in front of both.

The processes are started once a test process; before each test the org is reset, and the site forgets its connection, its
calls and what came of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from app_fixture import event_body, signed
from cryptography.fernet import Fernet
from playwright.sync_api import Browser, Locator, Page, expect
from running_demo import free_port, wait_for
from sqlalchemy import delete

from devtools.installation.connect import connect
from devtools.installation.environment import SOURCE, Installation
from devtools.installation.parts import start_org, start_web, start_worker
from devtools.installation.people import ADMIN, add_people, source_secret
from devtools.installation.processes import Processes
from host.services import Services, build_services
from host.storage import tables as host_tables
from plugins.contacts import tables as contacts_tables
from plugins.salesforce import tables as salesforce_tables
from plugins.salesforce.connection import ConnectionInfo, read_connection

PAGE = "/plugins/salesforce/"
PASSWORD = "correct horse battery"
PATIENCE = 12_000
SERVICE_USER = "integration@tsunagu-demo.example"
KEPT_HOST_TABLES = ("users", "ended_sessions", "event_sources", "leases", "workers", "job_clocks", "plugins")
LOST = "The connection to Salesforce is lost"
APPROVAL = "**/setup/secur/RemoteAccessAuthorizationPage"


@dataclass(frozen=True, slots=True)
class Live:
    """The running processes; `services` works on their database from here."""

    installation: Installation
    services: Services
    secret: str


@dataclass
class Site:
    """One test's view of them. `signed_in` is what the browser of an admin who has logged in keeps."""

    live: Live
    chromium: Browser
    signed_in: Any

    @property
    def url(self) -> str:
        return self.live.installation.url

    def admin(self, **options: Any) -> Page:
        """A page of an admin, logged in here and unknown at Salesforce."""
        defaults = {"locale": "en-US", "base_url": self.url, "ignore_https_errors": True, "storage_state": self.signed_in}
        context = self.chromium.new_context(**{**defaults, **options})
        context.set_default_timeout(PATIENCE)
        return context.new_page()

    def connection(self) -> ConnectionInfo | None:
        return read_connection(self.live.services.registry.context("salesforce"))

    def entry(self, number: str) -> Any:
        return self.live.services.registry.contact_book().entries([number]).get(number)

    def call(self, number: str, line: str = "0312340000") -> str:
        """A call with this number has just ended; gives back how the history writes the number."""
        ended = datetime.now(UTC) - timedelta(seconds=1)
        times = {"started_at": ended - timedelta(seconds=9), "answered_at": ended - timedelta(seconds=5), "ended_at": ended}
        body = event_body(
            id=uuid4().hex,
            external={"number": number, "raw": number, "name": "", "withheld": False},
            line={"number": line},
            **{name: moment.isoformat() for name, moment in times.items()},
        )
        headers = {**signed(self.live.secret, body), "Content-Type": "application/json"}
        answer = requests.post(f"{self.url}/api/v1/telephony/events", data=body, headers=headers, timeout=30)
        assert answer.ok, answer.text
        return number

    def connect(self) -> None:
        """Connect with Salesforce ID, as somebody did long ago."""
        connect(self.live.installation, PASSWORD, self.credentials["username"], self.credentials["password"])

    @property
    def credentials(self) -> dict[str, Any]:
        return dict(requests.get(f"{self._org}/credentials", timeout=30).json())

    @property
    def _org(self) -> str:
        return f"{self.live.installation.org_url}/__sandbox__"

    def control(self, what: str, body: Any) -> Any:
        answer = requests.post(f"{self._org}/{what}", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def user(self, **changes: Any) -> None:
        """Change the connected user in the org."""
        self.control(f"users/{SERVICE_USER}", changes)

    def requests(self, path: str) -> int:
        """How many requests whose path holds this the org has had."""
        listed = requests.get(f"{self._org}/requests", timeout=30).json()["requests"]
        return sum(path in request["path"] for request in listed)

    def at_salesforce(self, page: Page, press: str, user: str = "integration") -> None:
        """Sign in there as this user and press "Allow" or "Deny"; ends when the browser is back."""
        self.sign_in_there(page, user)
        page.get_by_role("button", name=press).click()
        page.wait_for_url(f"{self.url}/**")

    def sign_in_there(self, page: Page, user: str = "integration") -> None:
        page.wait_for_url(f"{self.live.installation.org_tls_url}/**")
        known = next(one for one in self.credentials["users"] if one["username"].startswith(user))
        page.get_by_label("Username").fill(known["username"])
        page.get_by_label("Password").fill(known["password"])
        page.get_by_role("button", name="Log In").click()

    def type_credentials(self, page: Page, **changes: str) -> None:
        """Type username, password and token, and press Enter."""
        for name, value in {name: self.credentials[name] for name in ("username", "password", "security_token")}.items():
            page.locator(f"#{name}").fill(changes.get(name, value))
        page.locator("#security_token").press("Enter")


def reads(page: Page, *texts: str) -> None:
    """A person sees each of these."""
    for text in texts:
        expect(page.get_by_text(text).first).to_be_visible()


def tab_to(page: Page, target: Locator) -> None:
    """Reach it by the Tab key alone."""
    expect(target).to_be_visible()
    for _ in range(120):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"the keyboard does not reach {target}")


def press(page: Page, name: str, role: Any = "button") -> None:
    """Go to this button or link by keyboard and press it."""
    tab_to(page, page.get_by_role(role, name=name, exact=True).first)
    page.keyboard.press("Enter")


def lost_banner(page: Page, title: str = LOST, text: str = "Calls are kept and looked up after connecting again.") -> None:
    """A banner on every page says what is wrong with the connection, as soon as the first call was refused."""

    def seen() -> bool:
        page.goto("/calls")
        return page.get_by_text(title).count() > 0

    wait_for(seen, 30, lambda: f"no banner says “{title}”")
    reads(page, text)
    expect(page.get_by_role("link", name="Open the settings of Salesforce")).to_be_visible()


def named(page: Page, number: str, *names: str) -> None:
    """The call history, read by an admin, gets these names for the number without a reload."""
    page.goto("/calls")
    row = page.locator("#calls tr").filter(has_text=number).first
    for name in names:
        expect(row).to_contain_text(name)


@pytest.fixture(scope="session")
def live(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("live")
    shutil.copyfile(migrated_sqlite, folder / "tsunagu.db")
    installation = Installation(
        folder=folder,
        database_url=f"sqlite:///{folder / 'tsunagu.db'}",
        web_port=free_port(),
        secret_key="s" * 40,
        encryption_key=Fernet.generate_key().decode(),
        org_port=free_port(),
        org_tls_port=free_port(),
        poll_seconds=0.25,
    )
    with Processes(folder / "logs") as processes:
        org = start_org(processes, installation)
        installation = replace(installation, client_id=org.client_id, client_secret=org.client_secret)
        services = build_services(installation.config())
        add_people(services, PASSWORD)
        secret = source_secret(services, f"asterisk:{SOURCE}")
        start_worker(processes, installation)
        start_web(processes, installation, workers=1)
        yield Live(installation, services, secret)
    services.database.engine.dispose()


@pytest.fixture(scope="module")
def signed_in(live: Live, chromium: Browser) -> Any:
    """The cookies of an admin."""
    context = chromium.new_context(base_url=live.installation.url)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto("/login")
    page.fill("#email", ADMIN.email)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/calls")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def site(live: Live, chromium: Browser, signed_in: Any) -> Iterator[Site]:
    site = Site(live, chromium, signed_in)
    site.control("reset", {"seed": "demo"})
    forget(live.services)
    expect.set_options(timeout=PATIENCE)
    yield site
    for context in chromium.contexts:
        context.close()


def forget(services: Services) -> None:
    """As after the installation: nothing connected, no call, nothing told."""
    every = [table for table in host_tables.metadata.sorted_tables if table.name not in KEPT_HOST_TABLES]
    every += [*contacts_tables.metadata.sorted_tables, *salesforce_tables.metadata.sorted_tables]
    with services.database.writing() as connection:
        for table in reversed(every):
            connection.execute(delete(table))
