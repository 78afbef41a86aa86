"""Objects and fields as frozen facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

TEXT_TYPES = frozenset(
    {"string", "textarea", "phone", "email", "url", "picklist", "combobox", "id", "reference", "date", "datetime"}
)
NUMBER_TYPES = frozenset({"int", "double", "currency", "percent"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``flags`` holds one letter for each property that is true, see ``FLAG_NAMES``."""

    name: str
    type: str
    length: int
    label: str
    flags: frozenset[str]
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    compound: str | None = None
    extra_type: str | None = None
    values: tuple[str, ...] = ()
    default: str | None = None
    digits: int = 0
    precision: int = 0
    scale: int = 0
    person: bool = False
    custom: bool = False

    def has(self, flag: str) -> bool:
        """Tell whether a property holds, by its letter in ``FLAG_NAMES``."""
        return flag in self.flags

    @property
    def is_text(self) -> bool:
        return self.type in TEXT_TYPES

    @property
    def is_id(self) -> bool:
        return self.type in {"id", "reference"}

    def readonly(self) -> Field:
        """The same field for a user who may only read it."""
        return replace(self, flags=self.flags - {"c", "u"})


FLAG_NAMES: Mapping[str, str] = {
    "n": "nillable",
    "c": "createable",
    "u": "updateable",
    "f": "filterable",
    "s": "sortable",
    "g": "groupable",
    "d": "defaultedOnCreate",
    "i": "idLookup",
    "p": "permissionable",
    "N": "nameField",
    "R": "restrictedPicklist",
    "a": "aggregatable",
    "P": "polymorphicForeignKey",
    "x": "externalId",
    "U": "unique",
}


@dataclass(frozen=True, slots=True)
class SObject:
    """One object. ``fields`` is keyed by the lower-cased name; ``rights`` are the operations it allows."""

    name: str
    key_prefix: str
    label: str
    label_plural: str
    createable: bool
    updateable: bool
    deletable: bool
    searchable: bool
    fields: Mapping[str, Field] = field(default_factory=dict)

    def field(self, name: str) -> Field | None:
        return self.fields.get(name.lower())

    def relationship(self, name: str) -> Field | None:
        """Return the reference field behind a relationship name (``Account`` → ``AccountId``)."""
        wanted = name.lower()
        return next((f for f in self.fields.values() if (f.relationship or "").lower() == wanted), None)

    def having(self, fields: Mapping[str, Field]) -> SObject:
        return replace(self, fields=fields)


def field_from_facts(row: list[Any]) -> Field:
    """Read a row ``[name, type, length, label, flags, options]`` of the object files."""
    name, kind, length, label, flags, options = row
    return Field(
        name=name,
        type=kind,
        length=length,
        label=label,
        flags=frozenset(flags),
        reference_to=tuple(options.get("to", ())),
        relationship=options.get("as"),
        compound=options.get("in"),
        extra_type=options.get("extra"),
        values=tuple(options.get("values", ())),
        default=options.get("default"),
        digits=options.get("digits", 0),
        precision=options.get("precision", 0),
        scale=options.get("scale", 0),
        person=options.get("person", False),
        custom=options.get("custom", False),
    )


def object_from_facts(facts: Mapping[str, Any]) -> SObject:
    fields = [field_from_facts(row) for row in facts["fields"]]
    return SObject(
        name=facts["name"],
        key_prefix=facts["keyPrefix"],
        label=facts["label"],
        label_plural=facts["labelPlural"],
        createable=facts["createable"],
        updateable=facts["updateable"],
        deletable=facts["deletable"],
        searchable=facts["searchable"],
        fields={f.name.lower(): f for f in fields},
    )
