"""Who may log in, with which password, flags and rights."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from salesforce_sandbox.settings import LOGIN_REFUSALS
from salesforce_sandbox.store import Database

RIGHTS = ("read", "create", "edit", "delete")
_FLAGS = ("mfa_for_api", "sso_only", "api_enabled", "locked", "password_expired", "use_any_api_auth", "trusted_network")


@dataclass(slots=True)
class LoginUser:
    """One login. ``objects`` and ``fields`` only hold what is taken away, e.g. ``{"Lead": {"read": False}}``.

    ``login_refusal``: the code every login of the user ends with. ``locked_until``: a time of the org's clock.
    ``trusted_network``: the security token is not asked for. ``hidden_records``: ids not shared with the user.
    """

    username: str
    user_id: str
    password: str
    security_token: str
    mfa_for_api: bool = False
    sso_only: bool = False
    api_enabled: bool = True
    locked: bool = False
    password_expired: bool = False
    use_any_api_auth: bool = True
    trusted_network: bool = False
    login_refusal: str = ""
    failed_logins: int = 0
    locked_until: float = 0
    objects: dict[str, dict[str, bool]] = field(default_factory=dict)
    fields: dict[str, dict[str, bool]] = field(default_factory=dict)
    hidden_records: list[str] = field(default_factory=list)

    def may(self, right: str, object_name: str) -> bool:
        """Tell whether an object right is held; without ``read`` there is none of the others."""
        held = self.objects.get(object_name, {})
        return held.get("read", True) and held.get(right, True)

    def may_field(self, right: str, object_name: str, field_name: str) -> bool:
        held = self.fields.get(f"{object_name}.{field_name}", {})
        return held.get("read", True) and held.get(right, True)


class Users:
    """The logins, in memory and in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_name: dict[str, LoginUser] = {}
        self.load()

    def load(self) -> None:
        rows = self._database.rows("SELECT body FROM login ORDER BY rowid")
        users = [LoginUser(**json.loads(body)) for (body,) in rows]
        self._by_name = {user.username.lower(): user for user in users}

    def save(self, user: LoginUser) -> None:
        self._by_name[user.username.lower()] = user
        body = json.dumps(asdict(user))
        sql = "INSERT INTO login VALUES (?, ?) ON CONFLICT (username) DO UPDATE SET body = excluded.body"
        self._database.execute(sql, (user.username, body))

    def __iter__(self) -> Any:
        return iter(self._by_name.values())

    def by_name(self, username: str) -> LoginUser | None:
        return self._by_name.get(username.lower())

    def by_id(self, user_id: str) -> LoginUser | None:
        return next((u for u in self._by_name.values() if u.user_id == user_id), None)


def check_changes(changes: dict[str, Any]) -> None:
    """Raise ValueError naming the first of the control API's changes that does not fit."""
    for name, value in changes.items():
        _check_change(name, value)


def change_user(user: LoginUser, changes: dict[str, Any]) -> None:
    """Apply changes that were checked."""
    for name, value in changes.items():
        if name in {"objects", "fields"}:
            merge_rights(getattr(user, name), value)
        else:
            setattr(user, name, value)
    if changes.get("locked") is False:
        user.failed_logins, user.locked_until = 0, 0


def _check_change(name: str, value: Any) -> None:
    if name in _FLAGS:
        fits = isinstance(value, bool)
    elif name in {"password", "security_token"}:
        fits = isinstance(value, str)
    elif name == "login_refusal":
        fits = value in ("", *LOGIN_REFUSALS)
    elif name == "hidden_records":
        fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
    elif name in {"objects", "fields"}:
        fits = isinstance(value, dict) and all(_are_rights(rights) for rights in value.values())
    else:
        raise ValueError(f"A user has no {name!r}")
    if not fits:
        raise ValueError(f"{value!r} does not fit {name!r}")


def _are_rights(rights: Any) -> bool:
    return isinstance(rights, dict) and all(r in RIGHTS and isinstance(v, bool) for r, v in rights.items())


def merge_rights(held: dict[str, dict[str, bool]], changes: dict[str, dict[str, bool]]) -> None:
    for name, rights in changes.items():
        held[name] = {**held.get(name, {}), **rights}
