"""A write in the making: the record as it was, what is asked to change, and who asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from salesforce_sandbox import ids
from salesforce_sandbox.access import View
from salesforce_sandbox.errors import SalesforceError, unknown_field_in_body
from salesforce_sandbox.records.values import stored_value
from salesforce_sandbox.schema.model import Field, SObject


@dataclass(slots=True)
class Draft:
    """``before`` is empty when creating; ``changes`` holds stored values by canonical field name."""

    view: View
    sobject: SObject
    record_id: str | None
    before: dict[str, Any]
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def creating(self) -> bool:
        return not self.before

    def value(self, name: str) -> Any:
        """Return the field's value as it will be."""
        return self.changes.get(name, self.before.get(name))

    def touched(self, name: str) -> bool:
        return name in self.changes


def read_changes(view: View, sobject: SObject, body: dict[str, Any], creating: bool) -> dict[str, Any]:
    """Turn a request's fields into stored values; refuse unknown and read-only ones.

    The sandbox itself (no user) may also set read-only fields such as LastModifiedDate.
    """
    changes: dict[str, Any] = {}
    refused: list[str] = []
    for name, value in body.items():
        if name == "attributes":
            continue
        known = sobject.field(name)
        if known is None:
            raise unknown_field_in_body(name, sobject.name)
        if view.user is not None and not known.has("c" if creating else "u"):
            refused.append(known.name)
            continue
        changes[known.name] = stored_value(known, value)
    if creating and "Id" in refused:
        raise SalesforceError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"])
    if refused:
        raise _not_writable(refused)
    return changes


def _not_writable(names: list[str]) -> SalesforceError:
    message = (
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this field and "
        "verify that it is read/write for your profile or permission set."
    )
    return SalesforceError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, names)


def required_fields(sobject: SObject) -> list[Field]:
    """Fields a person must fill in: neither nillable nor filled by the org."""
    return [
        f
        for f in sobject.fields.values()
        if not f.has("n") and f.has("c") and not f.has("d") and f.type != "boolean" and f.name != "Name"
    ]


def short_id(record_id: str) -> str:
    return record_id[:15] if ids.to_18(record_id) else record_id
