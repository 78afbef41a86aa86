"""R29, R31: what is done about Salesforce's refusals of a Task, and what people are told."""

from __future__ import annotations

from typing import Any

import pytest

from host.plugin_api import NeedsConfiguration, PermanentFailure, RetryLater
from plugins.salesforce.activity.refusals import OwnerRefused, TargetRefused, task_refusal
from plugins.salesforce.errors import SchemaOutdated

SECRET = "090-1234-5678"


def refused(code: str, fields: tuple[str, ...] = (), message: str = SECRET, status: int = 400) -> Exception:
    body: list[dict[str, Any]] = [{"errorCode": code, "message": message, "fields": list(fields)}]
    return task_refusal(status, body)


@pytest.mark.parametrize(
    ("code", "fields", "error"),
    [
        ("INACTIVE_OWNER_OR_USER", (), OwnerRefused),
        ("ENTITY_IS_DELETED", (), TargetRefused),
        ("INVALID_CROSS_REFERENCE_KEY", (), TargetRefused),
        ("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", (), TargetRefused),
        ("CANNOT_UPDATE_CONVERTED_LEAD", (), TargetRefused),
        ("FIELD_INTEGRITY_EXCEPTION", ("WhatId",), TargetRefused),
        ("FIELD_INTEGRITY_EXCEPTION", ("Custom__c",), PermanentFailure),
        ("UNABLE_TO_LOCK_ROW", (), RetryLater),
        ("REQUIRED_FIELD_MISSING", ("Custom__c",), PermanentFailure),
        ("STRING_TOO_LONG", ("Subject",), PermanentFailure),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", (), PermanentFailure),
        ("INSUFFICIENT_ACCESS_OR_READONLY", (), NeedsConfiguration),
        ("INVALID_FIELD", (), SchemaOutdated),
    ],
)
def test_r29_each_refusal(code: str, fields: tuple[str, ...], error: type[Exception]) -> None:
    assert type(refused(code, fields)) is error


def test_r31_a_rule_of_the_org_is_told_with_its_fields_and_its_own_words() -> None:
    message = str(refused("FIELD_CUSTOM_VALIDATION_EXCEPTION", ("Priority",), "Choose one"))
    assert "Priority" in message
    assert "“Choose one”" in message


@pytest.mark.parametrize("code", ["STRING_TOO_LONG", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "APEX_ERROR"])
def test_r31_what_salesforce_quotes_of_our_values_is_not_told(code: str) -> None:
    assert SECRET not in str(refused(code, ("Subject",)))


def test_r29_a_collection_calls_its_codes_otherwise() -> None:
    body = [{"statusCode": "INACTIVE_OWNER_OR_USER", "message": "", "fields": []}]
    assert isinstance(task_refusal(400, body), OwnerRefused)
