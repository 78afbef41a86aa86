"""The settings page and its forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from host.plugin_api import PluginContext, PluginError
from host.plugin_api.web import actor, said
from plugins.salesforce.connecting import change_version
from plugins.salesforce.org import kept_schema
from plugins.salesforce.pages.app_form import AppForm, read_app_form
from plugins.salesforce.pages.view import rendered
from plugins.salesforce.preferences import FetchSetting
from plugins.salesforce.site import CLIENT_SECRET
from plugins.salesforce.wording import N_

UNPROCESSABLE = 422


class SettingsPages:
    """Views for what an admin sets."""

    def __init__(self, context: PluginContext) -> None:
        self.context = context

    def show(self) -> ResponseReturnValue:
        return rendered(self.context, method=request.args.get("method", ""), again="again" in request.args)

    def save_app(self) -> ResponseReturnValue:
        form = read_app_form(request.form)
        if form.errors:
            return rendered(self.context, typed=request.form, errors=form.errors, again=True), UNPROCESSABLE
        try:
            change_version(self.context, form.api_version)
        except PluginError as problem:
            return self._refused("api_version", problem)
        self._store_app(form)
        return self._saved(N_("app settings changed"), form.changes(), request.form.get("method"))

    def _refused(self, field: str, problem: PluginError) -> ResponseReturnValue:
        errors = {field: [said(problem.message)]}
        return rendered(self.context, typed=request.form, errors=errors, again=True), UNPROCESSABLE

    def _store_app(self, form: AppForm) -> None:
        self.context.settings.write(form.settings())
        if form.client_secret:
            self.context.secrets.put({CLIENT_SECRET: form.client_secret})

    def save_fetch(self) -> ResponseReturnValue:
        wanted = request.form.get("fetch", "")
        if wanted not in tuple(FetchSetting):
            return rendered(self.context, errors={"fetch": [_("Choose one of the list.")]}), UNPROCESSABLE
        self.context.settings.write({"fetch": wanted})
        return self._saved(N_("fetch setting changed"), {"fetch": wanted})

    def save_fields(self) -> ResponseReturnValue:
        """What is not ticked among the known fields does not count; at least one field must."""
        schema = kept_schema(self.context.settings.read())
        known = [f"{found.name}.{phone.name}" for found in schema.objects for phone in found.phones] if schema else []
        ticked = set(request.form.getlist("fields"))
        unticked = [key for key in known if key not in ticked]
        if len(unticked) == len(known):
            return rendered(self.context, errors={"fields": [_("Tick at least one field.")]}), UNPROCESSABLE
        self.context.settings.write({"unticked": unticked})
        return self._saved(N_("telephone fields changed"), {"unticked": unticked})

    def _saved(self, action: str, detail: Mapping[str, Any], method: str | None = None) -> ResponseReturnValue:
        self.context.audit(actor(), action, detail)
        self.context.resume_parked()
        flash(_("Saved."), "good")
        return redirect(url_for(".settings", method=method), 303)
