"""The form that says where to sign in and as which app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from host.plugin_api import changes
from plugins.salesforce.environment import read_environment
from plugins.salesforce.preferences import (
    DEFAULT_API_VERSION,
    PRODUCTION_HOST,
    SANDBOX_HOST,
    Preferences,
    is_api_version,
    normal_login_host,
)
from plugins.salesforce.wording import N_

LONGEST = 255
HOSTS = {"production": PRODUCTION_HOST, "sandbox": SANDBOX_HOST}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppForm:
    """What was typed, read and checked. An empty `client_secret` keeps the stored one."""

    login_host: str
    client_id: str
    client_secret: str = field(repr=False)
    api_version: str
    errors: Mapping[str, list[str]] = field(default_factory=dict)

    def settings(self) -> dict[str, Any]:
        return {"login_host": self.login_host, "client_id": self.client_id, "api_version": self.api_version}

    def changed_from(self, before: Preferences) -> dict[str, Any]:
        """For the operation log: no secret, but whether one was given."""
        former = _labelled(before.login_host, before.client_id, before.api_version)
        present = _labelled(self.login_host, self.client_id, self.api_version)
        secret = {N_("consumer secret"): N_("changed")} if self.client_secret else {}
        return {**changes(former, present), **secret}


def _labelled(login_host: str, client_id: str, api_version: str) -> dict[str, str]:
    return {N_("where to sign in"): login_host, N_("consumer key"): client_id, N_("API version"): api_version}


def read_app_form(form: Mapping[str, str]) -> AppForm:
    host = HOSTS.get(form.get("login", ""), "") or normal_login_host(form.get("my_domain", "")) or ""
    read = AppForm(
        login_host=host,
        client_id=form.get("client_id", "").strip(),
        client_secret=form.get("client_secret", "").strip(),
        api_version=form.get("api_version", "").strip() or DEFAULT_API_VERSION,
    )
    return AppForm(
        login_host=read.login_host,
        client_id=read.client_id,
        client_secret=read.client_secret,
        api_version=read.api_version,
        errors=_errors(read),
    )


def _errors(read: AppForm) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not read.login_host and not read_environment().login_url:
        errors["my_domain"] = [_("Enter a host like acme.my.salesforce.com.")]
    if not is_api_version(read.api_version):
        errors["api_version"] = [_("Enter a version like 51.0.")]
    for name, value in (("client_id", read.client_id), ("client_secret", read.client_secret)):
        if len(value) > LONGEST or not value.isprintable() or " " in value:
            errors[name] = [_("This is no key of a Salesforce app. Copy it again.")]
    return errors
