"""The page of one call: who, when, the memo, the analysis, what the plugins did and why (R6, R23, B1)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from host.call_errors import MemoConflict
from host.calls import CallError, CallNotFound, refetch
from host.delivery.publisher import DeliveryNotFound
from host.memos import save_memo
from host.plugin_api.events import MemoOrigin
from host.plugin_api.web import actor, admin_required
from host.web.pages.call_timeline import timeline
from host.web.pages.call_view import CallView, call_view, heading
from host.web.pages.current import asked_by_htmx, services
from host.web.pages.guard import pages_blueprint
from host.web.pages.sentences import said

blueprint = pages_blueprint("call", "/calls/<call_id>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The memo as the person has it in the form: saved just now, or refused."""

    text: str
    items: tuple[str, ...]
    version: int
    refused: str = ""
    conflict: bool = False
    just_saved: bool = False


@blueprint.get("")
def show(call_id: str) -> str:
    return _page(_view(call_id))


@blueprint.get("/live")
def live(call_id: str) -> ResponseReturnValue:
    """The parts that change by themselves, or 204 while nothing has."""
    view = _view(call_id)
    version = view.version("all")
    if request.args.get("seen") == version:
        return "", 204
    answer = make_response(render_template("calls/live.html", **_parts(view)))
    answer.headers["X-Page-Version"] = version
    return answer


@blueprint.post("/memo")
def memo(call_id: str) -> ResponseReturnValue:
    written = request.form.get("text", "").replace("\r\n", "\n")
    ticked = tuple(request.form.getlist("items"))
    version = request.form.get("version", 0, type=int)
    draft = Draft(text=written, items=ticked, version=version)
    try:
        save_memo(
            services(),
            call_id,
            text=written,
            items=ticked,
            origin=MemoOrigin.HISTORY,
            by=actor(),
            expected_version=version,
        )
    except CallNotFound:
        abort(404)
    except MemoConflict as conflict:
        return _memo_refused(call_id, _against(draft, conflict)), 409
    except CallError as error:
        return _memo_refused(call_id, Draft(text=written, items=ticked, version=version, refused=said(error.message))), 422
    return _memo_saved(call_id)


@blueprint.post("/refetch")
def fetch_again(call_id: str) -> ResponseReturnValue:
    """Look the contact up anew (R23); the page shows the result when it is there."""
    try:
        refetch(services(), call_id, actor())
        flash(_("The contact is being looked up again. The result appears below by itself."), "info")
    except CallNotFound:
        abort(404)
    except CallError as error:
        flash(said(error.message), "error")
    return redirect(url_for("call.show", call_id=call_id))


@blueprint.post("/deliveries/<int:delivery_id>/retry")
@admin_required
def retry(call_id: str, delivery_id: int) -> ResponseReturnValue:
    """Let failed or parked work of a plugin go again."""
    if not any(one.id == delivery_id for one in _view(call_id).deliveries):
        abort(404)
    try:
        with services().database.writing() as connection:
            services().publisher.retry(connection, delivery_id)
        flash(_("It is being tried again."), "info")
    except DeliveryNotFound:
        flash(_("This work is not waiting for anybody any more."), "info")
    return redirect(url_for("call.show", call_id=call_id))


def _view(call_id: str) -> CallView:
    view = call_view(services(), call_id)
    if view is None:
        abort(404)
    return view


def _parts(view: CallView) -> dict[str, object]:
    return {"view": view, "call": view.row.call, "timeline": timeline(view.row), "heading": heading(view.entry)}


def _page(view: CallView, draft: Draft | None = None) -> str:
    return render_template("calls/call.html", draft=draft or _saved_memo(view), **_parts(view))


def _saved_memo(view: CallView, *, just_saved: bool = False) -> Draft:
    if view.memo is None:
        return Draft(text="", items=(), version=0)
    kept = view.memo
    return Draft(text=kept.memo.text, items=kept.memo.items, version=kept.version, just_saved=just_saved)


def _against(draft: Draft, conflict: MemoConflict) -> Draft:
    """The person's own text, to be saved over the version they now see beside it."""
    reason = said(conflict.message)
    return Draft(text=draft.text, items=draft.items, version=conflict.version, refused=reason, conflict=True)


def _memo_saved(call_id: str) -> ResponseReturnValue:
    if not asked_by_htmx():
        flash(_("The memo is saved."), "success")
        return redirect(url_for("call.show", call_id=call_id))
    view = _view(call_id)
    return render_template("calls/memo.html", draft=_saved_memo(view, just_saved=True), **_parts(view))


def _memo_refused(call_id: str, draft: Draft) -> str:
    view = _view(call_id)
    return render_template("calls/memo.html", draft=draft, **_parts(view)) if asked_by_htmx() else _page(view, draft)
