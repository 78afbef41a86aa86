"""A third party's auth method, installed by entry point as its own package would be (R13)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from host.plugin_api import CredentialField
from host.plugin_api.auth_loading import auth_methods
from plugins.salesforce.auth.password import method as password
from plugins.salesforce.auth_api import AuthMethod, AuthSite, Feature, Grant

ENTRY = "[tsunagu.salesforce_auth]\nbadge = tests.integration.salesforce.badge_method:method\n"


class Badge(AuthMethod):
    """Signs in at the sandbox org with a badge (the username) and a PIN (password and token)."""

    name = "badge"
    title = "Authenticate with a badge"
    description = "Hold the badge against the reader."
    notice = "Badges end with Winter ’30."
    needs_app = True
    needs_app_secret = False
    app_guide = ("Order badges for everybody.",)
    features = frozenset({Feature.BULK_FETCH, Feature.SSO, Feature.SELF_SERVICE_DISCONNECT})
    credentials = (
        CredentialField(name="badge", label="Badge", help="It hangs around your neck."),
        CredentialField(name="pin", label="PIN", secret=True),
    )
    reconfirms = ("pin",)

    def __init__(self) -> None:
        self.revoked: list[Mapping[str, str]] = []

    def begin(self, site: AuthSite, credentials: Mapping[str, str]) -> Grant:
        typed = {"username": credentials["badge"], "password": credentials["pin"]}
        grant = password.begin(site, typed)
        kept = {"badge": credentials["badge"], "pin": credentials["pin"]}
        return Grant(access_token=grant.access_token, instance_url=grant.instance_url, user=grant.user, kept=kept)

    def renew(self, site: AuthSite, kept: Mapping[str, str]) -> Grant:
        return self.begin(site, kept)

    def revoke(self, site: AuthSite, kept: Mapping[str, str], access_token: str) -> None:
        self.revoked.append(kept)


method = Badge()


@pytest.fixture
def badge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Badge:
    """The method is installed for the length of a test."""
    folder = tmp_path / "badge-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: badge\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(ENTRY)
    monkeypatch.syspath_prepend(tmp_path)
    auth_methods.cache_clear()
    method.revoked.clear()
    yield method
    auth_methods.cache_clear()
