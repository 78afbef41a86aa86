"""The settings page and its forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from host.plugin_api import PluginContext, PluginError, changes
from host.plugin_api.web import actor, said
from plugins.salesforce.auth.methods import auth_methods
from plugins.salesforce.auth_api import AuthMethod
from plugins.salesforce.connecting import change_version
from plugins.salesforce.org import kept_schema
from plugins.salesforce.pages.app_form import AppForm, read_app_form
from plugins.salesforce.pages.change import change_page
from plugins.salesforce.pages.fetch_form import confirming_fields, read_fetch_form
from plugins.salesforce.pages.flow import UNPROCESSABLE
from plugins.salesforce.pages.view import rendered, used_method
from plugins.salesforce.preferences import read_preferences
from plugins.salesforce.setting_fetch import confirm_fetch, set_fetch
from plugins.salesforce.site import CLIENT_SECRET
from plugins.salesforce.wording import N_


class SettingsPages:
    """Views for what an admin sets."""

    def __init__(self, context: PluginContext) -> None:
        self.context = context

    def show(self) -> ResponseReturnValue:
        return rendered(self.context, method=request.args.get("method", ""), again="again" in request.args)

    def save_app(self) -> ResponseReturnValue:
        form = read_app_form(request.form)
        if form.errors:
            return self._refused_app(form.errors)
        try:
            change_version(self.context, form.api_version)
        except PluginError as problem:
            return self._refused_app({"api_version": [said(problem.message)]})
        before = read_preferences(self.context)
        self._store_app(form)
        self._log(N_("app settings changed"), form.changed_from(before))
        flash(_("Saved."), "good")
        changing = self._changing()
        wanted = request.form.get("method") or None
        return redirect(url_for(".change", name=changing.name) if changing else url_for(".settings", method=wanted), 303)

    def _refused_app(self, errors: Mapping[str, list[str]]) -> ResponseReturnValue:
        method = self._changing()
        if method:
            return change_page(self.context, method, typed=request.form, errors=errors), UNPROCESSABLE
        wanted = request.form.get("method", "")
        page = rendered(self.context, method=wanted, typed=request.form, errors=errors, again=True)
        return page, UNPROCESSABLE

    def _changing(self) -> AuthMethod | None:
        """The method to which an admin is about to change, where the form stands on that page."""
        name = request.form.get("changing")
        return next((method for method in auth_methods() if method.name == name), None)

    def _store_app(self, form: AppForm) -> None:
        self.context.settings.write(form.settings())
        if form.client_secret:
            self.context.secrets.put({CLIENT_SECRET: form.client_secret})

    def save_fetch(self) -> ResponseReturnValue:
        """Plainly, or tested anew where the method wants its secrets typed in again (R16)."""
        method = used_method(self.context)
        wanted = read_fetch_form(request.form, method)
        if method is None or not method.reconfirms:
            set_fetch(self.context, wanted, actor())
            return self._saved()
        typed = {field.name: request.form.get(field.name, "") for field in confirming_fields(method)}
        try:
            confirm_fetch(self.context, wanted, typed, actor())
        except PluginError as problem:
            page = rendered(self.context, chosen_fetch=wanted, fetch_problem=said(problem.message))
            return page, UNPROCESSABLE
        return self._saved()

    def save_fields(self) -> ResponseReturnValue:
        """What is not ticked among the known fields does not count; at least one field must."""
        schema = kept_schema(self.context.settings.read())
        known = [f"{found.name}.{phone.name}" for found in schema.objects for phone in found.phones] if schema else []
        ticked = set(request.form.getlist("fields"))
        unticked = [key for key in known if key not in ticked]
        if len(unticked) == len(known):
            return rendered(self.context, errors={"fields": [_("Tick at least one field.")]}), UNPROCESSABLE
        before = read_preferences(self.context)
        self.context.settings.write({"unticked": unticked})
        label = N_("fields that do not count")
        self._log(N_("telephone fields changed"), changes({label: list(before.unticked)}, {label: unticked}))
        return self._saved()

    def _log(self, action: str, detail: Mapping[str, Any]) -> None:
        self.context.audit(actor(), action, detail)
        self.context.resume_parked()

    def _saved(self) -> ResponseReturnValue:
        flash(_("Saved."), "good")
        return redirect(url_for(".settings"), 303)
