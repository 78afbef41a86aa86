"""R12: every way in which a password login fails at the org, in plain words; and R9, R16's ground: it stays unconnected."""

from __future__ import annotations

from typing import Any

import pytest

from host.plugin_api import NeedsConfiguration, NeedsReauthorisation, PluginError
from plugins.salesforce import connecting
from plugins.salesforce.connection import read_connection, read_tokens
from tests.integration.salesforce.conftest import ADMIN, Host


def test_r12_connected(host: Host):
    info = host.connect("password").info
    known = host.org.credentials
    assert (info.username, info.user_id, info.org_id) == (
        known["username"],
        known["user_id"],
        known["organization_id"],
    )
    assert read_tokens(host.context).kept["username"] == known["username"]


@pytest.mark.parametrize(
    ("user", "kind", "words"),
    [
        ({"locked": True}, NeedsReauthorisation, "locked out"),
        ({"sso_only": True}, NeedsReauthorisation, "SSO"),
        ({"mfa_for_api": True}, NeedsReauthorisation, "MFA for API logins"),
        ({"password_expired": True}, NeedsReauthorisation, "password has expired"),
        ({"api_enabled": False}, NeedsConfiguration, "API Enabled"),
        ({"use_any_api_auth": False}, NeedsConfiguration, "Use Any API Auth"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_r12_the_users_rights_and_state(host: Host, user: dict[str, Any], kind: type[PluginError], words: str):
    host.org.user(**user)
    with pytest.raises(kind, match=words):
        host.connect("password")
    assert read_connection(host.context) is None


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"soap_login_enabled": False}, "switched off in this org"), ({"api_enabled": False}, "Professional and Essentials")],
    ids=["SOAP-login-off", "R9-no-API"],
)
def test_r12_the_orgs_switches(host: Host, settings: dict[str, Any], words: str):
    host.org.settings(**settings)
    with pytest.raises(NeedsConfiguration, match=words):
        host.connect("password")


@pytest.mark.parametrize(
    ("credentials", "words"),
    [
        ({"password": "wrong"}, "username, password or security token"),
        ({"username": "nobody@example.com"}, "username, password or security token"),
        ({"security_token": ""}, "demands the security token"),
        ({"security_token": "wrong&<"}, "username, password or security token"),
        ({"username": " "}, "Enter the Salesforce username"),
    ],
)
def test_r12_wrong_credentials(host: Host, credentials: dict[str, str], words: str):
    with pytest.raises(NeedsReauthorisation, match=words):
        host.connect("password", **credentials)


def test_r12_no_token_is_needed_from_a_trusted_network(host: Host):
    host.org.user(trusted_network=True)
    assert host.connect("password", security_token="").info.username


def test_a_refused_login_leaves_the_connection_there_was(host: Host):
    host.connect("password")
    with pytest.raises(NeedsReauthorisation):
        host.connect("password", password="wrong")
    assert connecting.run_test(host.context, ADMIN).schema.objects
    assert not read_connection(host.context).lost


def test_changing_the_method_keeps_the_org(host: Host):
    host.connect("password")
    assert host.connect("oauth").info.method == "oauth"
    assert set(read_tokens(host.context).kept) == {"refresh_token"}, "the password is forgotten"
