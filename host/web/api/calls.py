"""Calls: list, look at, make by click, memo, analysis, re-fetch."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NoReturn

from flask_smorest import Blueprint, abort

from host import calls as use_cases
from host.call_errors import MemoConflict
from host.domain.ids import is_call_id
from host.domain.number_search import number_search
from host.memos import save_memo
from host.plugin_api.calls import RecordRef
from host.plugin_api.web import actor
from host.services import Services
from host.storage.call_notes import analysis_of, versioned_memo_of
from host.storage.history import BadCursor, CallFilter, find_calls, get_row
from host.web.api import schemas
from host.web.api.access import require_admin, require_login
from host.web.api.views import call_detail, call_view, contacts_of, memo_view
from host.web.current import services_here

MOST_NAMED = 500
"""Numbers of a name that are looked for at once."""

blueprint = Blueprint(
    "api_calls", __name__, url_prefix="/api/v1/calls", description="The call history, and what belongs to a call"
)
blueprint.before_request(require_login)

_STATUS = {
    use_cases.CallNotFound: 404,
    MemoConflict: 409,
    use_cases.NotEnded: 409,
    use_cases.NothingDials: 409,
}


@blueprint.route("", methods=["GET"])
@blueprint.arguments(schemas.CallQuerySchema, location="query")
@blueprint.response(200, schemas.CallListSchema)
@blueprint.alt_response(401, description="No valid token")
def list_calls(query: dict[str, Any]) -> dict[str, Any]:
    """Calls, newest first

    Filters that are given together all have to hold.
    """
    services = services_here()
    filters = _filters(services, query)
    if filters is None:
        return {"calls": [], "next_cursor": None}
    with services.database.reading() as connection:
        try:
            page = find_calls(
                connection, filters, cursor=query.get("cursor"), limit=query["limit"], site_url=services.config.url
            )
        except BadCursor as error:
            abort(422, message=str(error), errors={"query": {"cursor": [str(error)]}})
    contacts = contacts_of(services, list(page.calls))
    return {"calls": [call_view(row, contacts) for row in page.calls], "next_cursor": page.next_cursor}


@blueprint.route("", methods=["POST"])
@blueprint.arguments(schemas.ClickSchema)
@blueprint.response(202, schemas.CallMadeSchema)
@blueprint.alt_response(401, description="No valid token")
@blueprint.alt_response(409, description="No plugin that dials is switched on")
def make_call(wanted: dict[str, Any]) -> dict[str, str]:
    """Click-to-call: ring the agent's extension, then call the number

    The call is made by the telephone system after this answer; the call's page shows how it went.
    """
    services = services_here()
    record = RecordRef(**wanted["record"]) if wanted["record"] else None
    try:
        call_id = use_cases.click_to_call(
            services, agent=wanted["agent"], number=wanted["number"], record=record, by=actor()
        )
    except use_cases.CallError as error:
        _refuse(error)
    return {"id": call_id, "url": f"{services.config.url}/calls/{call_id}"}


@blueprint.route("/<call_id>", methods=["GET"])
@blueprint.response(200, schemas.CallDetailSchema)
@blueprint.alt_response(401, description="No valid token")
@blueprint.alt_response(404, description="No such call")
def get_call(call_id: str) -> dict[str, Any]:
    """One call with contact, memo, analysis, match and deliveries"""
    services = services_here()
    with services.database.reading() as connection:
        row = get_row(connection, call_id, site_url=services.config.url) if is_call_id(call_id) else None
        if row is None:
            _refuse(use_cases.CallNotFound("There is no such call."))
        return call_detail(services, connection, row)


@blueprint.route("/<call_id>/memo", methods=["PUT"])
@blueprint.arguments(schemas.MemoWriteSchema)
@blueprint.response(200, schemas.MemoSchema)
@blueprint.alt_response(401, description="No valid token")
@blueprint.alt_response(404, description="No such call")
@blueprint.alt_response(409, description="Somebody saved another version meanwhile")
def put_memo(memo: dict[str, Any], call_id: str) -> dict[str, Any] | None:
    """Save the memo of a call"""
    services = services_here()
    try:
        save_memo(
            services,
            call_id,
            text=memo["text"],
            items=memo["items"],
            origin=memo["origin"],
            by=actor(),
            expected_version=memo["version"],
        )
    except use_cases.CallError as error:
        _refuse(error)
    with services.database.reading() as connection:
        return memo_view(versioned_memo_of(connection, call_id))


@blueprint.route("/<call_id>/analysis", methods=["PUT"])
@blueprint.arguments(schemas.AnalysisWriteSchema)
@blueprint.response(200, schemas.AnalysisSchema)
@blueprint.alt_response(401, description="No valid token")
@blueprint.alt_response(403, description="The token's role is not admin")
@blueprint.alt_response(404, description="No such call")
def put_analysis(analysis: dict[str, Any], call_id: str) -> Any:
    """Hand in the speech analysis of a call (role admin)"""
    require_admin()
    services = services_here()
    try:
        use_cases.finish_analysis(services, call_id, **analysis)
    except use_cases.CallError as error:
        _refuse(error)
    with services.database.reading() as connection:
        return analysis_of(connection, call_id)


@blueprint.route("/<call_id>/refetch", methods=["POST"])
@blueprint.response(202, schemas.CallMadeSchema)
@blueprint.alt_response(401, description="No valid token")
@blueprint.alt_response(404, description="No such call")
@blueprint.alt_response(409, description="The call has not ended yet")
def refetch(call_id: str) -> dict[str, str]:
    """Have the plugins look up the call's contact anew"""
    services = services_here()
    try:
        use_cases.refetch(services, call_id, actor())
    except use_cases.CallError as error:
        _refuse(error)
    return {"id": call_id, "url": f"{services.config.url}/calls/{call_id}"}


def _refuse(error: use_cases.CallError) -> NoReturn:
    abort(_STATUS.get(type(error), 422), message=error.message)
    raise AssertionError  # abort does not come back


def _filters(services: Services, query: dict[str, Any]) -> CallFilter | None:
    """None if nothing can be found: the number holds no digit, or the contact book knows nobody of this name."""
    number = number_search(query["number"], services.config.region) if query.get("number") else None
    named = None
    if query.get("name"):
        named = frozenset(services.registry.contact_book().numbers_named(query["name"], MOST_NAMED))
    if (query.get("number") and number is None) or (query.get("name") and not named):
        return None
    return CallFilter(
        number=number,
        name_numbers=named,
        user_id=query.get("user"),
        outcome=query.get("outcome"),
        direction=query.get("direction"),
        since=_midnight(services, query.get("since")),
        until=_midnight(services, query.get("until"), days=1),
    )


def _midnight(services: Services, day: date | None, days: int = 0) -> datetime | None:
    """The moment a day begins in the site's zone; the first and the last day there are stand for "always"."""
    try:
        begins = datetime.combine(day + timedelta(days=days), time(), services.config.timezone) if day else None
        return begins and begins.astimezone(UTC)
    except OverflowError:
        return None
