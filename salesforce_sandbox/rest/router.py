"""Which function answers which path, and from which API version on."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from salesforce_sandbox.errors import SalesforceError, json_error, not_found
from salesforce_sandbox.rest import limits, query, replication, search, sobjects
from salesforce_sandbox.rest.call import Call, Reply, error_reply

Handler = Callable[[Call, re.Match[str]], Reply]
FIRST_VERSION, LAST_VERSION = 31, 68


@dataclass(frozen=True, slots=True)
class Route:
    """``resource`` is what usage is counted under and what composite decides by."""

    resource: str
    pattern: re.Pattern[str]
    handlers: dict[str, Handler]
    since: float = FIRST_VERSION


def _route(resource: str, pattern: str, since: float = FIRST_VERSION, **handlers: Handler) -> Route:
    return Route(resource, re.compile(pattern, re.IGNORECASE), handlers, since)


def _plain(function: Callable[[Call], Reply]) -> Handler:
    return lambda call, _: function(call)


_ROUTES: list[Route] = [
    _route("resources", "", GET=_plain(limits.resources)),
    _route("limits", "limits", GET=_plain(limits.limits)),
    _route("sobjects", "sobjects", GET=_plain(sobjects.global_describe)),
    _route("sobjects", r"sobjects/(\w+)/describe", GET=sobjects.describe),
    _route("sobjects", r"sobjects/(\w+)/updated", GET=replication.updated),
    _route("sobjects", r"sobjects/(\w+)/deleted", GET=replication.deleted),
    _route("sobjects", r"sobjects/(\w+)", GET=sobjects.basic_information, POST=sobjects.create),
    _route(
        "sobjects", r"sobjects/(\w+)/([^/]+)", GET=sobjects.read, PATCH=sobjects.change, DELETE=sobjects.delete
    ),
    _route("sobjects", r"sobjects/(\w+)/(\w+)/([^/]+)", GET=sobjects.read_external, PATCH=sobjects.upsert),
    _route("query", "(query|queryAll)", GET=query.query),
    _route("query", "(query|queryAll)/([^/]+)", GET=query.query_more),
    _route("search", "search", GET=_plain(search.search)),
    _route(
        "search", "parameterizedSearch", since=36,
        GET=_plain(search.parameterized_search), POST=_plain(search.parameterized_search),
    ),
]  # fmt: skip


def add_route(resource: str, pattern: str, since: float, **handlers: Handler) -> None:
    """Let a module built on top of this one (composite) add its path."""
    _ROUTES.append(_route(resource, pattern, since, **handlers))


def find_route(call: Call) -> tuple[Route, re.Match[str]] | None:
    for route in _ROUTES:
        match = route.pattern.fullmatch(call.path)
        if match is not None and float(call.version) >= route.since:
            return route, match
    return None


def resource_of(call: Call) -> str:
    found = find_route(call)
    return found[0].resource if found else "unknown"


def answer(call: Call) -> Reply:
    """Answer a call; refusals become replies. Takes the database for the whole call."""
    try:
        found = find_route(call)
        if found is None:
            raise not_found()
        route, match = found
        handler = route.handlers.get("GET" if call.method == "HEAD" else call.method)
        if handler is None:
            return _wrong_method(call, route)
        with call.org.database.lock:
            return handler(call, match)
    except SalesforceError as error:
        return error_reply(error)
    except RecursionError:
        return error_reply(json_error("The request is nested too deeply at [line:1, column:1]"))


def _wrong_method(call: Call, route: Route) -> Reply:
    """Seen in recorded replies: HEAD stands before GET, in the text and in the header Allow."""
    allowed = ",".join(["HEAD"] * ("GET" in route.handlers) + [*route.handlers])
    message = f"HTTP Method '{call.method}' not allowed. Allowed are {allowed}"
    body = SalesforceError(405, "METHOD_NOT_ALLOWED", message).body()
    return Reply(405, [body], {"Allow": allowed})


def versions() -> list[dict[str, str]]:
    """The list at /services/data/, oldest first."""
    return [
        {"label": _season(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number in range(FIRST_VERSION, LAST_VERSION + 1)
    ]


def _season(number: int) -> str:
    """v31 was Summer '14; three releases a year."""
    year, third = divmod(number - 30, 3)
    return f"{('Spring', 'Summer', 'Winter')[third]} '{14 + year + (third == 2)}"
