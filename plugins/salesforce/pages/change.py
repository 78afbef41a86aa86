"""Changing the auth method: what it means, the test of the new login, and the decision (R15, B8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from host.plugin_api import PluginContext, PluginError, SignIn
from host.plugin_api.web import actor, allow_form_redirect, said
from plugins.salesforce import changing
from plugins.salesforce.auth.methods import auth_methods
from plugins.salesforce.auth_api import AuthMethod
from plugins.salesforce.connecting import keep_sign_in
from plugins.salesforce.connection import read_connection
from plugins.salesforce.domain.method_change import method_change
from plugins.salesforce.fetch_setting import TITLES
from plugins.salesforce.pages.flow import (
    CHANGING_KEY,
    SIGN_IN_KEY,
    TRIAL_KEY,
    UNPROCESSABLE,
    typed_credentials,
    without_secrets,
)
from plugins.salesforce.pages.test_card import result_of
from plugins.salesforce.pages.view import settings_view
from plugins.salesforce.short_lived import VALID_FOR
from plugins.salesforce.trying import Tried


class ChangePages:
    """Views of the change from the method in use to another one."""

    def __init__(self, context: PluginContext) -> None:
        self.context = context

    def show(self, name: str) -> ResponseReturnValue:
        method = _installed(name)
        if not self._is_change(method):
            return redirect(url_for(".settings", method=name, again=1), 303)
        return change_page(self.context, method)

    def test(self, name: str) -> ResponseReturnValue:
        """Sign in with the new method and test it; nothing is stored as the connection."""
        method = _installed(name)
        if not self._is_change(method):
            return redirect(url_for(".settings", method=name, again=1), 303)
        typed = typed_credentials(method)
        try:
            begun = changing.begin_trial(self.context, method, typed, actor())
        except PluginError as problem:
            shown = without_secrets(method, typed)
            return change_page(self.context, method, typed=shown, problem=said(problem.message)), UNPROCESSABLE
        if isinstance(begun, SignIn):
            session[SIGN_IN_KEY] = keep_sign_in(self.context, method, begun, to_change=True)
            session[CHANGING_KEY] = name
            return redirect(begun.url, 303)
        return decide_on(self.context, begun)

    def result(self, name: str) -> ResponseReturnValue:
        """What the test found, with the choice to switch or to stay."""
        method = _installed(name)
        try:
            found = changing.kept_trial(self.context, session.get(TRIAL_KEY, ""))
        except PluginError as problem:
            return self._over(name, problem)
        if found.info.method != name:
            abort(404)
        return change_page(self.context, method, found=found)

    def switch(self, name: str) -> ResponseReturnValue:
        key = session.get(TRIAL_KEY, "")
        try:
            connected = changing.switch(self.context, key, name, actor())
        except PluginError as problem:
            return self._over(name, problem)
        session.pop(TRIAL_KEY, None)
        flash(_("Changed. Connected to Salesforce as %(user)s.", user=connected.info.username), "good")
        if connected.released:
            flash(_("Work that was waiting is done now: %(count)s.", count=connected.released), "info")
        return redirect(url_for(".settings"), 303)

    def keep(self, name: str) -> ResponseReturnValue:  # noqa: ARG002 - the key in the session says which
        changing.keep_present(self.context, session.pop(TRIAL_KEY, ""))
        flash(_("Nothing was changed. The tested login was given up."), "info")
        return redirect(url_for(".settings"), 303)

    def _is_change(self, method: AuthMethod) -> bool:
        connection = read_connection(self.context)
        return connection is not None and connection.method != method.name

    def _over(self, name: str, problem: PluginError) -> ResponseReturnValue:
        flash(said(problem.message), "error")
        return redirect(url_for(".change", name=name), 303)


def decide_on(context: PluginContext, found: Tried) -> ResponseReturnValue:
    """Keep what was tested, and lead on to the page where it is decided."""
    changing.keep_present(context, session.pop(TRIAL_KEY, ""))
    session[TRIAL_KEY] = changing.keep_trial(context, found)
    return redirect(url_for(".change_result", name=found.info.method), 303)


def change_page(
    context: PluginContext,
    method: AuthMethod,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, list[str]] | None = None,
    problem: str = "",
    found: Tried | None = None,
) -> str:
    """The page before the test, or with `found` the one after it. `problem`: why the test failed."""
    view = settings_view(context, method=method.name, again=True)
    allow_form_redirect("https:")
    return render_template(
        "salesforce/trial.html" if found else "salesforce/change.html",
        view=view,
        change=method_change(view.used_method, method, view.preferences.fetch),
        typed=typed or {},
        errors=errors or {},
        problem=problem,
        **_trial_values(found),
        fetch_titles=TITLES,
        changing=method.name,
    )


def _trial_values(found: Tried | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {"found": found, "until": found.info.connected_at + VALID_FOR, "result": result_of(found.inspection)}


def _installed(name: str) -> AuthMethod:
    return next((found for found in auth_methods() if found.name == name), None) or abort(404)
