"""Connecting, coming back from Salesforce, testing, disconnecting."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, abort, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from host.plugin_api import PluginContext, PluginError, SignIn
from host.plugin_api.web import actor, said
from plugins.salesforce import connecting, rights
from plugins.salesforce.auth.methods import auth_methods
from plugins.salesforce.auth_api import AuthMethod
from plugins.salesforce.connection import read_connection
from plugins.salesforce.pages.change import decide_on
from plugins.salesforce.pages.fetch_form import read_fetch_form
from plugins.salesforce.pages.flow import CHANGING_KEY, SIGN_IN_KEY, UNPROCESSABLE, typed_credentials, without_secrets
from plugins.salesforce.pages.view import rendered
from plugins.salesforce.preferences import FetchSetting


class ConnectionPages:
    """Views that talk with Salesforce."""

    def __init__(self, context: PluginContext) -> None:
        self.context = context

    def connect(self, name: str) -> ResponseReturnValue:
        """Connect, or connect again with the same method; another method is first compared with the one in use."""
        method = next((found for found in auth_methods() if found.name == name), None) or abort(404)
        known = read_connection(self.context)
        if known is not None and known.method != name:
            return redirect(url_for(".change", name=name), 303)
        typed, fetch = typed_credentials(method), self._fetch(method)
        try:
            begun = connecting.begin(self.context, method, typed, actor(), {"fetch": fetch.value} if fetch else None)
        except PluginError as problem:
            return self._refused(method, typed, fetch, said(problem.message))
        if isinstance(begun, SignIn):
            session[SIGN_IN_KEY] = connecting.keep_sign_in(self.context, method, begun)
            session.pop(CHANGING_KEY, None)
            return redirect(begun.url, 303)
        return self._connected(begun)

    def _fetch(self, method: AuthMethod) -> FetchSetting | None:
        """The fetch setting beside the credentials, where it could not be changed later without typing them in again."""
        return read_fetch_form(request.form, method) if method.reconfirms else None

    def _refused(
        self, method: AuthMethod, typed: Mapping[str, str], fetch: FetchSetting | None, problem: str
    ) -> ResponseReturnValue:
        shown = without_secrets(method, typed)
        page = rendered(self.context, method=method.name, again=True, typed=shown, problem=problem, chosen_fetch=fetch)
        return page, UNPROCESSABLE

    def callback(self) -> ResponseReturnValue:
        """The browser is back; the address with the code in it is left at once."""
        key, changing = session.pop(SIGN_IN_KEY, ""), session.pop(CHANGING_KEY, "")
        try:
            back = connecting.come_back(self.context, request.args.to_dict(), key, actor())
        except PluginError as problem:
            flash(said(problem.message), "error")
            return redirect(url_for(".change", name=changing) if changing else url_for(".settings"), 303)
        return self._connected(back) if isinstance(back, connecting.Connected) else decide_on(self.context, back)

    def _connected(self, result: connecting.Connected) -> ResponseReturnValue:
        flash(_("Connected to Salesforce as %(user)s.", user=result.info.username), "good")
        if result.restored:
            flash(_("The settings that were kept when this org was disconnected hold again."), "info")
        if result.released:
            flash(_("Work that was waiting is done now: %(count)s.", count=result.released), "info")
        if result.aside:
            flash(_("Work of another org keeps waiting. Decide below what becomes of it."), "warning")
        return redirect(url_for(".settings"), 303)

    def test(self) -> ResponseReturnValue:
        try:
            connecting.run_test(self.context, actor())
        except PluginError as problem:
            flash(said(problem.message), "error")
        else:
            flash(_("The connection works. What can be read is listed below."), "good")
        if "HX-Request" in request.headers:
            return Response(status=204, headers={"HX-Refresh": "true"})
        return redirect(url_for(".settings"), 303)

    def accept_rights(self) -> ResponseReturnValue:
        rights.accept(self.context, actor())
        flash(_("Accepted: nobody is told of these rights again."), "good")
        return redirect(url_for(".settings"), 303)
