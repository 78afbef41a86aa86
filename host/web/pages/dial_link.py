"""The page behind a link in a CRM, `/dial?number=…&object=…&id=…`: asks once, then dials (R22).

A link is a GET and never dials. The form needs our token, and nothing may frame the page: another site can bring a person
here, but not make the call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import unquote_plus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from host.calls import CallError, click_to_call
from host.domain.phone import dialable, parse_number
from host.plugin_api import ContactEntry, RecordRef, format_national
from host.plugin_api.web import actor
from host.web.pages.chrome import own_extension
from host.web.pages.current import services
from host.web.pages.guard import pages_blueprint
from host.web.pages.sentences import said

blueprint = pages_blueprint("dial_link", "/dial")
UNPROCESSABLE = 422
_OBJECT = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_PLUS_FOR_SPACE = re.compile(r"(?<=[0-9)])\+")
_BARE_PLUS = re.compile(rb"(?:^|&)number=\+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a link asks for. `record_broken`: it names a record in a way that names none."""

    number: str
    record: RecordRef | None = None
    record_broken: bool = False


@blueprint.get("")
def ask() -> ResponseReturnValue:
    """The number and the record, and the one button that dials."""
    link = _read(request.args)
    if _BARE_PLUS.search(request.query_string):  # a plus that was not encoded arrives as a space
        link = replace(link, number=f"+{link.number}")
    return _page(link, _obstacle(link.number))


@blueprint.post("")
def dial() -> ResponseReturnValue:
    """Dial, and go to the new call's page, which shows how far it is."""
    link = _read(request.form)
    obstacle = _obstacle(link.number)
    if obstacle:
        return _page(link, obstacle)
    try:
        call_id = click_to_call(services(), agent=current_user.extension, number=link.number, record=link.record, by=actor())
    except CallError as error:
        return _page(link, said(error.message))
    return redirect(url_for("call.show", call_id=call_id), 303)


def _read(values: MultiDict[str, str]) -> Link:
    kind, key = values.get("object", "").strip(), values.get("id", "").strip()
    named = bool(_OBJECT.fullmatch(kind) and _ID.fullmatch(key))
    record = RecordRef(object=kind, id=key) if named else None
    return Link(number=_as_written(values.get("number", "")), record=record, record_broken=bool(kind or key) and not named)


def _as_written(number: str) -> str:
    """The number without what a second encoding did to it.

    Salesforce encodes what a button's address holds; URLENCODE around a field then encodes that once more, and "03 1234"
    arrives as "03+1234" (Salesforce help, Operators & Functions: URLENCODE).
    """
    decoded = unquote_plus(number) if "%" in number else number
    return _PLUS_FOR_SPACE.sub(" ", decoded).strip()


def _obstacle(number: str) -> str:
    """Why nothing can be dialled, or ""."""
    if not number:
        return str(_("The link names no number: the record’s field may be empty."))
    if dialable(number, services().config.region) is None:
        return str(
            _("This number cannot be dialled. It may hold digits, + at its start, * and #, and the usual separators.")
        )
    if not own_extension():
        return str(_("Your user has no extension. An administrator sets it under Settings, Users."))
    with services().database.reading() as connection:
        possible = services().dialling.possible(connection)
    if possible:
        return ""
    return str(_("No plugin that dials is switched on. An admin switches it on under Settings, Plugins."))


def _page(link: Link, obstacle: str) -> ResponseReturnValue:
    region = services().config.region
    number = parse_number(link.number, region)
    page = render_template(
        "dial_link.html",
        link=link,
        obstacle=obstacle,
        shown=format_national(number, region) if number else link.number[:100],
        entry=_entry(number),
        kind=_kind(link.record),
        kinds=[title for _name, title in _kinds().items()],
    )
    return (page, UNPROCESSABLE) if obstacle else page


def _entry(number: str | None) -> ContactEntry | None:
    return services().registry.contact_book().entries({number}).get(number) if number else None


def _kind(record: RecordRef | None) -> str | None:
    """What a record of this object is called, if an enabled plugin links such records."""
    return _kinds().get(record.object) if record else None


def _kinds() -> dict[str, str]:
    registry = services().registry
    linking = [plugin for plugin in registry.loaded if plugin.manifest.record_kinds and registry.is_enabled(plugin.name)]
    return {kind: said(title, plugin.name) for plugin in linking for kind, title in plugin.manifest.record_kinds.items()}
