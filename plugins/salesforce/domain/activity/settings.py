"""The settings of the activity history, as they are kept under `activity` in the plugin's settings (R24)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from plugins.salesforce.domain.activity.call_kind import CallKind
from plugins.salesforce.domain.activity.source import Source

DEFAULT_SUBJECT = "{CALL_TYPE} {PERSON} {NUMBER}"
DEFAULT_COMMENT = "{MEMO}\n{SPEECH_RECOGNITION_SUMMARY}\n{CALL_URL}"
DEFAULT_KINDS = frozenset(CallKind) - {CallKind.INTERNAL}


class Moment(StrEnum):
    """When a Task is made."""

    AFTER_START = "after_start"
    AFTER_END = "after_end"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitySettings:
    """How calls are written as Tasks.

    Args:
        subject: a template. comment: a template, for Description.
        status: one of the org's own values; "" is the org's status for what is completed.
        mapping: which field of Task receives which `Source` (its value), by the field's API name.
        call_types: the kinds of calls that are written.
        unmatched: also calls for which no record was found (R27).
    """

    enabled: bool = False
    moment: Moment = Moment.AFTER_END
    subject: str = DEFAULT_SUBJECT
    status: str = ""
    comment: str = DEFAULT_COMMENT
    mapping: Mapping[str, str] = field(default_factory=dict)
    call_types: frozenset[CallKind] = DEFAULT_KINDS
    unmatched: bool = True

    def to_json(self) -> dict[str, Any]:
        """As it is kept in the settings."""
        return {
            "enabled": self.enabled,
            "moment": str(self.moment),
            "subject": self.subject,
            "status": self.status,
            "comment": self.comment,
            "mapping": dict(self.mapping),
            "call_types": sorted(self.call_types),
            "unmatched": self.unmatched,
        }


def activity_from(stored: Mapping[str, Any]) -> ActivitySettings:
    """The activity settings among the plugin's stored settings; what was never saved has its default."""
    kept = {name: value for name, value in (stored.get("activity") or {}).items() if name in _READERS}
    return ActivitySettings(**{name: _READERS[name](value) for name, value in kept.items()})


_READERS: Mapping[str, Any] = {
    "enabled": bool,
    "moment": Moment,
    "subject": str,
    "status": str,
    "comment": str,
    "mapping": lambda mapping: {field: source for field, source in mapping.items() if source in set(Source)},
    "call_types": lambda kinds: frozenset(map(CallKind, kinds)),
    "unmatched": bool,
}
