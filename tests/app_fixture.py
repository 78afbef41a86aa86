"""A whole web application on a scratch database, for tests: logged-in clients, tokens, signed events.

The fixture `site` runs on SQLite, `site_anywhere` on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from cryptography.fernet import Fernet
from database_fixture import BOTH
from flask import Flask
from flask.testing import FlaskClient
from standardwebhooks import Webhook
from werkzeug.test import TestResponse

from host.app import create_app
from host.config import Config
from host.security import passwords
from host.security.event_sources import create_source
from host.security.tokens import create_token
from host.security.users import Role, create_user
from host.services import Services, build_services

SOURCE = "asterisk:testpbx"
PASSWORD = "correct horse battery"


class Site:
    """One installation. `admin` and `agent` are browsers that are logged in; `anonymous` is one that is not."""

    def __init__(self, config: Config, plugins: Iterable[EntryPoint] | None = None) -> None:
        self.services: Services = build_services(config, plugins=plugins)
        self.app: Flask = create_app(services=self.services)
        self.app.testing = True
        now = datetime.now(UTC)
        with self.services.database.writing() as connection:
            self.secret = create_source(connection, self.services.sealer, SOURCE, now)
            self.admin_id = create_user(
                connection, email="admin@example.com", name="Aki Admin", role=Role.ADMIN, password=PASSWORD, now=now
            )
            self.agent_id = create_user(
                connection,
                email="agent@example.com",
                name="Alice Sato",
                role=Role.AGENT,
                password=PASSWORD,
                extension="101",
                now=now,
            )
            self.admin_token = create_token(connection, name="admin", role=Role.ADMIN, by="tests", now=now)
            self.agent_token = create_token(connection, name="agent", role=Role.AGENT, by="tests", now=now)

    @property
    def anonymous(self) -> FlaskClient:
        return self.app.test_client()

    @property
    def admin(self) -> FlaskClient:
        return self.logged_in("admin@example.com")

    @property
    def agent(self) -> FlaskClient:
        return self.logged_in("agent@example.com")

    def logged_in(self, email: str, password: str = PASSWORD) -> FlaskClient:
        """A browser after the login page."""
        client = self.app.test_client()
        answer = client.post("/login", data={"email": email, "password": password, "csrf_token": csrf_token(client)})
        assert answer.status_code == 302, answer.text
        return client

    def api(self, method: str, path: str, *, role: str = "admin", **kwargs: Any) -> TestResponse:
        """A request to /api/v1 with a bearer token."""
        token = {"admin": self.admin_token, "agent": self.agent_token}[role]
        headers = {"Authorization": f"Bearer {token}", **kwargs.pop("headers", {})}
        return self.app.test_client().open(f"/api/v1{path}", method=method, headers=headers, **kwargs)

    def send(self, body: bytes, headers: Mapping[str, str]) -> TestResponse:
        """A post to the telephone events' address, as it is."""
        return self.app.test_client().post(
            "/api/v1/telephony/events", data=body, headers=dict(headers), content_type="application/json"
        )

    def send_event(
        self, kind: str = "call.ended", *, webhook_id: str | None = None, told_at: str | None = None, **call: Any
    ) -> TestResponse:
        """A signed event of a call; `call` replaces fields of `ended_call()`."""
        body = event_body(kind, told_at=told_at, **call)
        return self.send(body, signed(self.secret, body, webhook_id=webhook_id))

    def call_ids(self) -> list[str]:
        """The ids of all calls, newest first."""
        return [call["id"] for call in self.api("GET", "/calls").json["calls"]]


def event_body(kind: str = "call.ended", *, told_at: str | None = None, **call: Any) -> bytes:
    """The body of an event of the source SOURCE."""
    told = told_at or datetime.now(UTC).isoformat()
    return json.dumps({"type": kind, "timestamp": told, "data": {"source": SOURCE, "call": ended_call(**call)}}).encode()


def ended_call(**changes: Any) -> dict[str, Any]:
    """An inbound call that agent 101 answered; fields that are changed to None are left out."""
    call: dict[str, Any] = {
        "id": "testpbx-1795336959.0",
        "client_ref": None,
        "direction": "inbound",
        "external": {"number": "+819012345678", "raw": "09012345678", "name": "山田 太郎", "withheld": False},
        "line": {"number": "0312340000"},
        "agents": [
            {
                "extension": "101",
                "name": "Alice Sato",
                "answered_at": "2026-11-22T08:42:40Z",
                "left_at": "2026-11-22T08:42:42Z",
            }
        ],
        "queue": {"name": "support", "wait_seconds": 1},
        "started_at": "2026-11-22T08:42:39Z",
        "answered_at": "2026-11-22T08:42:40Z",
        "ended_at": "2026-11-22T08:42:42Z",
        "ring_seconds": 1.0,
        "talk_seconds": 2.0,
        "outcome": "answered",
        "hangup": {"by": "external", "cause": 16, "text": "Normal Clearing"},
        "transfers": [],
        "recording_url": None,
    }
    return {name: value for name, value in (call | changes).items() if value is not None}


def signed(secret: str, body: bytes, *, webhook_id: str | None = None, at: datetime | None = None) -> dict[str, str]:
    """The three headers of Standard Webhooks."""
    moment, event_id = at or datetime.now(UTC), webhook_id or f"evt_{uuid4().hex}"
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(event_id, moment, body.decode()),
    }


def csrf_token(client: FlaskClient, page: str = "/login") -> str:
    """The token a page's form holds."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(page).text)
    assert found, f"{page} holds no form"
    return found.group(1)


def scratch_config(database_url: str, **changes: Any) -> Config:
    """A configuration with this database, which has to be migrated."""
    values: dict[str, Any] = {
        "database_url": database_url,
        "secret_key": "a secret key for tests, long enough by far",
        "encryption_keys": (Fernet.generate_key().decode(),),
    }
    return Config(**values | changes)


@pytest.fixture(scope="module")
def quick_passwords() -> Iterator[None]:
    """Hashes that take no time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        passwords._nobodys_hash.cache_clear()
        yield
    passwords._nobodys_hash.cache_clear()


@pytest.fixture
def site(sqlite_url: str, quick_passwords: None) -> Iterator[Site]:
    """An installation with the plugins that are installed."""
    yield from _made(sqlite_url)


@pytest.fixture
def site_anywhere(database_url: str, quick_passwords: None) -> Iterator[Site]:
    """As `site`; the test runs on SQLite and on PostgreSQL."""
    yield from _made(database_url)


@pytest.fixture(scope="module")
def shared_site(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, quick_passwords: None) -> Iterator[Site]:
    """As `site`, for tests that leave nothing behind: one for all tests of a file."""
    path = tmp_path_factory.mktemp("site") / "tsunagu.db"
    shutil.copyfile(migrated_sqlite, path)
    yield from _made(f"sqlite:///{path}")


@pytest.fixture(scope="module", params=BOTH)
def shared_site_anywhere(request: pytest.FixtureRequest) -> Iterator[Site]:
    """As `site_anywhere`, for tests that leave nothing behind."""
    request.getfixturevalue("quick_passwords")
    yield from _made(new_database(request))


def new_database(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated database, for a fixture of wider scope with the parameters BOTH."""
    if request.param == "postgres":
        return str(request.getfixturevalue("new_postgres")(request.getfixturevalue("migrated_postgres")))
    path = request.getfixturevalue("tmp_path_factory").mktemp("site") / "tsunagu.db"
    shutil.copyfile(request.getfixturevalue("migrated_sqlite"), path)
    return f"sqlite:///{path}"


def _made(database_url: str) -> Iterator[Site]:
    made = Site(scratch_config(database_url))
    yield made
    made.services.database.engine.dispose()
