"""Click-to-call from the pages: the person's own phone rings first (R22)."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from host.calls import CallError, click_to_call
from host.plugin_api import RecordRef
from host.plugin_api.web import actor
from host.web.pages.current import own_path, services
from host.web.pages.guard import pages_blueprint
from host.web.pages.sentences import said

blueprint = pages_blueprint("dial", "/calls")


@blueprint.post("/dial")
def start() -> ResponseReturnValue:
    """Dial, and go to the new call's page, which shows how far it is."""
    number, extension = request.form.get("number", ""), current_user.extension
    if not extension:
        return _refused(_("Your user has no extension. An administrator sets it under Settings, Users."))
    try:
        call_id = click_to_call(services(), agent=extension, number=number, record=_record(), by=actor())
    except CallError as error:
        return _refused(said(error.message))
    return redirect(url_for("call.show", call_id=call_id))


def _record() -> RecordRef | None:
    kind, key = request.args.get("object"), request.args.get("record")
    return RecordRef(object=kind, id=key) if kind and key else None


def _refused(reason: str) -> ResponseReturnValue:
    flash(reason, "error")
    came_from = request.referrer or ""
    return redirect(own_path(came_from.removeprefix(request.host_url.rstrip("/")), url_for("history.index")))
