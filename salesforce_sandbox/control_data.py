"""The control API's part about records: rules in the way of a write, locks, Lead conversion."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from salesforce_sandbox import ids
from salesforce_sandbox.control_input import current_org, object_body, tell_wrong_input
from salesforce_sandbox.errors import ControlInputError
from salesforce_sandbox.records.convert import convert_lead
from salesforce_sandbox.seed.crowd import add_crowd

control_data = Blueprint("control_data", __name__, url_prefix="/__sandbox__")
tell_wrong_input(control_data)


@control_data.route("/automation", methods=["GET", "POST"])
def automation() -> Response:
    """``validation_rules``, ``triggers``, ``duplicate_rules``: each list given replaces the one before."""
    org = current_org()
    with org.database.lock:
        if request.method == "POST":
            org.change_automation(object_body())
        return jsonify(org.automation.facts)


@control_data.route("/locks", methods=["GET", "POST"])
def locks() -> Response:
    """``{"record_id", "milliseconds" and/or "requests"}``: writes of the record meet UNABLE_TO_LOCK_ROW meanwhile."""
    org = current_org()
    if request.method == "POST":
        body = object_body()
        org.locks.hold(_record_id(body, "record_id") or "", body.get("milliseconds"), body.get("requests"))
    return jsonify({"locks": org.locks.report()})


@control_data.post("/convert")
def convert() -> Response:
    """Convert a Lead: ``{"lead_id", "account_id" and "contact_id" where they exist already}``."""
    org, body = current_org(), object_body()
    lead, account, contact = (_record_id(body, name) for name in ("lead_id", "account_id", "contact_id"))
    with org.database.lock:
        return jsonify(convert_lead(org, lead or "", account, contact))


@control_data.post("/crowd")
def crowd() -> Response:
    """Add very many Contacts with phone numbers, past all rules: ``{"contacts": n}``."""
    org, count = current_org(), object_body().get("contacts")
    if not isinstance(count, int) or isinstance(count, bool):
        raise ControlInputError("'contacts' must be a number")
    with org.database.lock:
        add_crowd(org, count)
    return jsonify({"contacts": count})


def _record_id(body: dict[str, Any], name: str) -> str | None:
    given = body.get(name)
    if given is None:
        return None
    known = ids.to_18(given) if isinstance(given, str) else None
    if known is None:
        raise ControlInputError(f"{name!r} is no record id: {given!r}")
    return known
