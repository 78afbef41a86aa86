"""The connected app of the org: its keys and where it may send people back to."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from salesforce_sandbox.org import Org

_LOOPBACK = re.compile(r"http://(?:127\.0\.0\.1|localhost)(?::\d{1,5})?/\S*")


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    client_id: str
    client_secret: str
    name: str


class OAuthError(Exception):
    """A refusal in OAuth's form: ``{"error", "error_description"}`` with status 400."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description


def save_app(org: Org, app: ConnectedApp) -> None:
    org.database.execute("INSERT OR REPLACE INTO document VALUES ('app', ?)", (json.dumps(asdict(app)),))


def connected_app(org: Org) -> ConnectedApp:
    row = org.database.row("SELECT body FROM document WHERE name = 'app'")
    if row is None:
        raise LookupError("The org has no connected app: it was never seeded")
    return ConnectedApp(**json.loads(row[0]))


def redirect_allowed(org: Org, uri: str) -> bool:
    """Any loopback address, plus exactly those configured."""
    return "#" not in uri and (bool(_LOOPBACK.fullmatch(uri)) or uri in org.settings.redirect_uris)


def check_client(org: Org, form: Mapping[str, str], authorization: str | None) -> ConnectedApp:
    """Return the app whose id and secret are in the form or in a Basic header. Raises OAuthError."""
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    if authorization is not None and authorization.lower().startswith("basic "):
        client_id, secret = _basic(authorization[6:])
    app = connected_app(org)
    if client_id != app.client_id:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    if not hmac.compare_digest(secret.encode(), app.client_secret.encode()):
        raise OAuthError("invalid_client", "invalid client credentials")
    return app


def _basic(encoded: str) -> tuple[str, str]:
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret


def new_code() -> str:
    return "aPrx" + secrets.token_urlsafe(48)
