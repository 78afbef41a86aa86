"""Reading what the control API is sent, and telling what does not fit."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from salesforce_sandbox.errors import ControlInputError, SalesforceError
from salesforce_sandbox.org import Org
from salesforce_sandbox.rest.call import parse_json


def current_org() -> Org:
    org: Org = current_app.extensions["org"]
    return org


def json_body() -> Any:
    return parse_json(request.get_data() or b"{}")


def object_body() -> dict[str, Any]:
    body = json_body()
    if not isinstance(body, dict):
        raise ControlInputError("The body must be a JSON object")
    return body


def known_keys(body: dict[str, Any], *known: str) -> dict[str, Any]:
    """Return the body. Raises ControlInputError for a key that means nothing: it may be a misspelt one."""
    unknown = sorted(body.keys() - set(known))
    if unknown:
        raise ControlInputError(f"There is no {', '.join(map(repr, unknown))} here; known: {', '.join(known)}")
    return body


def tell_wrong_input(blueprint: Blueprint) -> None:
    """Answer refusals of a blueprint's functions with 400 and the reason."""
    blueprint.register_error_handler(ValueError, _wrong_input)
    blueprint.register_error_handler(SalesforceError, _refused)


def _wrong_input(error: ValueError) -> tuple[Response, int]:
    return jsonify({"error": str(error)}), 400


def _refused(error: SalesforceError) -> tuple[Response, int]:
    return jsonify({"error": error.message, "code": error.code, "fields": error.fields or []}), 400
