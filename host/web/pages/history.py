"""The call history: a page of calls by filters, which keeps itself up to date while it shows the newest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import Connection

from host.plugin_api import ContactEntry, Memo
from host.storage.call_notes import memos_of
from host.storage.history import BadCursor, CallRow, find_calls, newer_cursor
from host.users import names_of_users
from host.web.pages.calls_today import calls_by_hour
from host.web.pages.current import services
from host.web.pages.guard import pages_blueprint
from host.web.pages.history_filters import Asked, read_filters
from host.web.pages.labels import DIRECTIONS, OUTCOMES

PER_PAGE = 50

blueprint = pages_blueprint("history", "/calls")


@dataclass(frozen=True, slots=True)
class Line:
    """A call as one line of the list; `version` changes when anything shown of it does."""

    row: CallRow
    entry: ContactEntry | None
    memo: Memo | None
    version: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The lines of a page, with the addresses of the older and newer ones. `version` stands for everything shown."""

    lines: tuple[Line, ...]
    older_url: str = ""
    newer_url: str = ""
    version: str = ""


@blueprint.get("")
def index() -> ResponseReturnValue:
    asked = _asked()
    cursor = request.args.get("cursor")
    if asked.errors:
        return _page(asked, Listing(()), newest=False), 422
    try:
        listing = _listing(asked, cursor)
    except BadCursor:
        problem = {"cursor": [_("This address is incomplete. Start again from the newest calls.")]}
        return _page(Asked(asked.typed, asked.filters, problem), Listing(()), newest=False), 422
    return _page(asked, listing, newest=not cursor)


@blueprint.get("/newest")
def newest() -> ResponseReturnValue:
    """The first page's rows again, or 204 while nothing of it has changed."""
    asked = _asked()
    if asked.errors:
        return "", 204
    listing = _listing(asked, None)
    if listing.version == request.args.get("seen"):
        return "", 204
    answer = make_response(render_template("calls/newest.html", listing=listing))
    answer.headers["X-Page-Version"] = listing.version
    return answer


def _asked() -> Asked:
    return read_filters(request.args, services().config, services().registry.contact_book())


def _listing(asked: Asked, cursor: str | None) -> Listing:
    site = services()
    with site.database.reading() as connection:
        found = find_calls(connection, asked.filters, cursor=cursor, limit=PER_PAGE)
        newer = newer_cursor(connection, asked.filters, cursor, limit=PER_PAGE) if cursor else None
        memos = memos_of(connection, [row.call.id for row in found.calls])
    numbers = {row.call.number for row in found.calls if row.call.number}
    entries = site.registry.contact_book().entries(numbers)
    lines = tuple(_line(row, entries, memos) for row in found.calls)
    older = _address("history.index", asked, cursor=found.next_cursor) if found.next_cursor else ""
    newer_url = _address("history.index", asked, **({"cursor": newer} if newer else {})) if cursor else ""
    return Listing(lines, older, newer_url, _hash(*(line.version for line in lines), older))


def _line(row: CallRow, entries: Mapping[str, ContactEntry], memos: Mapping[str, Memo]) -> Line:
    entry = entries.get(row.call.number) if row.call.number else None
    memo = memos.get(row.call.id)
    shown = (row.call, row.state, row.user_name, entry and (entry.company, entry.person), memo, get_locale())
    return Line(row, entry, memo, _hash(*map(repr, shown)))


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _address(endpoint: str, asked: Asked, **more: str) -> str:
    values: dict[str, Any] = {**asked.typed, **more}
    return url_for(endpoint, **values)


def _page(asked: Asked, listing: Listing, *, newest: bool) -> str:
    site = services()
    with site.database.reading() as connection:
        people = names_of_users(connection)
        chart = _chart(connection) if newest and not asked.typed else None
    return render_template(
        "calls/history.html",
        listing=listing,
        typed=asked.typed,
        errors=asked.errors,
        newest=newest,
        poll_url=_address("history.newest", asked) if newest else "",
        people=people,
        outcomes=[(outcome.value, text) for outcome, (text, _tone, _icon) in OUTCOMES.items()],
        directions=[(direction.value, text) for direction, (text, _icon) in DIRECTIONS.items()],
        chart=chart,
    )


def _chart(connection: Connection) -> object:
    return calls_by_hour(connection, services().clock(), services().config.timezone)
