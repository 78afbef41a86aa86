"""The page on which a call is moved to another record (B2); for everybody who is logged in, as looking up again is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from host.plugin_api import Call, PluginContext, PluginError, RecordRef, format_national
from host.plugin_api.web import actor, look_up_again, said
from plugins.salesforce.choosing import choose, name_of, search_records, undo
from plugins.salesforce.client import Client
from plugins.salesforce.connection import LiveConnection, connection_from
from plugins.salesforce.do_not_sync import excluded
from plugins.salesforce.domain.hit import Hit
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.domain.record_search import LONGEST, SHORTEST
from plugins.salesforce.pages.flow import UNPROCESSABLE
from plugins.salesforce.pins import kept_pin
from plugins.salesforce.registration import NO_NUMBER, NOT_CONNECTED
from plugins.salesforce.wording import N_, OBJECT_NAMES

NOT_ENDED = N_("This call has not ended yet. It can be moved when it has.")


class RecordPages:
    """Views of one call's record."""

    def __init__(self, context: PluginContext) -> None:
        self.context = context

    def show(self, call_id: str) -> ResponseReturnValue:
        """The page; with `q` the records found, to htmx alone those."""
        call = self._call(call_id)
        obstacle = self._obstacle(call)
        text = request.args.get("q", "").strip()[:LONGEST]
        found, problem = (None, "") if obstacle else self._found(call, text)
        return self._page(call, text=text, found=found, problem=problem, obstacle=obstacle)

    def choose(self, call_id: str) -> ResponseReturnValue:
        """Move the call to the record that was chosen."""
        call = self._call(call_id)
        record = RecordRef(object=request.form.get("object", "")[:40], id=request.form.get("id", "")[:18])
        obstacle = self._obstacle(call)
        if obstacle:
            return self._page(call, obstacle=obstacle), UNPROCESSABLE
        try:
            kept = choose(self._client(), call, record, self._name_of_actor())
        except PluginError as problem:
            return self._page(call, problem=said(problem.message)), UNPROCESSABLE
        self._moved(call, N_("call moved to another record"), kept.pin.record)
        flash(_("Moved to %(name)s. Contact and activity follow by themselves in a moment.", name=kept.name), "success")
        return redirect(url_for("call.show", call_id=call.id), 303)

    def undo(self, call_id: str) -> ResponseReturnValue:
        """Let the rules choose again."""
        call = self._call(call_id)
        connection = self._connection()
        kept = kept_pin(connection, call.number) if connection and call.number else None
        if connection and kept:
            undo(connection, kept)
            self._moved(call, N_("chosen record given up"), kept.pin.record)
            flash(_("The rules choose again. Contact and activity follow by themselves in a moment."), "success")
        return redirect(url_for("call.show", call_id=call.id), 303)

    def _moved(self, call: Call, action: str, record: RecordRef) -> None:
        """Names and numbers are personal data: the operation log tells the call and the record's Id."""
        detail = {N_("call"): call.id, N_("record"): f"{record.object} {record.id}"}
        self.context.audit(actor(), action, detail)
        look_up_again(call.id)

    def _call(self, call_id: str) -> Call:
        call = self.context.calls.get(call_id)
        if call is None:
            abort(404)
        return call

    def _obstacle(self, call: Call) -> str:
        """Why nothing can be chosen for this call, or ""."""
        if call.number is None:
            return said(NO_NUMBER)
        if call.ended_at is None:
            return said(NOT_ENDED)
        return said((excluded(self.context, call) or "") if self._connection() else NOT_CONNECTED)

    def _connection(self) -> LiveConnection | None:
        info = connection_from(self.context.settings.read())
        return LiveConnection(self.context, info) if info else None

    def _client(self) -> Client:
        connection = self._connection()
        if connection is None:
            abort(404)
        return Client(connection, Purpose.BY_HAND)

    def _found(self, call: Call, text: str) -> tuple[Sequence[Hit] | None, str]:
        """The records, None where nothing was asked; or what Salesforce has against it."""
        if len(text) < SHORTEST or not text.isprintable():
            return None, ""
        try:
            return search_records(self._client(), call.number or "", text), ""
        except PluginError as problem:
            return None, said(problem.message)

    def _name_of_actor(self) -> str:
        return next((user.name for user in self.context.users() if user.email == actor()), actor())

    def _page(
        self, call: Call, *, text: str = "", found: Sequence[Hit] | None = None, problem: str = "", obstacle: str = ""
    ) -> str:
        alone = "HX-Request" in request.headers and request.method == "GET"
        return render_template(
            "salesforce/record_found.html" if alone else "salesforce/record.html",
            call=call,
            text=text,
            found=found,
            problem=problem,
            obstacle=obstacle,
            **self._facts(call),
        )

    def _facts(self, call: Call) -> Mapping[str, object]:
        connection, number = self._connection(), call.number
        return {
            "number": format_national(number, self.context.site.region) if number else "",
            "entry": self.context.contact_book.entries([number]).get(number) if number else None,
            "kept": kept_pin(connection, number) if connection and number else None,
            "zone": self.context.site.timezone,
            "titles": OBJECT_NAMES,
            "name_of": name_of,
            "shortest": SHORTEST,
            "longest": LONGEST,
        }
