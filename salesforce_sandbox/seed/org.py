"""Filling a fresh org: the organization, its users, its app, and for ``demo`` the customers."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from salesforce_sandbox import ids
from salesforce_sandbox.oauth.app import ConnectedApp, save_app
from salesforce_sandbox.org import Org
from salesforce_sandbox.records.write import create_record
from salesforce_sandbox.seed import SEEDS
from salesforce_sandbox.users import LoginUser

_APP = ConnectedApp(
    client_id="3MVG9sandbox.TsunaguDemo.0000000000000000000000000000000000000001",
    client_secret="7A0FD3A8C1E94B6D8F2B5E7C90A1D4E6F8B3C5D7E9F1A2B4C6D8E0F2A4B6C8D0",  # noqa: S106 - a demo app
    name="Tsunagu",
)
_ORGANIZATION = {
    "Name": "Tsunagu Demo K.K.", "Country": "JP", "OrganizationType": "Developer Edition", "InstanceName": "TS0",
    "DefaultLocaleSidKey": "ja_JP", "LanguageLocaleKey": "ja", "TimeZoneSidKey": "Asia/Tokyo", "IsSandbox": True,
    "PrimaryContact": "連携 ユーザ",
}  # fmt: skip
_USER = {
    "TimeZoneSidKey": "Asia/Tokyo", "LocaleSidKey": "ja_JP", "LanguageLocaleKey": "ja", "EmailEncodingKey": "UTF-8",
    "UserType": "Standard", "ProfileId": ids.make_id("00e", 1),
}  # fmt: skip
_USERS = (
    ("integration", "連携", "ユーザ", "integ", "Sandbox-2026!", "tokIntegration0000000001", True),
    ("alice", "佐藤", "アリス", "alice", "Alice-2026!", "tokAlice000000000000002", True),
    ("bob", "鈴木", "次郎", "bob", "Bob-2026!", "tokBob00000000000000003", True),
    ("carol", "高橋", "春香", "carol", "Carol-2026!", "tokCarol0000000000000004", False),
)


def seed(org: Org, kind: str, organization: int = 1) -> None:
    """Fill an org that was just made or cleared; `organization` numbers its id. Raises ValueError for an unknown kind."""
    if kind not in SEEDS:
        raise ValueError(f"There is no seed {kind!r}; there are: {', '.join(SEEDS)}")
    with org.database.transaction():
        system = org.view(None)
        for _ in range(organization - 1):
            org.database.next_number(org.catalog["Organization"].key_prefix)
        create_record(org, system, org.catalog["Organization"], dict(_ORGANIZATION))
        for user in _USERS:
            _add_user(org, *user)
        save_app(org, _APP)
        org.save_settings()
        if kind == "demo":
            _add_customers(org)


def _add_user(org: Org, name: str, last: str, first: str, alias: str, password: str, token: str, active: bool) -> None:
    username = f"{name}@tsunagu-demo.example"
    fields: dict[str, Any] = _USER | {
        "Username": username, "Email": username, "LastName": last, "FirstName": first, "Alias": alias,
        "CommunityNickname": name, "IsActive": active,
    }  # fmt: skip
    system = org.view(None)
    user_id = create_record(org, system, org.catalog["User"], fields)
    org.users.save(LoginUser(username, user_id, password, token))


def _add_customers(org: Org) -> None:
    text = (files("salesforce_sandbox.seed") / "demo.json").read_text("utf-8")
    demo = json.loads(text)
    for facts in demo["fields"]:
        org.add_custom_field(facts["object"], facts["field"])
    named: dict[str, str] = {}
    for entry in demo["records"]:
        system = org.view(None)
        fields = {name: _named(value, named) for name, value in entry["fields"].items()}
        record_id = create_record(org, system, org.catalog[entry["object"]], fields)
        named[entry.get("as", record_id)] = record_id


def _named(value: Any, named: dict[str, str]) -> Any:
    """Return the id behind ``@name``, any other value as it is."""
    return named[value[1:]] if isinstance(value, str) and value.startswith("@") else value
