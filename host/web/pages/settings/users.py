"""Users: listed, added, changed, switched off, given a new password."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import fields

from host.plugin_api.web import actor
from host.security.passwords import PasswordUnfit
from host.security.users import Role, User, UserError, list_users, user_of
from host.users import add_user, edit_user, set_password
from host.web.pages.current import services
from host.web.pages.forms import FormSchema, at_most, filled, one_of, read_form, secret_text, text
from host.web.pages.guard import settings_blueprint
from host.web.pages.sentences import said

Errors = Mapping[str, list[str]]
blueprint = settings_blueprint("user_settings", "/users")


class UserForm(FormSchema):
    email = text(filled, at_most(254))
    name = text(filled, at_most(200))
    role = text(one_of(*Role))
    extension = text(at_most(32))


class NewUserForm(UserForm):
    password = secret_text(filled)


class KnownUserForm(UserForm):
    active = fields.Boolean(load_default=False)


class PasswordForm(FormSchema):
    password = secret_text(filled)


@blueprint.get("")
def index() -> str:
    with services().database.reading() as connection:
        people = list_users(connection)
    return render_template("settings/users.html", people=sorted(people, key=lambda user: not user.active))


@blueprint.get("/new")
def new() -> str:
    return _new_page({"role": Role.AGENT}, {})


@blueprint.post("/new")
def add() -> ResponseReturnValue:
    form = read_form(NewUserForm)
    if not form.valid:
        return _new_page(form.values, form.errors), 422
    try:
        add_user(services(), **{**form.values, "role": Role(form.values["role"])}, by=actor())
    except PasswordUnfit as unfit:
        return _new_page(form.values, {"password": [said(unfit.message)]}), 422
    except UserError as error:
        return _new_page(form.values, {"": [said(error.message)]}), 422
    flash(_("%(name)s can log in now.", name=form.values["name"]), "success")
    return redirect(url_for("user_settings.index"))


@blueprint.get("/<int:user_id>")
def edit(user_id: int) -> str:
    user = _user(user_id)
    return _edit_page(user, _as_typed(user), {})


@blueprint.post("/<int:user_id>")
def save(user_id: int) -> ResponseReturnValue:
    user = _user(user_id)
    form = read_form(KnownUserForm)
    if not form.valid:
        return _edit_page(user, form.values, form.errors), 422
    try:
        edit_user(services(), user, **{**form.values, "role": Role(form.values["role"])}, by=actor())
    except UserError as error:
        return _edit_page(user, form.values, {"": [said(error.message)]}), 422
    flash(_("%(name)s is saved.", name=form.values["name"]), "success")
    return redirect(url_for("user_settings.index"))


@blueprint.post("/<int:user_id>/password")
def save_password(user_id: int) -> ResponseReturnValue:
    user = _user(user_id)
    form = read_form(PasswordForm)
    if not form.valid:
        return _edit_page(user, _as_typed(user), form.errors), 422
    try:
        set_password(services(), user_id, form.values["password"], by=actor())
    except PasswordUnfit as unfit:
        return _edit_page(user, _as_typed(user), {"password": [said(unfit.message)]}), 422
    flash(_("%(name)s has a new password and was logged out everywhere.", name=user.name), "success")
    return redirect(url_for("user_settings.index"))


def _user(user_id: int) -> User:
    with services().database.reading() as connection:
        user = user_of(connection, user_id)
    if user is None:
        abort(404)
    return user


def _as_typed(user: User) -> dict[str, Any]:
    return {
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "extension": user.extension or "",
        "active": user.active,
    }


def _roles() -> list[tuple[str, str]]:
    return [(Role.AGENT.value, _("Agent")), (Role.ADMIN.value, _("Administrator"))]


def _new_page(values: Mapping[str, Any], errors: Errors) -> str:
    return render_template("settings/user_new.html", values=values, errors=errors, roles=_roles())


def _edit_page(user: User, values: Mapping[str, Any], errors: Errors) -> str:
    asked_for = request.form.get("password") is None
    return render_template(
        "settings/user_edit.html", user=user, values=values, errors=errors, roles=_roles(), of_user=asked_for
    )
