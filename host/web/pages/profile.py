"""A person's own profile: name and password."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from host.security.authentication import LoginRefused
from host.security.passwords import PasswordUnfit
from host.security.users import UserError, user_of
from host.users import change_own_password, edit_own_name
from host.web import session
from host.web.known_browser import known_browser
from host.web.pages.current import services
from host.web.pages.forms import Form, FormSchema, at_most, filled, read_form, secret_text, text
from host.web.pages.guard import pages_blueprint
from host.web.pages.sentences import said

blueprint = pages_blueprint("profile", "/profile")


class NameForm(FormSchema):
    name = text(filled, at_most(200))


class PasswordForm(FormSchema):
    current = secret_text(filled)
    password = secret_text(filled)
    repeated = secret_text(filled)


@blueprint.get("")
def edit() -> str:
    return _page()


@blueprint.post("/name")
def save_name() -> ResponseReturnValue:
    form = read_form(NameForm)
    if not form.valid:
        return _page(form.errors), 422
    try:
        edit_own_name(services(), current_user.id, form.values["name"])
    except UserError as error:
        return _page({"name": [said(error.message)]}), 422
    return _done(_("Your name is saved."))


@blueprint.post("/password")
def save_password() -> ResponseReturnValue:
    form = read_form(PasswordForm)
    errors = _password_errors(form)
    if errors:
        return _page(errors), 422
    return _done(_("Your password is changed. Other browsers were logged out."))


def _password_errors(form: Form) -> dict[str, list[str]]:
    """Change the password, or say what hinders it."""
    if not form.valid:
        return dict(form.errors)
    if form.values["password"] != form.values["repeated"]:
        return {"repeated": [_("The two new passwords differ.")]}
    person = current_user._get_current_object()  # noqa: SLF001 - flask-login's way to the user behind the proxy
    current, new = form.values["current"], form.values["password"]
    try:
        change_own_password(
            services(),
            person,
            current=current,
            new=new,
            address=request.remote_addr or "",
            browser=known_browser(request, person.email),
        )
    except LoginRefused as refused:
        wrong = _("This is not your current password.") if refused.retry_after is None else said(refused.message)
        return {"current": [wrong]}
    except PasswordUnfit as unfit:
        return {"password": [said(unfit.message)]}
    _stay_logged_in(person.id)
    return {}


def _stay_logged_in(user_id: int) -> None:
    """The new password ended all sessions; this one begins anew."""
    with services().database.reading() as connection:
        user = user_of(connection, user_id)
    if user:
        session.begin(user)


def _page(errors: Mapping[str, list[str]] | None = None) -> str:
    return render_template("profile.html", errors=errors or {}, name=request.form.get("name", current_user.name))


def _done(message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("profile.edit"))
