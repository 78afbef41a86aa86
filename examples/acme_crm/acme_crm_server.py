"""A small Acme CRM over HTTP, for trying the plugin and for its tests: people, notes, clicks; API keys and OAuth.

    python acme_crm_server.py 8090

knows one person, +81312345678, and the API key `acme-key`; the app for OAuth is `acme-app` with the secret `acme-secret`.
"""

from __future__ import annotations

import hashlib
import secrets
import sys
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, jsonify, redirect, request
from werkzeug.serving import make_server

KEY, APP, SECRET = "acme-key", "acme-app", "acme-secret"
PERSON = {
    "id": "p1",
    "name": "Ann Acme",
    "company": "Acme Trading",
    "phone": "+81312345678",
    "url": "https://acme.example.com/people/p1",
}


@dataclass
class Acme:
    """Everything the CRM knows. `faults` are statuses that it answers next, in this order, instead of what was asked."""

    people: list[dict[str, str]] = field(default_factory=lambda: [dict(PERSON)])
    notes: dict[str, dict[str, Any]] = field(default_factory=dict)
    dials: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=lambda: {KEY: "Acme key 1"})
    refresh_tokens: dict[str, str] = field(default_factory=dict)
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    faults: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def app(self) -> Flask:
        """The web application."""
        app = Flask(__name__)
        app.before_request(self._guard)
        for rule, view, methods in (
            ("/api/me", self._me, ["GET"]),
            ("/api/people", self._people, ["GET"]),
            ("/api/notes/<call_id>", self._note, ["PUT"]),
            ("/api/dials/<call_id>", self._dial, ["PUT"]),
            ("/oauth/authorize", self._authorize, ["GET"]),
            ("/oauth/token", self._token, ["POST"]),
            ("/oauth/revoke", self._revoke, ["POST"]),
        ):
            app.add_url_rule(rule, view_func=view, methods=methods)
        return app

    def _guard(self) -> Response | None:
        self.asked.append(f"{request.method} {request.path}")
        if self.faults:
            return Response(status=self.faults.pop(0), headers={"Retry-After": "7"})
        if request.path.startswith("/api/") and self._bearer() not in self.tokens:
            abort(401)
        return None

    def _bearer(self) -> str:
        return request.headers.get("Authorization", "").removeprefix("Bearer ")

    def _me(self) -> Response:
        return jsonify(name=self.tokens[self._bearer()])

    def _people(self) -> Response:
        wanted = request.args.get("phones", "").split(",")
        return jsonify([person for person in self.people if person["phone"] in wanted])

    def _note(self, call_id: str) -> Response:
        self.notes[call_id] = request.get_json()
        return jsonify(id=call_id)

    def _dial(self, call_id: str) -> Response:
        self.dials[call_id] = request.get_json()
        return jsonify(id=call_id)

    def _authorize(self) -> Any:
        """Whoever asks is Ann, who always agrees."""
        asked = request.args
        if asked.get("client_id") != APP or asked.get("code_challenge_method") != "S256":
            abort(400)
        code = secrets.token_urlsafe()
        self.codes[code] = (asked["code_challenge"], asked["redirect_uri"])
        return redirect(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    def _token(self) -> Any:
        asked = request.form
        if (asked.get("client_id"), asked.get("client_secret")) != (APP, SECRET):
            return jsonify(error="invalid_client"), 401
        if asked.get("grant_type") == "refresh_token":
            name = self.refresh_tokens.pop(asked.get("refresh_token", ""), None)
        else:
            name = self._name_of_code(asked.get("code", ""), asked.get("redirect_uri", ""), asked.get("code_verifier", ""))
        return self._new_tokens(name) if name else (jsonify(error="invalid_grant"), 400)

    def _name_of_code(self, code: str, redirect_uri: str, verifier: str) -> str | None:
        digest = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        return "ann@acme.example" if self.codes.pop(code, None) == (digest, redirect_uri) else None

    def _new_tokens(self, name: str) -> Response:
        access, refresh = secrets.token_urlsafe(), secrets.token_urlsafe()
        self.tokens[access] = self.refresh_tokens[refresh] = name
        return jsonify(access_token=access, refresh_token=refresh, token_type="Bearer")  # noqa: S106 - a kind of token

    def _revoke(self) -> Response:
        name = self.refresh_tokens.pop(request.form.get("token", ""), None)
        self.tokens = {token: of for token, of in self.tokens.items() if of != name}
        return Response(status=200)


@contextmanager
def running(port: int = 0) -> Iterator[Acme]:
    """The CRM on this machine, on a free port if none is given, for the length of the block."""
    acme = Acme()
    server = make_server("127.0.0.1", port, acme.app(), threaded=True)
    acme.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield acme
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    with running(int(sys.argv[1]) if len(sys.argv) > 1 else 8090) as crm:
        print(f"Acme CRM is at {crm.address}. Stop it with Ctrl+C.")  # noqa: T201 - a command's answer
        threading.Event().wait()
