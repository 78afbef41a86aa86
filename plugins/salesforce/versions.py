"""Which API versions an org offers; the list is free of charge and needs no login (R7)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import requests

from host.plugin_api import NeedsConfiguration, RetryLater, Sentence
from plugins.salesforce.errors import UNREADABLE, refusal_of, translated

NUMBER = re.compile(r"[0-9]{1,4}\.[0-9]")


class VersionNotOffered(NeedsConfiguration):
    """The org does not offer the API version that is set."""

    def __init__(self, version: str, offered: Sequence[str]) -> None:
        super().__init__(
            Sentence(
                "This org does not offer API version %(version)s. It offers %(offered)s.",
                version=version,
                offered=list(offered) or "–",
            )
        )


def offered_versions(http: requests.Session, instance_url: str) -> tuple[str, ...]:
    """As "51.0", in Salesforce's order, oldest first."""
    try:
        response = http.get(f"{instance_url}/services/data/", headers={"Accept": "application/json"})
        listed = response.json() if response.ok else None
    except requests.exceptions.RequestException as problem:
        error = translated(problem)
    else:
        versions = _versions(listed)
        if versions:
            return versions
        error = RetryLater(UNREADABLE) if response.ok else refusal_of(response.status_code, None)
    raise error


def _versions(listed: Any) -> tuple[str, ...]:
    """Those of a reply that are versions: what stands between us and Salesforce may have answered in its place."""
    named = [entry.get("version") for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    return tuple(version for version in named if isinstance(version, str) and NUMBER.fullmatch(version))


def check_version(http: requests.Session, instance_url: str, version: str) -> None:
    """Raise `VersionNotOffered` if the org lacks this one."""
    require_offered(version, offered_versions(http, instance_url))


def require_offered(version: str, offered: Sequence[str]) -> None:
    """Raise `VersionNotOffered` if it is not among these."""
    if version not in offered:
        raise VersionNotOffered(version, offered)
