"""The connected app of the org: its keys, its policies and where it may send people back to."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from salesforce_sandbox.org import Org

_LOOPBACK = re.compile(r"http://(?:127\.0\.0\.1|localhost)(?::\d{1,5})?/\S*")


SCOPES = {
    "api": "Manage user data via APIs",
    "refresh_token": "Perform requests at any time",
    "offline_access": "Perform requests at any time",
    "id": "Access the identity URL service",
    "openid": "Access unique user identifiers",
    "profile": "Access the identity URL service",
    "email": "Access the identity URL service",
    "web": "Manage user data via Web browsers",
    "full": "Full access",
}


_POLICIES = (
    "certificate", "scopes", "admin_approved_only", "approved_users", "client_credentials", "run_as", "installed",
    "blocked",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    """``certificate``: PEM of the RSA key that signs JWT assertions. ``run_as``: user of the client credentials grant.

    ``admin_approved_only``: only ``approved_users`` (usernames) may use the app, without being asked.
    ``installed`` and ``blocked``: what an admin did on the page of connected apps' use.
    """

    client_id: str
    client_secret: str
    name: str
    certificate: str = ""
    scopes: list[str] = field(default_factory=lambda: list(SCOPES))
    admin_approved_only: bool = False
    approved_users: list[str] = field(default_factory=list)
    client_credentials: bool = False
    run_as: str = ""
    installed: bool = True
    blocked: bool = False


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


def change_app(org: Org, changes: dict[str, Any]) -> ConnectedApp:
    """Change the app's policies and return it. Raises ValueError naming what does not fit."""
    known = connected_app(org)
    for name, value in changes.items():
        if name not in _POLICIES:
            raise ValueError(f"An app has no {name!r}; there are: {', '.join(_POLICIES)}")
        before = getattr(known, name)
        texts = not isinstance(value, list) or all(isinstance(entry, str) for entry in value)
        if type(value) is not type(before) or not texts:
            raise ValueError(f"{value!r} does not fit {name!r}")
    if changes.get("certificate"):
        public_key(changes["certificate"])
    if unknown := [scope for scope in changes.get("scopes", ()) if scope not in SCOPES]:
        raise ValueError(f"There is no scope {unknown[0]!r}; there are: {', '.join(SCOPES)}")
    changed = replace(known, **changes)
    save_app(org, changed)
    return changed


def public_key(certificate: str) -> RSAPublicKey:
    """Return the RSA key of a PEM certificate. Raises ValueError."""
    key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    if not isinstance(key, RSAPublicKey):
        raise ValueError("The certificate must hold an RSA key")  # noqa: TRY004 - bad input, told as such
    return key


def check_access(app: ConnectedApp, username: str) -> None:
    """Raise what the token endpoint answers where the app or the user is kept out."""
    approved = username.lower() in (known.lower() for known in app.approved_users)
    if app.blocked or not app.installed or (app.admin_approved_only and not approved):
        raise OAuthError("invalid_app_access", "user is not admin approved to access this app")


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
