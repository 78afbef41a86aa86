"""Click-to-call from the pages: the person's own phone rings first (R22)."""

from __future__ import annotations

from flask import Flask, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from host.calls import CallError, click_to_call
from host.plugin_api import RecordRef
from host.plugin_api.web import DIAL, NotDialled, actor
from host.web.pages.current import own_path, services
from host.web.pages.guard import pages_blueprint
from host.web.pages.sentences import said

blueprint = pages_blueprint("dial", "/calls")


def install(app: Flask) -> None:
    """Let the plugins' pages dial."""
    app.extensions[DIAL] = dialled


@blueprint.post("/dial")
def start() -> ResponseReturnValue:
    """Dial, and go to the new call's page, which shows how far it is; on My calls it gets a card."""
    try:
        call_id = dialled(request.form.get("number", ""), _record())
    except NotDialled as refused:
        return _refused(refused.message)
    my_calls = url_for("agent.index")
    return redirect(my_calls if _came_from() == my_calls else url_for("call.show", call_id=call_id))


def dialled(number: str, record: RecordRef | None) -> str:
    """Ring the phone of whoever asks, then call the number; gives back the call's id.

    Raises:
        NotDialled: nothing was written.
    """
    extension = getattr(current_user, "extension", None)
    if not extension:
        raise NotDialled(_("Your user has no extension. An administrator sets it under Settings, Users."))
    try:
        return click_to_call(services(), agent=extension, number=number, record=record, by=actor())
    except CallError as error:
        raise NotDialled(said(error.message)) from None


def _record() -> RecordRef | None:
    kind, key = request.args.get("object"), request.args.get("record")
    return RecordRef(object=kind, id=key) if kind and key else None


def _refused(reason: str) -> ResponseReturnValue:
    flash(reason, "error")
    return redirect(own_path(_came_from(), url_for("history.index")))


def _came_from() -> str:
    """The path of the page that was left, if it is one of ours."""
    return (request.referrer or "").removeprefix(request.host_url.rstrip("/"))
