"""The tab Operation log: who did what with the connection, when; only where the auth method declares it (R18)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from host.plugin_api import FeatureMissing, PluginContext, PluginError
from host.plugin_api.list_filters import Period, read_period, read_position, read_text
from host.plugin_api.operation_words import COLUMNS, operation_rows
from host.plugin_api.spreadsheet import BYTE_ORDER_MARK, csv_lines
from host.plugin_api.web import said
from plugins.salesforce.auth_api import Feature
from plugins.salesforce.connecting import live_connection

NOT_FOUND = 404
LINES_PER_PIECE = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of an address."""

    actor: str
    action: str
    period: Period

    @property
    def typed(self) -> dict[str, str]:
        """What is not empty, as it stands in the address."""
        named = {"actor": self.actor, "action": self.action, **self.period.typed}
        return {name: value for name, value in named.items() if value}

    def filters(self) -> dict[str, Any]:
        return {"actor": self.actor, "action": self.action, "since": self.period.since, "until": self.period.until}


class OperationPages:
    """Views of the plugin's own lines of the operation log."""

    def __init__(self, context: PluginContext) -> None:
        self.context = context

    def show(self) -> ResponseReturnValue:
        refused = self._refused()
        if refused:
            return refused
        asked, before = self._asked(), read_position(request.args)
        page = self.context.operations.find(**asked.filters(), before=before)
        actions = sorted((said(action), action) for action in self.context.operations.actions())
        return render_template("salesforce/operations.html", page=page, actions=actions, asked=asked, before=before)

    def file(self) -> ResponseReturnValue:
        """The lines of the same filters as CSV, written piece by piece."""
        refused = self._refused()
        if refused:
            return refused
        day = self.context.clock().astimezone(self.context.site.timezone).strftime("%Y%m%d")
        name = f'attachment; filename="salesforce-operations-{day}.csv"'
        headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
        return Response(stream_with_context(self._pieces(self._asked())), mimetype="text/csv", headers=headers)

    def _refused(self) -> ResponseReturnValue | None:
        """A page that says why there is no log here."""
        try:
            live_connection(self.context).method.require(Feature.OPERATION_LOG)
        except PluginError as problem:
            undeclared = isinstance(problem, FeatureMissing)
            page = render_template("salesforce/no_operations.html", reason=said(problem.message), undeclared=undeclared)
            return page, NOT_FOUND
        return None

    def _asked(self) -> Asked:
        period = read_period(request.args, self.context.site.timezone)
        return Asked(read_text(request.args, "actor"), read_text(request.args, "action"), period)

    def _pieces(self, asked: Asked) -> Iterator[str]:
        yield BYTE_ORDER_MARK + csv_lines([[said(title) for title in COLUMNS]])
        before: int | None = None
        while True:
            page = self.context.operations.find(**asked.filters(), before=before, limit=LINES_PER_PIECE)
            for operation in page.operations:
                yield csv_lines(operation_rows(operation, said, self.context.site.timezone))
            before = page.before
            if before is None:
                return
