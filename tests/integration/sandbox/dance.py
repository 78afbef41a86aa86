"""The OAuth web-server flow as a browser and a client make it, by plain requests."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

VERIFIER = "v" * 60
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
CALLBACK = "http://127.0.0.1:8000/salesforce/callback"


class Dance:
    def __init__(self, url: str) -> None:
        self.url = url
        self.known = requests.get(f"{url}/__sandbox__/credentials", timeout=20).json()
        self.browser = requests.Session()

    def authorize(self, **changes: str | None) -> requests.Response:
        arguments = {
            "response_type": "code", "client_id": self.known["client_id"], "redirect_uri": CALLBACK, "state": "s-1",
            "scope": "api refresh_token id", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        } | changes  # fmt: skip
        given = {name: value for name, value in arguments.items() if value is not None}
        url = f"{self.url}/services/oauth2/authorize"
        return self.browser.get(url, params=given, allow_redirects=False, timeout=20)

    def log_in(self, page: requests.Response, **changes: str) -> requests.Response:
        form = {"source": source(page), "username": self.known["username"], "pw": self.known["password"]} | changes
        return self.browser.post(f"{self.url}/login", data=form, timeout=20)

    def decide(self, page: requests.Response, button: str = "save") -> dict[str, str]:
        """Press Allow (``save``) or Deny (``cancel``) and return what comes back to the application."""
        url = f"{self.url}/setup/secur/RemoteAccessAuthorizationPage"
        form = {"source": source(page), button: "1"}
        reply = self.browser.post(url, data=form, allow_redirects=False, timeout=20)
        assert reply.status_code == 302, reply.text
        return came_back(reply)

    def code(self, **changes: str | None) -> str:
        page = self.authorize(**changes)
        if "/login" in page.text:
            page = self.log_in(page)
        return self.decide(page)["code"]

    def token(self, **changes: str | None) -> requests.Response:
        form = {
            "grant_type": "authorization_code", "client_id": self.known["client_id"],
            "client_secret": self.known["client_secret"], "redirect_uri": CALLBACK, "code_verifier": VERIFIER,
        } | changes  # fmt: skip
        return requests.post(f"{self.url}/services/oauth2/token", data=form, timeout=20)

    def refresh(self, refresh_token: str) -> requests.Response:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, redirect_uri=None, code_verifier=None)

    def connect(self) -> dict[str, Any]:
        reply = self.token(code=self.code())
        assert reply.status_code == 200, reply.text
        answer: dict[str, Any] = reply.json()
        return answer


def source(page: requests.Response) -> str:
    match = re.search(r'name="source" value="([^"]+)"', page.text)
    assert match is not None, page.text
    return match[1]


def came_back(reply: requests.Response) -> dict[str, str]:
    location = reply.headers["Location"]
    assert location.startswith(CALLBACK)
    return dict(parse_qsl(urlsplit(location).query))
