"""One line of the connection test: what was found, what it costs if something is missing, and what to do (R10, B10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from host.plugin_api import Sentence


class Level(StrEnum):
    """How bad a finding is. A note is worth knowing and asks for nothing."""

    GOOD = "good"
    NOTE = "note"
    WARN = "warn"
    BAD = "bad"


class Group(StrEnum):
    """What a finding is about; the list is shown in this order."""

    ACCESS = "access"
    CONTACT = "Contact"
    ACCOUNT = "Account"
    LEAD = "Lead"
    TASK = "Task"
    USER = "User"
    LOGIN = "login"


class Right(StrEnum):
    """What the connected user must be allowed to do."""

    API = "api"
    READ = "read"
    SEARCH = "search"
    CREATE = "create"
    EDIT = "edit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line. Texts are English, marked for the catalogue, or a `Sentence`.

    Args:
        field: the API name of the field it is about; "" for the object or org as a whole.
        right: the right that was looked at, or None where it is not about a right.
        text: what was found. cost: what does not work without it. remedy: what to do; both "" where all is well.
    """

    level: Level
    group: Group
    text: str
    field: str = ""
    right: Right | None = None
    cost: str = ""
    remedy: str = ""

    @property
    def needs_attention(self) -> bool:
        return self.level in (Level.WARN, Level.BAD)

    @property
    def missing(self) -> str:
        """The name of the right that is missing ("Contact.Fax:read"), to compare tests by; "" if none is."""
        return f"{self.group}.{self.field}:{self.right}" if self.needs_attention and self.right else ""


def finding_to_json(finding: Finding) -> dict[str, Any]:
    """As it is kept in the settings."""
    plain = {"level": finding.level, "group": finding.group, "field": finding.field, "right": finding.right}
    return plain | {name: _text_to_json(getattr(finding, name)) for name in ("text", "cost", "remedy")}


def finding_from_json(value: Mapping[str, Any]) -> Finding:
    """What `finding_to_json` wrote."""
    return Finding(
        level=Level(value["level"]),
        group=Group(value["group"]),
        field=value["field"],
        right=Right(value["right"]) if value["right"] else None,
        **{name: _text_from_json(value[name]) for name in ("text", "cost", "remedy")},
    )


def _text_to_json(value: Any) -> Any:
    if isinstance(value, Sentence):
        return {"template": value.template, "values": {name: _text_to_json(part) for name, part in value.values.items()}}
    return [_text_to_json(part) for part in value] if isinstance(value, tuple) else value


def _text_from_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        template, values = value["template"], value["values"]
        return Sentence(template, **{name: _text_from_json(part) for name, part in values.items()})
    return tuple(_text_from_json(part) for part in value) if isinstance(value, list) else value
