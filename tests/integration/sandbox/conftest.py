"""The sandbox over real HTTP, and what every test does with it: log in and ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from salesforce_sandbox.server import RunningSandbox
from tests.integration.sandbox.dance import Dance
from tests.sandbox_fixture import sandbox, sandbox_server

__all__ = ["sandbox", "sandbox_server"]


@dataclass(frozen=True, slots=True)
class Api:
    """REST calls as one user."""

    url: str
    token: str
    version: str = "51.0"

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        url = f"{self.url}/services/data/v{self.version}/{path}"
        return requests.request(method, url, headers=headers, timeout=20, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any, **options: Any) -> requests.Response:
        return self.call("POST", path, json=body, **options)

    def query(self, text: str) -> requests.Response:
        return self.get("query", params={"q": text})


@pytest.fixture
def dance(sandbox: RunningSandbox) -> Dance:
    return Dance(sandbox.http_url)


@pytest.fixture
def api(sandbox: RunningSandbox, dance: Dance) -> Api:
    return Api(sandbox.http_url, dance.connect()["access_token"])


@pytest.fixture
def control(sandbox: RunningSandbox) -> Callable[..., Any]:
    """Call the control API: ``control("settings", daily_limit=3)`` posts, ``control("usage")`` gets."""

    def ask(path: str, body: Any = None, **fields: Any) -> Any:
        url = f"{sandbox.http_url}/__sandbox__/{path}"
        sent = body if body is not None else fields or None
        reply = requests.get(url, timeout=20) if sent is None else requests.post(url, json=sent, timeout=20)
        assert reply.status_code == 200, reply.text
        return reply.json()

    return ask
