"""A web server in a process of its own, a telephone system that is told what to say, and agents' browsers in front of it.

The server is started once for a file of tests; before each test it forgets its calls and contacts.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from app_fixture import event_body, signed
from cryptography.fernet import Fernet
from playwright.sync_api import Browser, Page, expect
from running_demo import free_port
from sqlalchemy import delete

from devtools.installation.environment import SOURCE, Installation
from devtools.installation.parts import start_web
from devtools.installation.people import ADMIN, AGENTS, add_memo_items, add_people, source_secret
from devtools.installation.processes import Processes
from host.plugin_api import ContactEntry
from host.services import Services, build_services
from host.storage import tables
from plugins.contacts import tables as contacts_tables

PASSWORD = "correct horse battery"
PATIENCE = 10_000
ALICE, BOB = AGENTS[0].email, AGENTS[1].email
YAMADA = "+819012345678"


@dataclass
class Desk:
    """The site; `signed_in` are the cookies of its people, kept over the tests."""

    installation: Installation
    services: Services
    processes: Processes
    chromium: Browser
    signed_in: dict[str, Any] = field(default_factory=dict)

    def page(self, email: str = ALICE, path: str = "/agent", **options: Any) -> Page:
        """The agents' page in a browser of its own, once it hears from the server."""
        state = self.signed_in.get(email) or self._sign_in(email)
        defaults = {"locale": "en-US", "base_url": self.installation.url, "viewport": {"width": 1280, "height": 900}}
        context = self.chromium.new_context(**{**defaults, **options, "storage_state": state})
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(path)
        expect(page.locator("#desk-live")).to_have_text({"ja-JP": "自動更新中"}.get(options.get("locale", ""), "Live"))
        return page

    def _sign_in(self, email: str) -> Any:
        context = self.chromium.new_context(base_url=self.installation.url)
        page = context.new_page()
        page.goto("/login")
        page.fill("#email", email)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url("**/calls")
        self.signed_in[email] = context.storage_state()
        context.close()
        return self.signed_in[email]

    def call(self, number: str = YAMADA, extension: str = "101", **more: Any) -> Ringing:
        """A call begins to ring at this telephone."""
        ringing = Ringing(self, number, extension, more=more)
        ringing.tell("call.ringing")
        return ringing

    def register(self, number: str = YAMADA, company: str = "株式会社青空商事", person: str = "山田 太郎") -> None:
        now = datetime.now(UTC)
        entry = ContactEntry(number=number, company=company, person=person, source="manual", updated_at=now)
        self.services.registry.contact_book().register(entry)

    def forget(self) -> None:
        with self.services.database.writing() as connection:
            connection.execute(delete(tables.calls))
            for table in reversed(contacts_tables.metadata.sorted_tables):
                connection.execute(delete(table))


@dataclass
class Ringing:
    """One call and what the telephone system says of it."""

    desk: Desk
    number: str
    extension: str
    more: dict[str, Any]
    key: str = field(default_factory=lambda: uuid4().hex)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    def tell(self, kind: str, *, extension: str = "", **changes: Any) -> None:
        """Send an event, signed; what has not happened yet is left out."""
        answered = kind != "call.ringing" and changes.pop("answered", True)
        agent = {"extension": extension or self.extension, "name": "", "answered_at": self._at(2) if answered else None}
        call: dict[str, Any] = {
            "id": self.key,
            "external": {"number": self.number, "raw": self.number, "name": "", "withheld": False},
            "agents": [{**agent, "left_at": None}],
            "queue": None,
            "started_at": self._at(0),
            "answered_at": self._at(2) if answered else None,
            "ended_at": self._at(67) if kind == "call.ended" else None,
            "outcome": ("answered" if answered else "no_answer") if kind == "call.ended" else None,
            "talk_seconds": 65 if kind == "call.ended" and answered else None,
            "hangup": None,
        }
        body = event_body(kind, **{**call, **self.more, **changes})
        headers = {**signed(self.desk.installation.event_secret, body), "Content-Type": "application/json"}
        url = f"{self.desk.installation.url}/api/v1/telephony/events"
        answer = requests.post(url, data=body, headers=headers, timeout=30)
        assert answer.ok, answer.text

    def _at(self, seconds: float) -> str:
        return (self.started + timedelta(seconds=seconds)).isoformat()


@pytest.fixture(scope="module")
def started(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    shutil.copyfile(migrated_sqlite, folder / "tsunagu.db")
    installation = Installation(
        folder=folder,
        database_url=f"sqlite:///{folder / 'tsunagu.db'}",
        web_port=free_port(),
        secret_key="s" * 40,
        encryption_key=Fernet.generate_key().decode(),
        org_port=0,
        org_tls_port=0,
        ami_port=free_port(),
        ami_secret="replayed",
    )
    services = build_services(installation.config())
    add_people(services, PASSWORD)
    add_memo_items(services)
    installation = replace(installation, event_secret=source_secret(services, f"asterisk:{SOURCE}"))
    with Processes(folder / "logs") as processes:
        start_web(processes, installation, workers=2)
        yield Desk(installation, services, processes, chromium)
    services.database.engine.dispose()


@pytest.fixture
def desk(started: Desk) -> Iterator[Desk]:
    started.forget()
    expect.set_options(timeout=PATIENCE)
    yield started
    for context in started.chromium.contexts:
        context.close()


__all__ = ["ADMIN", "ALICE", "BOB", "YAMADA", "Desk", "Ringing", "desk", "started"]
