"""What Salesforce answers when it refuses: one exception, rendered by the transport that carries it."""

from __future__ import annotations

from typing import Any

UNSUPPORTED_OBJECT = (
    "sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the "
    "'__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names."
)


class SalesforceError(Exception):
    """A refusal with its HTTP status, error code, message and, for field errors, the fields.

    ``details`` are further keys of the error's JSON.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: list[str] | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields
        self.details = details or {}

    def body(self) -> dict[str, Any]:
        """Return the entry of the REST error array."""
        entry: dict[str, Any] = {**self.details, "message": self.message, "errorCode": self.code}
        if self.fields is not None:
            entry["fields"] = self.fields
        return entry


class AmbiguousExternalIdError(SalesforceError):
    """An external id that is not unique names several records; ``addresses`` are theirs (documented: 300)."""

    def __init__(self, value: str, addresses: list[str]) -> None:
        super().__init__(300, "DUPLICATE_EXTERNAL_ID", f"Duplicate external id specified: {value}", [])
        self.addresses = addresses


class ControlInputError(ValueError):
    """What the control API was given does not fit; the text says why."""


def not_found() -> SalesforceError:
    return SalesforceError(404, "NOT_FOUND", "The requested resource does not exist")


def unknown_field_in_body(field: str, sobject: str) -> SalesforceError:
    return SalesforceError(400, "INVALID_FIELD", f"No such column '{field}' on sobject of type {sobject}")


def json_error(message: str) -> SalesforceError:
    return SalesforceError(400, "JSON_PARSER_ERROR", message)


def invalid_session() -> SalesforceError:
    return SalesforceError(401, "INVALID_SESSION_ID", "Session expired or invalid")
