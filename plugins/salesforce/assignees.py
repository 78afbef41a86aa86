"""Which Salesforce user stands for which person of the site, as it is kept in the settings (R28)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ASSIGNEES = "assignees"
"""The setting it is kept in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignee:
    """A Salesforce user, as they were when last asked for. Several people here may share one."""

    id: str
    name: str
    email: str = ""
    active: bool = True

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "email": self.email, "active": self.active}


def assignees_from(stored: Mapping[str, Any]) -> dict[int, Assignee]:
    """The Salesforce users by the ids of the people here."""
    return {int(user): Assignee(**value) for user, value in (stored.get(ASSIGNEES) or {}).items()}


def assignees_to_json(assignees: Mapping[int, Assignee]) -> dict[str, Any]:
    """As it is kept under `ASSIGNEES`."""
    return {str(user): assignee.to_json() for user, assignee in sorted(assignees.items())}


def assignments(stored: Mapping[str, Any]) -> dict[int, str]:
    """The Ids of the Salesforce users by the ids of the people here."""
    return {user: assignee.id for user, assignee in assignees_from(stored).items()}


def inactive_users(stored: Mapping[str, Any]) -> frozenset[str]:
    """The Ids of the assigned Salesforce users who were not active when last asked for."""
    return frozenset(assignee.id for assignee in assignees_from(stored).values() if not assignee.active)
