"""The standard phone fields of the tick list (R3)."""

from __future__ import annotations

from dataclasses import dataclass

from plugins.salesforce.domain.schema import OrgSchema


@dataclass(frozen=True, slots=True, kw_only=True)
class TickedField:
    """A phone field in the tick list."""

    key: str
    label: str
    name: str
    ticked: bool


def ticked_fields(schema: OrgSchema, unticked: tuple[str, ...]) -> dict[str, list[TickedField]]:
    """The known fields by object; those in `unticked` ("Contact.Fax") do not count."""
    return {
        found.name: [
            TickedField(
                key=f"{found.name}.{phone.name}",
                label=phone.label,
                name=phone.name,
                ticked=f"{found.name}.{phone.name}" not in unticked,
            )
            for phone in found.phones
        ]
        for found in schema.objects
    }
