"""The org's objects: the standard ones plus the custom fields added while it runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from salesforce_sandbox.errors import SalesforceError
from salesforce_sandbox.schema.model import Field, SObject, field_from_facts, object_from_facts

OBJECT_NAMES = ("Account", "Contact", "Event", "Lead", "Organization", "Task", "User")
_CUSTOM_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*__p?c")
_CUSTOM_FLAGS = {"textarea": "ncup", "boolean": "cufsgdp"}
_CUSTOM_TYPES = {
    "phone": 40, "string": 255, "textarea": 32000, "boolean": 0, "date": 0, "datetime": 0, "int": 0, "double": 0,
    "email": 80, "url": 255, "picklist": 255,
}  # fmt: skip


@cache
def standard_objects() -> dict[str, SObject]:
    """Read the objects shipped with the sandbox, keyed by lower-cased name."""
    folder = files("salesforce_sandbox.schema") / "objects"
    texts = ((folder / f"{name}.json").read_text("utf-8") for name in OBJECT_NAMES)
    return {o.name.lower(): o for o in (object_from_facts(json.loads(text)) for text in texts)}


class Catalog:
    """All objects with all fields, before anybody's rights are applied."""

    def __init__(self) -> None:
        self._objects = dict(standard_objects())

    def __iter__(self) -> Iterator[SObject]:
        return iter(self._objects.values())

    def find(self, name: str) -> SObject | None:
        return self._objects.get(name.lower())

    def __getitem__(self, name: str) -> SObject:
        return self._objects[name.lower()]

    def by_prefix(self, prefix: str) -> SObject | None:
        return next((o for o in self if o.key_prefix == prefix), None)

    def add_field(self, object_name: str, field: Field) -> SObject:
        sobject = self[object_name].having({**self[object_name].fields, field.name.lower(): field})
        self._objects[object_name.lower()] = sobject
        return sobject

    def reset(self) -> None:
        self._objects = dict(standard_objects())


def custom_field(facts: dict[str, Any]) -> Field:
    """Build a custom field from the control API's ``{name, type, label?, length?, required?, values?, …}``."""
    name, kind = str(facts.get("name", "")), str(facts.get("type", "string"))
    if not _CUSTOM_NAME.fullmatch(name) or kind not in _CUSTOM_TYPES:
        raise SalesforceError(400, "INVALID_INPUT", "A custom field needs a name ending in __c and a known type")
    flags = set(_CUSTOM_FLAGS.get(kind, "ncufsgpa"))
    flags -= {"n"} if facts.get("required") else set()
    flags |= {"x", "i"} if facts.get("external_id") else set()
    flags |= {"U"} if facts.get("unique") else set()
    flags |= {"R"} if facts.get("restricted") else set()
    options: dict[str, Any] = {"values": facts.get("values", []), "custom": True, "person": name.endswith("__pc")}
    options |= {"digits": 8} if kind == "int" else {"precision": 18, "scale": 2} if kind == "double" else {}
    length = facts.get("length", _CUSTOM_TYPES[kind])
    if not isinstance(length, int) or not isinstance(options["values"], list):
        raise SalesforceError(400, "INVALID_INPUT", "'length' is a number, 'values' a list of texts")
    label = str(facts.get("label", name.rpartition("__")[0]))
    return field_from_facts([name, kind, length, label, "".join(flags), options])
