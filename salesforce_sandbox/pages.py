"""What a person finds in the browser: what the org holds and was asked, and the record behind an id."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, render_template, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from salesforce_sandbox import dashboard, ids
from salesforce_sandbox.org import Org
from salesforce_sandbox.records.values import shown_value
from salesforce_sandbox.records.write import stored_record
from salesforce_sandbox.soap import organization_name

pages = Blueprint("pages", __name__)


@pages.get("/")
def board() -> Response:
    """Show what a client did and what it met."""
    org: Org = current_app.extensions["org"]
    wanted, search = request.args.get("object", ""), request.args.get("q", "").strip()[:200]
    with org.database.lock:
        page = render_template(
            "dashboard.html",
            name=organization_name(org),
            now=org.clock.now().strftime("%Y-%m-%d %H:%M:%S"),
            here=request.full_path,
            used=org.usage.used(),
            limit=org.settings.daily_limit,
            calls=dashboard.last_calls(org),
            counts=dashboard.count_records(org),
            listing=dashboard.list_records(org, wanted, search),
            grants=dashboard.list_grants(org),
            faults=org.faults.remaining(),
            locks=org.locks.report(),
            automation=org.automation.facts,
            settings=dashboard.list_settings(org),
        )
    return Response(page, mimetype="text/html", headers={"Cache-Control": "no-store"})


@pages.get("/<string(length=15):text>")
@pages.get("/<string(length=18):text>")
def record(text: str) -> Response:
    """Show the fields of a record that hold something. No login: the org is local and everything in it made up."""
    org: Org = current_app.extensions["org"]
    record_id = ids.to_18(text)
    sobject = org.catalog.by_prefix(text[:3])
    with org.database.lock:
        stored = stored_record(org, sobject.name, record_id) if sobject and record_id else None
    if sobject is None or stored is None:
        raise NotFound
    rows = [(f.label, f.name, shown_value(f, stored[f.name])) for f in sobject.fields.values()]
    filled = [row for row in rows if row[2] is not None]
    page = render_template("record.html", sobject=sobject, record=stored, rows=filled)
    return Response(page, mimetype="text/html")


@pages.get("/lightning/r/<kind>/<record_id>/view")
def lightning(kind: str, record_id: str) -> AnyResponse:
    """The address of a record in Salesforce's newer user interface."""
    del kind
    if ids.to_18(record_id) is None:
        raise NotFound
    return redirect(f"/{record_id}")
