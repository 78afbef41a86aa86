"""What the settings of the activity history need of Task and User, for the connection test (R10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugins.salesforce.assignees import assignees_from
from plugins.salesforce.domain.activity.settings import activity_from
from plugins.salesforce.domain.activity_rights import FIELD_COSTS, ActivityNeeds


def needs_of(stored: Mapping[str, Any]) -> ActivityNeeds:
    """By the plugin's stored settings: the fields that are always written, and those a value is assigned to."""
    settings = activity_from(stored)
    mapped = tuple(name for name in settings.mapping if name not in FIELD_COSTS)
    return ActivityNeeds(
        logging=settings.enabled, assignees=bool(assignees_from(stored)), task_fields=(*FIELD_COSTS, *mapped)
    )
