"""The operation log of the whole site: who did what, when. It shows every line, also those a plugin's own page does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, render_template, request, stream_with_context

from host.operation_log import find_operations, known_areas
from host.plugin_api.list_filters import Period, read_period, read_position, read_text
from host.plugin_api.operations import OperationPage
from host.web.pages.current import services
from host.web.pages.guard import settings_blueprint
from host.web.pages.operation_file import csv_pieces

blueprint = settings_blueprint("operation_log", "/log")


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of an address."""

    actor: str
    area: str
    period: Period

    @property
    def typed(self) -> dict[str, str]:
        """What is not empty, as it stands in the address."""
        named = {"actor": self.actor, "area": self.area, **self.period.typed}
        return {name: value for name, value in named.items() if value}

    def filters(self) -> dict[str, Any]:
        return {"actor": self.actor, "area": self.area, "since": self.period.since, "until": self.period.until}


@blueprint.get("")
def index() -> str:
    asked = _asked()
    before = read_position(request.args)
    with services().database.reading() as connection:
        page = find_operations(connection, **asked.filters(), before=before)
        areas = known_areas(connection)
    return render_template("settings/operations.html", page=page, areas=areas, asked=asked, before=before)


@blueprint.get("/file")
def file() -> Response:
    """The lines of the same filters as CSV."""
    asked = _asked()

    def find(before: int | None, limit: int) -> OperationPage:
        with services().database.reading() as connection:
            return find_operations(connection, **asked.filters(), before=before, limit=limit)

    day = services().clock().astimezone(services().config.timezone).strftime("%Y%m%d")
    headers = {"Content-Disposition": f'attachment; filename="operations-{day}.csv"', "Cache-Control": "no-store"}
    return Response(stream_with_context(csv_pieces(find)), mimetype="text/csv", headers=headers)


def _asked() -> Asked:
    period = read_period(request.args, services().config.timezone)
    return Asked(read_text(request.args, "actor"), read_text(request.args, "area"), period)
