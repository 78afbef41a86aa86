"""Disconnecting, and what is left of connections that were ended: their settings and their waiting work (R17, B16)."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from host.plugin_api import PluginContext, PluginError
from host.plugin_api.web import actor, said
from plugins.salesforce.connection import connection_from
from plugins.salesforce.disconnecting import Disconnected, disconnect_on_page
from plugins.salesforce.former import discard, restore
from plugins.salesforce.former_work import send_here
from plugins.salesforce.pages.ended_cards import where


class EndedPages:
    """Views of an admin who ends a connection, or decides what becomes of what is left."""

    def __init__(self, context: PluginContext) -> None:
        self.context = context

    def disconnect(self) -> ResponseReturnValue:
        try:
            done = disconnect_on_page(self.context, actor(), anyway="anyway" in request.form)
        except PluginError as problem:
            flash(said(problem.message), "error")
            return redirect(url_for(".settings", unreachable=1), 303)
        _tell(done)
        return redirect(url_for(".settings"), 303)

    def restore(self, key: str) -> ResponseReturnValue:
        if connection_from(self.context.settings.read()) is None:
            flash(_("Connect to Salesforce first."), "warning")
        elif restore(self.context, key, actor()):
            self.context.resume_parked()
            flash(_("The kept settings hold now."), "good")
        else:
            flash(_("These settings are not kept any more."), "warning")
        return redirect(url_for(".settings"), 303)

    def discard(self, key: str) -> ResponseReturnValue:
        if discard(self.context, key, actor()):
            flash(_("The kept settings are discarded."), "good")
        else:
            flash(_("These settings are not kept any more."), "warning")
        return redirect(url_for(".settings"), 303)

    def send(self, key: str) -> ResponseReturnValue:
        if connection_from(self.context.settings.read()) is None:
            flash(_("Connect to Salesforce first."), "warning")
        else:
            flash(_("Sent to the connected org: %(count)s.", count=send_here(self.context, key, actor())), "good")
        return redirect(url_for(".settings"), 303)

    def drop(self, key: str) -> ResponseReturnValue:
        flash(_("Dropped: %(count)s.", count=self.context.aside.drop(key, actor())), "good")
        return redirect(url_for(".settings"), 303)


def _tell(done: Disconnected) -> None:
    if done.revoked:
        flash(_("Disconnected. The access was revoked at Salesforce and the tokens are deleted here."), "good")
    else:
        flash(_("Disconnected here. Now remove the access in Salesforce as well: %(where)s.", where=where()), "warning")
    flash(_("The settings are kept and hold again when the same org is connected again."), "info")
