"""What Salesforce says when it does not take a Task, as what is to be done about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from host.plugin_api import PermanentFailure, PluginError, Sentence
from plugins.salesforce.errors import refusal_of
from plugins.salesforce.wording import N_

TARGET_FIELDS = frozenset({"WhoId", "WhatId"})
TARGET_CODES = frozenset(
    {
        "ENTITY_IS_DELETED",
        "INVALID_CROSS_REFERENCE_KEY",
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "CANNOT_UPDATE_CONVERTED_LEAD",
    }
)
"""The record a Task was to hang on was deleted, converted or taken out of sight."""
TARGET_FIELD_CODES = frozenset({"FIELD_INTEGRITY_EXCEPTION", "MALFORMED_ID", "INVALID_FIELD_FOR_INSERT_UPDATE"})
OWNER_CODES = frozenset({"INACTIVE_OWNER_OR_USER"})
RULE_CODES = frozenset({"REQUIRED_FIELD_MISSING", "FIELD_CUSTOM_VALIDATION_EXCEPTION"})
"""Rules of the org's own admins; what Salesforce says of them holds no value of ours."""
VALUE_CODES = frozenset(
    {
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "STRING_TOO_LONG",
        "NUMBER_OUTSIDE_VALID_RANGE",
        "INVALID_EMAIL_ADDRESS",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "FIELD_INTEGRITY_EXCEPTION",
        "MALFORMED_ID",
        "JSON_PARSER_ERROR",
    }
)
TRIGGER_CODES = frozenset({"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "APEX_ERROR", "CANNOT_EXECUTE_FLOW_TRIGGER"})

RULE = N_(
    "A rule of the Salesforce org does not take this activity (%(code)s; fields: %(fields)s): “%(message)s” "
    "Fill the field by the field mapping, or change the rule in Salesforce; then try again."
)
VALUE = N_(
    "Salesforce does not take a value of this activity (%(code)s; fields: %(fields)s). "
    "Check the field mapping and the status of the activity history; then try again."
)
TRIGGER = N_(
    "A trigger or flow of the Salesforce org does not take this activity (%(code)s). Ask who made it; then try again."
)
TARGET = N_("Salesforce does not take the record this activity belongs to.")
OWNER = N_("The Salesforce user this activity was assigned to is not active.")
NO_FIELD = N_("not named")


class NotDone(Exception):
    """Salesforce answered that it did not do it: nothing is left to be found out."""

    def __init__(self, error: PluginError) -> None:
        super().__init__(error.message)
        self.error = error


class TargetRefused(PermanentFailure):
    """The record in WhoId or WhatId cannot be used."""


class OwnerRefused(PermanentFailure):
    """The user in OwnerId cannot be used."""


def task_refusal(status: int, body: Any) -> PluginError:
    """The error for the answer to a write of a Task."""
    for code, fields, message in _entries(body):
        error = _of_task(code, fields, message)
        if error is not None:
            return error
    return refusal_of(status, body)


def error_codes(body: Any) -> set[str]:
    """The codes of an answer that refuses."""
    return {code for code, _, _ in _entries(body)}


def _of_task(code: str, fields: tuple[str, ...], message: str) -> PluginError | None:
    if code in OWNER_CODES:
        return OwnerRefused(OWNER)
    if code in TARGET_CODES or (code in TARGET_FIELD_CODES and TARGET_FIELDS & set(fields)):
        return TargetRefused(TARGET)
    named = list(fields) or [Sentence(NO_FIELD)]
    if code in RULE_CODES:
        return PermanentFailure(Sentence(RULE, code=code, fields=named, message=message))
    if code in VALUE_CODES:
        return PermanentFailure(Sentence(VALUE, code=code, fields=named))
    return PermanentFailure(Sentence(TRIGGER, code=code)) if code in TRIGGER_CODES else None


def _entries(body: Any) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Code, fields and message of each error: a collection calls its codes statusCode."""
    for entry in body if isinstance(body, list) else []:
        if isinstance(entry, Mapping):
            code = str(entry.get("errorCode") or entry.get("statusCode") or "")
            yield code, tuple(map(str, entry.get("fields") or ())), str(entry.get("message") or "")
