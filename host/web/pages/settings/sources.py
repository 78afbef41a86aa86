"""Telephony sources: the systems that may send events, each with its secret (shown once, changed without a gap)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection, Row, select

from host.plugin_api.web import actor
from host.security.event_sources import SourceError, create_source, retire_previous, rotate_source
from host.storage.operations import log_operation
from host.storage.tables import event_sources
from host.web.pages.current import services
from host.web.pages.forms import FormSchema, at_most, filled, read_form, text
from host.web.pages.guard import settings_blueprint
from host.web.pages.sentences import said

blueprint = settings_blueprint("source_settings", "/sources")


class SourceForm(FormSchema):
    name = text(filled, at_most(100))


@blueprint.get("")
def index() -> str:
    return _page()


@blueprint.post("")
def create() -> ResponseReturnValue:
    form = read_form(SourceForm)
    if not form.valid:
        return _page(errors=form.errors), 422
    site, name = services(), form.values["name"]
    try:
        with site.database.writing() as connection:
            secret = create_source(connection, site.sealer, name, site.clock())
            _log(connection, "created", name)
    except SourceError as error:
        return _page(errors={"name": [said(error.args[0])]}), 422
    return _page(secret=secret, secret_name=name)


@blueprint.post("/rotate")
def rotate() -> ResponseReturnValue:
    """A new secret; the earlier one stays valid until it is ended."""
    site, name = services(), request.form.get("name", "")
    try:
        with site.database.writing() as connection:
            secret = rotate_source(connection, site.sealer, name)
            _log(connection, "secret changed", name)
    except SourceError as error:
        return _page(errors={"": [said(error.args[0])]}), 422
    return _page(secret=secret, secret_name=name)


@blueprint.post("/retire")
def retire() -> ResponseReturnValue:
    """End the earlier secret."""
    name = request.form.get("name", "")
    try:
        with services().database.writing() as connection:
            retire_previous(connection, name)
            _log(connection, "earlier secret ended", name)
        flash(_("The earlier secret of %(name)s is refused from now on.", name=name), "success")
    except SourceError as error:
        flash(said(error.args[0]), "error")
    return redirect(url_for("source_settings.index"))


def _log(connection: Connection, action: str, name: str) -> None:
    log_operation(connection, at=services().clock(), actor=actor(), area="sources", action=action, detail={"source": name})


def _sources() -> Sequence[Row[tuple[object, ...]]]:
    """Name, times, and whether an earlier secret is still valid; the secrets themselves stay where they are."""
    rotating = event_sources.c.sealed_previous_secret.is_not(None).label("rotating")
    columns = (event_sources.c.name, event_sources.c.created_at, event_sources.c.last_event_at, rotating)
    with services().database.reading() as connection:
        return connection.execute(select(*columns).order_by(event_sources.c.name)).all()


def _page(errors: Mapping[str, list[str]] | None = None, secret: str = "", secret_name: str = "") -> str:
    return render_template(
        "settings/sources.html",
        sources=_sources(),
        errors=errors or {},
        secret=secret,
        secret_name=secret_name,
        typed_name="" if secret else request.form.get("name", ""),
        events_url=f"{services().config.url}/api/v1/telephony/events",
    )
