"""The operation log: who did what, when."""

from __future__ import annotations

from flask import render_template, request

from host.operation_log import find_operations, known_areas
from host.web.pages.current import services
from host.web.pages.guard import settings_blueprint

blueprint = settings_blueprint("operation_log", "/log")


@blueprint.get("")
def index() -> str:
    actor, area = request.args.get("actor", "").strip()[:100], request.args.get("area", "")
    before = request.args.get("before", type=int)
    with services().database.reading() as connection:
        page = find_operations(connection, actor=actor, area=area, before=before)
        areas = known_areas(connection)
    return render_template("settings/operations.html", page=page, areas=areas, actor=actor, area=area, before=before)
