"""The settings an admin makes on the Salesforce page, read fresh each time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from host.plugin_api import PluginContext

DEFAULT_API_VERSION = "51.0"
PRODUCTION_HOST = "login.salesforce.com"
SANDBOX_HOST = "test.salesforce.com"

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+salesforce\.(?:com|mil)")
_VERSION = re.compile(r"[1-9][0-9]\.0")


class FetchSetting(StrEnum):
    """When contacts are fetched (R14)."""

    AFTER_EACH_CALL = "after_each_call"
    BULK = "bulk"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """`unticked` names the phone fields that do not count, as "Contact.Fax"."""

    login_host: str = PRODUCTION_HOST
    client_id: str = ""
    api_version: str = DEFAULT_API_VERSION
    fetch: FetchSetting = FetchSetting.AFTER_EACH_CALL
    unticked: tuple[str, ...] = ()


def read_preferences(context: PluginContext) -> Preferences:
    return preferences_from(context.settings.read())


def preferences_from(stored: Mapping[str, Any]) -> Preferences:
    """The preferences among the plugin's stored settings."""
    return Preferences(
        login_host=stored.get("login_host") or PRODUCTION_HOST,
        client_id=stored.get("client_id") or "",
        api_version=stored.get("api_version") or DEFAULT_API_VERSION,
        fetch=FetchSetting(stored.get("fetch") or FetchSetting.AFTER_EACH_CALL),
        unticked=tuple(stored.get("unticked") or ()),
    )


def normal_login_host(text: str) -> str | None:
    """The host name in what an admin typed or pasted; None if nobody can sign in to Salesforce there."""
    host = re.sub(r"^https?://", "", text.strip().lower()).split("/")[0]
    return host if _HOST.fullmatch(host) else None


def is_api_version(text: str) -> bool:
    return _VERSION.fullmatch(text) is not None
