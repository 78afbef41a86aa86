"""The control API under /__sandbox__/: what a test or a demo may do to the org from outside."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request

from salesforce_sandbox.access import View
from salesforce_sandbox.control_input import current_org, json_body, known_keys, object_body, tell_wrong_input
from salesforce_sandbox.errors import ControlInputError
from salesforce_sandbox.oauth.app import change_app, connected_app
from salesforce_sandbox.oauth.sessions import end_app_sessions, revoke_user
from salesforce_sandbox.org import Org
from salesforce_sandbox.records.write import create_record, update_record
from salesforce_sandbox.seed import SEEDS
from salesforce_sandbox.seed.org import seed
from salesforce_sandbox.users import LoginUser, change_user, check_changes

MOST_ORGANIZATIONS = 99
_FARTHEST = 10 * 366 * 24 * 3600
control = Blueprint("control", __name__, url_prefix="/__sandbox__")
tell_wrong_input(control)


@control.get("/usage")
def usage() -> Response:
    return jsonify(current_org().usage.report(current_org().settings.daily_limit))


@control.get("/requests")
def requests() -> Response:
    return jsonify({"requests": current_org().usage.requests()})


@control.get("/credentials")
def credentials() -> Response:
    org = current_org()
    app = connected_app(org)
    users = [_credentials_of(user) for user in org.users]
    return jsonify(
        {
            **users[0],
            "users": users,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "redirect_uris": ["http://127.0.0.1:*/*", "http://localhost:*/*", *org.settings.redirect_uris],
            "login_url": org.base_url,
            "http_url": org.http_url,
            "https_url": org.https_url,
            "organization_id": org.id,
        }
    )


def _credentials_of(user: LoginUser) -> dict[str, str]:
    return {
        "username": user.username,
        "password": user.password,
        "security_token": user.security_token,
        "user_id": user.user_id,
    }


@control.post("/reset")
def reset() -> Response:
    """``organization`` 2 and up make it another org: one with another organization id."""
    body = known_keys(object_body(), "seed", "organization")
    kind, organization = body.get("seed", "demo"), body.get("organization", 1)
    if type(organization) is not int or not 1 <= organization <= MOST_ORGANIZATIONS:
        raise ControlInputError(f"'organization' must be a whole number from 1 to {MOST_ORGANIZATIONS}")
    if kind not in SEEDS:
        raise ControlInputError(f"There is no seed {kind!r}; there are: {', '.join(SEEDS)}")
    org = current_org()
    with org.database.lock:
        org.clear()
        seed(org, kind, organization)
    return jsonify({"seed": kind})


@control.post("/records")
def records() -> Response:
    """``{"object", "fields"}`` or ``{"records": [{"object", "fields"}, …]}``: all or none; read-only fields too."""
    body = object_body()
    entries = body.get("records", [body])
    if not isinstance(entries, list):
        raise ControlInputError("'records' must be a list")
    org = current_org()
    with org.database.lock, org.database.transaction():
        made = [_create(org, entry) for entry in entries]
    return jsonify({"ids": made})


def _create(org: Org, entry: Any) -> str:
    if not isinstance(entry, dict) or not isinstance(entry.get("fields"), dict):
        raise ControlInputError("A record is {'object': name, 'fields': {…}}")
    sobject = View(org.catalog, None, org.settings.person_accounts).find(str(entry.get("object")))
    if sobject is None:
        raise ControlInputError(f"There is no object {entry.get('object')!r}")
    return create_record(org, org.view(None), sobject, entry["fields"])


@control.route("/settings", methods=["GET", "POST"])
def settings() -> Response:
    org = current_org()
    with org.database.lock:
        if request.method == "POST":
            org.change_settings(object_body())
        return jsonify(org.settings)


@control.post("/users/<username>")
def user(username: str) -> Response:
    """Flags, ``objects`` ({"Lead": {"read": false}}), ``fields`` ({"Contact.Fax": {"read": false}}), hidden_records.

    ``active``: false ends the user's sessions, as deactivating does.
    """
    org = current_org()
    known = org.users.by_name(username)
    if known is None:
        raise ControlInputError(f"There is no user {username!r}")
    body = object_body()
    active = body.pop("active", None)
    if active not in (None, True, False):
        raise ControlInputError("'active' must be true or false")
    with org.database.lock:
        check_changes(body)
        _check_rights(org, body)
        change_user(known, body)
        org.users.save(known)
        org.note_metadata_change()
        if active is not None:
            update_record(org, org.view(None), org.catalog["User"], known.user_id, {"IsActive": active})
        if active is False:
            revoke_user(org, known.user_id)
        return jsonify({**asdict(known), "active": org.is_active(known.user_id)})


@control.route("/app", methods=["GET", "POST"])
def app() -> Response:
    """The connected app's policies; its keys are in ``credentials``. Blocking it ends its sessions."""
    org = current_org()
    with org.database.lock:
        if request.method == "POST":
            changed = change_app(org, object_body())
            if changed.blocked:
                end_app_sessions(org)
        known = asdict(connected_app(org))
    return jsonify({name: value for name, value in known.items() if name != "client_secret"})


def _check_rights(org: Org, body: dict[str, Any]) -> None:
    for name in body.get("objects", {}):
        if org.catalog.find(name) is None or org.catalog[name].name != name:
            raise ControlInputError(f"There is no object {name!r}")
    for path in body.get("fields", {}):
        object_name, _, field_name = path.partition(".")
        sobject = org.catalog.find(object_name)
        field = sobject.field(field_name) if sobject else None
        if field is None or path != f"{object_name}.{field.name}":
            raise ControlInputError(f"There is no field {path!r}")
        if not field.has("p"):
            raise ControlInputError(f"{path} is not subject to field-level security")


@control.post("/fields")
def fields() -> Response:
    """Add a custom field: ``{"object", "name", "type", …}``."""
    body = object_body()
    org = current_org()
    with org.database.lock:
        name = org.add_custom_field(str(body.get("object", "")), {k: v for k, v in body.items() if k != "object"})
    return jsonify({"name": name})


@control.route("/faults", methods=["GET", "POST"])
def faults() -> Response:
    org = current_org()
    if request.method == "POST":
        body = json_body()
        org.faults.replace(body if isinstance(body, list) else [body])
    return jsonify({"faults": org.faults.remaining()})


@control.post("/revoke")
def revoke() -> Response:
    """Kill every token of a user (``{"username"}``; default: of the first user)."""
    org = current_org()
    username = known_keys(object_body(), "username").get("username")
    known = org.users.by_name(username) if isinstance(username, str) else next(iter(org.users), None)
    if known is None:
        raise ControlInputError(f"There is no user {username!r}")
    with org.database.lock:
        revoke_user(org, known.user_id)
    return jsonify({"revoked": known.username})


@control.post("/clock")
def clock() -> Response:
    """Move the org's clock: ``{"advance_seconds": n}``."""
    seconds = object_body().get("advance_seconds")
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool) or abs(seconds) > _FARTHEST:
        raise ControlInputError(f"'advance_seconds' must be a number up to {_FARTHEST}")
    current_org().clock.offset += timedelta(seconds=seconds)
    return jsonify({"now": current_org().clock.stamp()})
