"""Who calls, may he, and what does it cost: everything around one REST call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from salesforce_sandbox.errors import SalesforceError, invalid_session, not_found
from salesforce_sandbox.oauth.sessions import Session, find_session
from salesforce_sandbox.org import Org
from salesforce_sandbox.rest.call import Call, Reply, error_reply
from salesforce_sandbox.rest.composite import batch_cost
from salesforce_sandbox.rest.router import FIRST_VERSION, LAST_VERSION, answer, resource_of
from salesforce_sandbox.users import LoginUser

_API_SCOPES = frozenset({"api", "full"})
_VERSION = re.compile(r"v(\d{2,3}\.\d)")


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply with what it cost and who asked."""

    reply: Reply
    cost: int = 0
    username: str | None = None


def serve(org: Org, method: str, rest: str, arguments: Mapping[str, str], headers: Mapping[str, str],
          body: bytes, long_running: int) -> Answered:  # fmt: skip
    """Answer one HTTP request below /services/data/.

    ``rest`` begins with the version; ``long_running`` is how many long requests were in progress when it came.
    """
    try:
        version, path = _version_and_path(rest)
        session, user = authenticate(org, headers)
        _check_scope(session)
    except SalesforceError as error:
        return Answered(error_reply(error))
    try:
        _check_limits(org, long_running)
    except SalesforceError as error:
        return Answered(error_reply(error), 0, user.username)
    method = _overridden(method, arguments)
    view = replace(org.view(user), version=version, save_duplicates=_saves_duplicates(headers))
    call = Call(org, user, view, version, method, path, arguments, headers, body)
    resource = resource_of(call)
    cost = batch_cost(call) if resource == "composite/batch" else 1
    org.usage.count(cost, resource, user.username)
    return Answered(answer(call), cost, user.username)


def _overridden(method: str, arguments: Mapping[str, str]) -> str:
    """``?_HttpMethod=PATCH`` on a POST, for clients whose library knows no PATCH (documented)."""
    wanted = arguments.get("_HttpMethod", "").upper()
    return wanted if method == "POST" and wanted in {"PATCH", "DELETE", "GET"} else method


def _saves_duplicates(headers: Mapping[str, str]) -> bool:
    """The header by which a client saves a duplicate that its rule only warns of (documented)."""
    given = headers.get("sforce-duplicate-rule-header", "").replace(" ", "").lower()
    return "allowsave=true" in re.split("[;,]", given)


def authenticate(org: Org, headers: Mapping[str, str]) -> tuple[Session, LoginUser]:
    """Return the live session of an Authorization header and its user. Raises 401 and 403."""
    header = headers.get("authorization")
    if header is None:
        raise invalid_session()
    scheme, _, token = header.partition(" ")
    if scheme.lower() not in {"bearer", "oauth"} or not token.strip():
        raise SalesforceError(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
    with org.database.lock:
        session = find_session(org, token.strip())
    user = org.users.by_id(session.user_id) if session else None
    if session is None or user is None:
        raise invalid_session()
    if not org.settings.api_enabled:
        message = "The REST API is not enabled for this Organization."
        raise SalesforceError(403, "API_DISABLED_FOR_ORG", message)
    if not user.api_enabled:
        raise SalesforceError(403, "API_CURRENTLY_DISABLED", "API is disabled for this User")
    return session, user


def _version_and_path(rest: str) -> tuple[str, str]:
    first, _, path = rest.partition("/")
    match = _VERSION.fullmatch(first)
    if match is None or float(match[1]) > LAST_VERSION:
        raise not_found()
    if float(match[1]) < FIRST_VERSION:
        message = f"API version {match[1]} has been retired and is no longer available"
        raise SalesforceError(410, "UNSUPPORTED_API_VERSION", message)
    return match[1], path.strip("/")


def _check_scope(session: Session) -> None:
    if session.scope and not _API_SCOPES & set(session.scope.split()):
        message = (
            "This session is not valid for use with the specified REST API endpoint. "
            "One of the following scopes is required: Manage user data via APIs, Full access"
        )
        raise SalesforceError(401, "INVALID_SESSION_ID", message)


def _check_limits(org: Org, long_running: int) -> None:
    if org.usage.used() >= org.settings.daily_limit:
        raise SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    if long_running >= org.settings.concurrency_limit:
        message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
        raise SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", message)
