"""Child relationships: which records of other objects hang on a record (names: recorded describes)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from salesforce_sandbox.schema.model import Field, SObject

_NAMES = {
    ("Account", "Account", "ParentId"): "ChildAccounts",
    ("Account", "Contact", "AccountId"): "Contacts",
    ("Account", "Event", "WhatId"): "Events",
    ("Account", "Task", "WhatId"): "Tasks",
    ("Contact", "Event", "WhoId"): "Events",
    ("Contact", "Task", "WhoId"): "Tasks",
    ("Lead", "Event", "WhoId"): "Events",
    ("Lead", "Task", "WhoId"): "Tasks",
}


@dataclass(frozen=True, slots=True)
class ChildRelationship:
    """``name`` None: the relationship cannot be queried from the parent."""

    child: SObject
    field: Field
    name: str | None


def child_relationships(parent: SObject, objects: Iterable[SObject]) -> Iterator[ChildRelationship]:
    """Every reference to ``parent`` among the objects a user sees."""
    for child in objects:
        for field in child.fields.values():
            if field.type == "reference" and parent.name in field.reference_to:
                yield ChildRelationship(child, field, _NAMES.get((parent.name, child.name, field.name)))


def find_child(parent: SObject, objects: Iterable[SObject], name: str) -> ChildRelationship | None:
    """Return the child relationship of that name, whatever its case."""
    known = child_relationships(parent, objects)
    return next((child for child in known if child.name and child.name.lower() == name.lower()), None)
