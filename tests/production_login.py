"""What the auth methods see of a site that signs in at Salesforce's own login host, and who that host says it is."""

from __future__ import annotations

import pytest

from host.plugin_api.outgoing import http_session
from plugins.salesforce.auth_api import AuthSite

LOGIN = "https://login.salesforce.com"
IDENTITY_URL = f"{LOGIN}/id/00D000000000001AAA/005000000000001AAA"
IDENTITY = {"organization_id": "00D000000000001AAA", "user_id": "005000000000001AAA", "username": "a@b.example"}


@pytest.fixture
def site() -> AuthSite:
    return AuthSite(
        login_url=LOGIN,
        callback_url="https://site.example/plugins/salesforce/callback",
        client_id="key",
        client_secret="secret",
        api_version="51.0",
        http=http_session(),
    )
