"""What an org's admins put in the way of a write: validation rules, triggers that refuse, duplicate rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from salesforce_sandbox.errors import ControlInputError, SalesforceError
from salesforce_sandbox.records.condition import compile_condition
from salesforce_sandbox.records.draft import Draft
from salesforce_sandbox.schema.catalog import Catalog
from salesforce_sandbox.schema.model import SObject
from salesforce_sandbox.store import Database

_EVENTS = {True: "insert", False: "update"}


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """Refuses a record for which the condition is true; ``field`` names where the message is shown."""

    object: str
    condition: Callable[[Draft], Any]
    message: str
    field: str | None

    def check(self, draft: Draft) -> None:
        if self.condition(draft):
            fields = [self.field] if self.field else []
            raise SalesforceError(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", self.message, fields)


@dataclass(frozen=True, slots=True)
class Trigger:
    """Fails on insert or update, as code of an admin does. The text's form is from many quotations (assumed)."""

    object: str
    name: str
    events: tuple[str, ...]
    condition: Callable[[Draft], Any]
    message: str

    def check(self, draft: Draft) -> None:
        event = _EVENTS[draft.creating]
        if event in self.events and self.condition(draft):
            message = f"{self.name}: execution of Before{event.title()}\n\ncaused by: {self.message}"
            raise SalesforceError(400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message, [])


@dataclass(frozen=True, slots=True)
class DuplicateRule:
    """Refuses a record whose fields all equal another's; the body is as recorded, ``duplicateResut`` included."""

    object: str
    name: str
    fields: tuple[str, ...]
    allow_save: bool
    message: str

    def check(self, database: Database, draft: Draft) -> None:
        if self.allow_save and draft.view.save_duplicates:
            return
        values = [draft.value(name) for name in self.fields]
        if None in values or not (draft.creating or any(draft.touched(name) for name in self.fields)):
            return
        same = " AND ".join(f'"{name}" = ?' for name in self.fields)
        sql = f'SELECT Id FROM "{self.object}" WHERE {same} AND NOT IsDeleted AND Id IS NOT ? LIMIT 100'  # noqa: S608 - checked names
        found = [str(row[0]) for row in database.rows(sql, [*values, draft.record_id])]
        if found:
            details = {"duplicateResut": self._result(draft.view.version, found)}
            raise SalesforceError(400, "DUPLICATES_DETECTED", self.message, details=details)

    def _result(self, version: str, found: list[str]) -> dict[str, Any]:
        matches = {
            "entityType": self.object, "errors": [], "matchEngine": "ExactMatchEngine",
            "matchRecords": [self._match(version, record_id) for record_id in found],
            "rule": f"{self.name}_Match", "size": len(found), "success": True,
        }  # fmt: skip
        return {
            "allowSave": self.allow_save, "duplicateRule": self.name, "duplicateRuleEntityType": self.object,
            "errorMessage": self.message, "matchResults": [matches],
        }  # fmt: skip

    def _match(self, version: str, record_id: str) -> dict[str, Any]:
        url = f"/services/data/v{version}/sobjects/{self.object}/{record_id}"
        record = {"attributes": {"type": self.object, "url": url}, "Id": record_id}
        return {"additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0, "record": record}


class Automation:
    """All rules of an org; ``facts`` is what they were made of."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.facts: dict[str, list[dict[str, Any]]] = {kind: [] for kind in _READERS}
        self._rules: dict[str, list[Any]] = {kind: [] for kind in _READERS}

    def replace(self, catalog: Catalog, changes: dict[str, Any]) -> None:
        """Put new lists in place of those named. Raises ControlInputError and changes nothing."""
        rules: dict[str, list[Any]] = {}
        for kind, entries in changes.items():
            if kind not in _READERS or not isinstance(entries, list):
                raise ControlInputError(f"There is no list {kind!r}; there are: {', '.join(_READERS)}")
            rules[kind] = [_READERS[kind](catalog, _Facts(entry)) for entry in entries]
        self.facts |= changes
        self._rules |= rules

    def check(self, database: Database, draft: Draft) -> None:
        """Raise what the first rule in the way says: triggers, validation rules, then duplicates."""
        for rule in [*self._rules["triggers"], *self._rules["validation_rules"]]:
            if rule.object == draft.sobject.name:
                rule.check(draft)
        for rule in self._rules["duplicate_rules"]:
            if rule.object == draft.sobject.name:
                rule.check(database, draft)


class _Facts:
    """A rule as the control API was given it, read with complaints."""

    def __init__(self, entry: Any) -> None:
        if not isinstance(entry, dict):
            raise ControlInputError("A rule is a JSON object")
        self._entry = entry

    def sobject(self, catalog: Catalog) -> SObject:
        sobject = catalog.find(self.text("object", ""))
        if sobject is None:
            raise ControlInputError(f"There is no object {self._entry.get('object')!r}")
        return sobject

    def text(self, name: str, default: str) -> str:
        value = self._entry.get(name, default)
        if not isinstance(value, str):
            raise ControlInputError(f"{name!r} of a rule must be a text")
        return value

    def texts(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = self._entry.get(name, list(default))
        if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
            raise ControlInputError(f"{name!r} of a rule must be a list of texts")
        return tuple(value)

    def flag(self, name: str) -> bool:
        return self._entry.get(name, False) is True


def _validation_rule(catalog: Catalog, facts: _Facts) -> ValidationRule:
    sobject, field = facts.sobject(catalog), facts.text("field", "")
    if field and sobject.field(field) is None:
        raise ControlInputError(f"Field {field} does not exist on {sobject.name}")
    condition = compile_condition(sobject, facts.text("condition", ""))
    return ValidationRule(sobject.name, condition, facts.text("message", "This record is not valid."), field or None)


def _trigger(catalog: Catalog, facts: _Facts) -> Trigger:
    sobject = facts.sobject(catalog)
    events = facts.texts("on", ("insert", "update"))
    if not set(events) <= set(_EVENTS.values()):
        raise ControlInputError("'on' of a trigger holds insert, update or both")
    condition = compile_condition(sobject, facts.text("condition", "TRUE"))
    message = facts.text("message", "System.NullPointerException: Attempt to de-reference a null object")
    return Trigger(sobject.name, facts.text("name", f"{sobject.name}Trigger"), events, condition, message)


def _duplicate_rule(catalog: Catalog, facts: _Facts) -> DuplicateRule:
    sobject = facts.sobject(catalog)
    known = [sobject.field(name) for name in facts.texts("fields", ())]
    if None in known:
        raise ControlInputError(f"A field of the duplicate rule does not exist on {sobject.name}")
    default = "You're creating a duplicate record. We recommend you use an existing record instead."
    name = facts.text("name", f"Standard_{sobject.name}_Duplicate_Rule")
    fields = tuple(field.name for field in known if field is not None)
    return DuplicateRule(sobject.name, name, fields, facts.flag("allow_save"), facts.text("message", default))


_READERS: dict[str, Callable[[Catalog, _Facts], Any]] = {
    "validation_rules": _validation_rule,
    "triggers": _trigger,
    "duplicate_rules": _duplicate_rule,
}
