"""My calls: who it is while it rings, what was said before, and the memo while one talks (B15)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from flask import abort, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from host.call_errors import CallError, MemoConflict
from host.domain.ids import is_call_id
from host.memos import Written, keep_memo, save_memo
from host.plugin_api.events import MemoOrigin
from host.plugin_api.web import actor, admin_required, is_admin
from host.web.pages.agent_cards import MOST_CARDS, Card, Wanted, card_of, cards, fingerprint
from host.web.pages.current import services
from host.web.pages.guard import pages_blueprint
from host.web.pages.sentences import said

LONGEST_AWAY = timedelta(hours=1)
"""A page that was cut off longer is not told of all that was over meanwhile: the call history is."""
LATE_COMMITS = timedelta(seconds=10)

blueprint = pages_blueprint("agent", "/agent")


@blueprint.get("")
def index() -> str:
    return _page(everybody=False)


@blueprint.get("/all")
@admin_required
def everybody() -> str:
    return _page(everybody=True)


@blueprint.get("/cards")
def live() -> ResponseReturnValue:
    """All cards of an open page, or 204 while nothing of them has changed."""
    all_calls = "all" in request.args
    if all_calls and not is_admin():
        abort(403)
    now = services().clock()
    shown = cards(services(), _wanted(all_calls, now))
    version = _version(shown)
    if request.args.get("seen") == version:
        answer = make_response("", 204)
    else:
        answer = make_response(render_template("agent/cards.html", cards=shown, everybody=all_calls))
    answer.headers["X-Page-Version"] = version
    answer.headers["X-Calls-Since"] = (now - LATE_COMMITS).isoformat()
    return answer


@blueprint.post("/calls/<call_id>/memo")
def memo(call_id: str) -> ResponseReturnValue:
    """Save the memo or, with `typing`, keep what has been typed so far; for scripts: without, the call's page takes it."""
    _own(call_id)
    written = _written()
    try:
        version = keep_memo(services(), call_id, written) if "typing" in request.form else _save(call_id, written)
    except MemoConflict as conflict:
        return _theirs(_own(call_id), conflict)
    except CallError as error:
        return jsonify(message=said(error.message)), 422
    return jsonify(version=version, part=_own(call_id).version("memo"))


def _page(*, everybody: bool) -> str:
    now = services().clock()
    shown = cards(services(), Wanted(user_id=None if everybody else current_user.id, since=now))
    return render_template(
        "agent/page.html", cards=shown, everybody=everybody, version=_version(shown), since=now.isoformat()
    )


def _wanted(all_calls: bool, now: datetime) -> Wanted:
    return Wanted(
        user_id=None if all_calls else current_user.id,
        since=max(_moment(request.args.get("since", ""), now), now - LONGEST_AWAY),
        opened=_ids("opened"),
        closed=_ids("closed"),
    )


def _moment(text: str, otherwise: datetime) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return otherwise


def _ids(name: str) -> Sequence[str]:
    return [one for one in request.args.get(name, "").split(",") if is_call_id(one)][: 2 * MOST_CARDS]


def _version(shown: Sequence[Card]) -> str:
    return fingerprint("".join(card.row.call.id + "".join(map(card.version, ("head", "past", "memo"))) for card in shown))


def _own(call_id: str) -> Card:
    card = card_of(services(), call_id, None if is_admin() else current_user.id) if is_call_id(call_id) else None
    if card is None:
        abort(404)
    return card


def _written() -> Written:
    return Written(
        text=request.form.get("text", "").replace("\r\n", "\n"),
        items=request.form.getlist("items"),
        by=actor(),
        seen=request.form.get("version", 0, type=int),
    )


def _save(call_id: str, written: Written) -> int:
    return save_memo(
        services(),
        call_id,
        text=written.text,
        items=written.items,
        origin=MemoOrigin.PHONE,
        by=written.by,
        expected_version=written.seen,
    )


def _theirs(card: Card, conflict: MemoConflict) -> ResponseReturnValue:
    """What stands there now, to be looked at beside the person's own text."""
    kept = card.memo.memo if card.memo else None
    answer = jsonify(
        message=said(conflict.message),
        version=conflict.version,
        by=card.memo_writer,
        text=kept.text if kept else "",
        items=list(kept.items) if kept else [],
    )
    return answer, 409
