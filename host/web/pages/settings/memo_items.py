"""Memo items: what can be ticked on a memo."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from host.memo_items import (
    MemoItemError,
    add_memo_item,
    list_memo_items,
    move_memo_item,
    rename_memo_item,
    set_memo_item_active,
)
from host.plugin_api.web import actor
from host.web.pages.current import services
from host.web.pages.guard import settings_blueprint
from host.web.pages.sentences import said

blueprint = settings_blueprint("memo_item_settings", "/memo-items")


@blueprint.get("")
def index() -> str:
    return _page()


@blueprint.post("")
def add() -> ResponseReturnValue:
    label = request.form.get("label", "")
    try:
        add_memo_item(services(), label, by=actor())
    except MemoItemError as error:
        return _page(error=said(error.message), typed=label), 422
    return _done(_("The memo item is added."))


@blueprint.post("/<int:item_id>")
def change(item_id: int) -> ResponseReturnValue:
    """Rename, move, take out of use or put back, by the button that was pressed."""
    wanted = request.form.get("do", "rename")
    try:
        message = _change(item_id, wanted)
    except MemoItemError as error:
        return _page(error=said(error.message)), 422
    return _done(message)


def _change(item_id: int, wanted: str) -> str:
    if wanted in ("up", "down"):
        move_memo_item(services(), item_id, -1 if wanted == "up" else 1, by=actor())
        return str(_("The order is saved."))
    if wanted in ("retire", "restore"):
        set_memo_item_active(services(), item_id, wanted == "restore", by=actor())
        return str(_("The memo item is back in use.") if wanted == "restore" else _("The memo item is out of use."))
    rename_memo_item(services(), item_id, request.form.get("label", ""), by=actor())
    return str(_("The memo item is renamed. Memos saved before keep the earlier text."))


def _done(message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("memo_item_settings.index"))


def _page(error: str = "", typed: str = "") -> str:
    with services().database.reading() as connection:
        items = list_memo_items(connection)
    return render_template("settings/memo_items.html", items=items, error=error, typed=typed)
