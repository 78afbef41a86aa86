"""API tokens: listed, made (shown once), revoked."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from host.plugin_api.web import actor
from host.security.tokens import TokenError, create_token, list_tokens, revoke_token
from host.security.users import Role
from host.storage.operations import log_operation
from host.web.pages.current import services
from host.web.pages.forms import FormSchema, at_most, filled, one_of, read_form, text
from host.web.pages.guard import settings_blueprint
from host.web.pages.sentences import said

blueprint = settings_blueprint("token_settings", "/tokens")


class TokenForm(FormSchema):
    name = text(filled, at_most(100))
    role = text(one_of(*Role))


@blueprint.get("")
def index() -> str:
    return _page()


@blueprint.post("")
def create() -> ResponseReturnValue:
    """Make a token; its secret is in this one answer and nowhere else."""
    form = read_form(TokenForm)
    if not form.valid:
        return _page(errors=form.errors), 422
    site, now = services(), services().clock()
    name, role = form.values["name"], Role(form.values["role"])
    try:
        with site.database.writing() as connection:
            secret = create_token(connection, name=name, role=role, by=actor(), now=now)
            log_operation(connection, at=now, actor=actor(), area="tokens", action="created", detail={"token": name})
    except TokenError as error:
        return _page(errors={"name": [said(error.message)]}), 422
    return _page(secret=secret, secret_name=name)


@blueprint.post("/<int:token_id>/revoke")
def revoke(token_id: int) -> ResponseReturnValue:
    site, now = services(), services().clock()
    try:
        with site.database.writing() as connection:
            revoke_token(connection, token_id, now)
            log_operation(connection, at=now, actor=actor(), area="tokens", action="revoked", detail={"id": token_id})
        flash(_("The token is revoked; requests with it are refused from now on."), "success")
    except TokenError as error:
        flash(said(error.message), "error")
    return redirect(url_for("token_settings.index"))


def _page(errors: Mapping[str, list[str]] | None = None, secret: str = "", secret_name: str = "") -> str:
    with services().database.reading() as connection:
        tokens = list_tokens(connection)
    return render_template(
        "settings/tokens.html",
        tokens=tokens,
        errors=errors or {},
        typed={} if secret else request.form,
        secret=secret,
        secret_name=secret_name,
    )
