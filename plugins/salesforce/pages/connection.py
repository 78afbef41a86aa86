"""Connecting, coming back from Salesforce, testing, disconnecting."""

from __future__ import annotations

from collections.abc import Mapping

from flask import abort, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from host.plugin_api import AuthMethod, PluginContext, PluginError, SignIn
from host.plugin_api.web import actor, said
from plugins.salesforce import connecting
from plugins.salesforce.auth.methods import auth_methods
from plugins.salesforce.pages.view import rendered

SESSION_KEY = "salesforce_sign_in"
UNPROCESSABLE = 422


class ConnectionPages:
    """Views that talk with Salesforce."""

    def __init__(self, context: PluginContext) -> None:
        self.context = context

    def connect(self, name: str) -> ResponseReturnValue:
        method = next((found for found in auth_methods() if found.name == name), None) or abort(404)
        typed = {field.name: request.form.get(field.name, "") for field in method.credentials}
        try:
            begun = connecting.begin(self.context, method, typed, actor())
        except PluginError as problem:
            shown = _without_secrets(method, typed)
            page = rendered(self.context, method=name, again=True, typed=shown, problem=said(problem.message))
            return page, UNPROCESSABLE
        if isinstance(begun, SignIn):
            session[SESSION_KEY] = connecting.keep_sign_in(self.context, method, begun)
            return redirect(begun.url, 303)
        return self._connected(begun)

    def callback(self) -> ResponseReturnValue:
        """The browser is back; the address with the code in it is left at once."""
        key = session.pop(SESSION_KEY, "")
        try:
            back = connecting.come_back(self.context, request.args.to_dict(), key, actor())
            return self._connected(back) if isinstance(back, connecting.Connected) else redirect(url_for(".settings"), 303)
        except PluginError as problem:
            flash(said(problem.message), "error")
        return redirect(url_for(".settings"), 303)

    def _connected(self, result: connecting.Connected) -> ResponseReturnValue:
        flash(_("Connected to Salesforce as %(user)s.", user=result.info.username), "good")
        if result.another_org:
            flash(_("This is another org than before. What waited for the earlier one keeps waiting."), "warning")
        elif result.released:
            flash(_("Work that was waiting is done now: %(count)s.", count=result.released), "info")
        return redirect(url_for(".settings"), 303)

    def test(self) -> ResponseReturnValue:
        try:
            connecting.run_test(self.context, actor())
        except PluginError as problem:
            flash(said(problem.message), "error")
        else:
            flash(_("The connection works. What can be read is listed below."), "good")
        return redirect(url_for(".settings"), 303)

    def disconnect(self) -> ResponseReturnValue:
        try:
            connecting.disconnect_on_page(self.context, actor())
        except PluginError as problem:
            flash(said(problem.message), "error")
        else:
            flash(_("Disconnected. The access was revoked at Salesforce and the tokens are deleted here."), "good")
        return redirect(url_for(".settings"), 303)


def _without_secrets(method: AuthMethod, typed: Mapping[str, str]) -> dict[str, str]:
    return {field.name: typed[field.name] for field in method.credentials if not field.secret}
