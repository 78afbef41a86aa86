"""What the connected user may see of the objects a number is looked up in, read from their describe replies (R1, R3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

OBJECTS = ("Contact", "Account", "Lead")
"""The objects a call is matched with (R1), the first one wins (R4)."""

PLAIN_FIELDS: Mapping[str, tuple[str, ...]] = {
    "Contact": ("Id", "Name", "LastModifiedDate", "AccountId", "IsPersonAccount"),
    "Account": ("Id", "Name", "LastModifiedDate", "IsPersonAccount", "PersonContactId"),
    "Lead": ("Id", "Name", "LastModifiedDate", "Company", "IsConverted"),
}
"""Beside the phone fields, what is asked for: as far as the org has it and the user may see it."""

NEEDED_FIELDS = frozenset({"Id", "LastModifiedDate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneField:
    """A standard field of type phone: its API name and the label people see."""

    name: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectSchema:
    """One readable object: which of `PLAIN_FIELDS` it has, and all its standard phone fields (R3)."""

    name: str
    fields: frozenset[str]
    phones: tuple[PhoneField, ...]
    searchable: bool = True

    def counted(self, unticked: Collection[str]) -> ObjectSchema:
        """The same without the phone fields the admin has unticked, which are named "Contact.Fax"."""
        phones = tuple(phone for phone in self.phones if f"{self.name}.{phone.name}" not in unticked)
        return replace(self, phones=phones)

    def lacking(self, field: str) -> ObjectSchema:
        """The same without this field."""
        phones = tuple(phone for phone in self.phones if phone.name != field)
        return replace(self, fields=self.fields - {field}, phones=phones)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgSchema:
    """The readable objects by name, in order of `OBJECTS`; one that may not be read is absent and blocks no other."""

    objects: tuple[ObjectSchema, ...]
    read_at: datetime

    def get(self, name: str) -> ObjectSchema | None:
        return next((found for found in self.objects if found.name == name), None)

    def counted(self, unticked: Collection[str]) -> tuple[ObjectSchema, ...]:
        """The objects to look a number up in: those which keep at least one phone field."""
        remaining = (found.counted(unticked) for found in self.objects)
        return tuple(found for found in remaining if found.phones)


def read_describe(describe: Mapping[str, Any]) -> ObjectSchema | None:
    """The schema in one describe reply; None if the object may not be queried or lacks what a look-up needs.

    A field hidden by field-level security is simply absent from the reply, so it is never asked for.
    """
    name = str(describe.get("name", ""))
    if name not in OBJECTS or not describe.get("queryable"):
        return None
    fields = [field for field in describe.get("fields", ()) if isinstance(field, Mapping)]
    visible = frozenset(str(field.get("name")) for field in fields) & frozenset(PLAIN_FIELDS[name])
    if not visible >= NEEDED_FIELDS:
        return None
    phones = tuple(_phone(field) for field in fields if _is_standard_phone(field))
    return ObjectSchema(name=name, fields=visible, phones=phones, searchable=bool(describe.get("searchable")))


def _is_standard_phone(field: Mapping[str, Any]) -> bool:
    return field.get("type") == "phone" and field.get("custom") is False and bool(field.get("filterable", True))


def _phone(field: Mapping[str, Any]) -> PhoneField:
    return PhoneField(name=str(field["name"]), label=str(field.get("label") or field["name"]))


def schema_to_json(schema: OrgSchema) -> dict[str, Any]:
    """As it is kept in the settings."""
    return {"read_at": schema.read_at.isoformat(), "objects": [_object_to_json(found) for found in schema.objects]}


def _object_to_json(found: ObjectSchema) -> dict[str, Any]:
    phones = [[phone.name, phone.label] for phone in found.phones]
    return {"name": found.name, "fields": sorted(found.fields), "phones": phones, "searchable": found.searchable}


def schema_from_json(value: Mapping[str, Any]) -> OrgSchema:
    """What `schema_to_json` wrote."""
    objects = tuple(_object_from_json(found) for found in value["objects"])
    return OrgSchema(objects=objects, read_at=datetime.fromisoformat(value["read_at"]))


def _object_from_json(value: Mapping[str, Any]) -> ObjectSchema:
    phones = tuple(PhoneField(name=name, label=label) for name, label in value["phones"])
    return ObjectSchema(name=value["name"], fields=frozenset(value["fields"]), phones=phones, searchable=value["searchable"])


def without(schema: OrgSchema, gone: str) -> OrgSchema:
    """The same without what has gone out of sight: "Contact.MobilePhone", "Lead", or "" for nothing."""
    name, _, field = gone.partition(".")
    objects = (found.lacking(field) if found.name == name and field else found for found in schema.objects)
    return replace(schema, objects=tuple(found for found in objects if field or found.name != name))
