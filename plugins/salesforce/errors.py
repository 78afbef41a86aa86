"""What Salesforce answers when it refuses, as what the host should do about it: one table.

The exceptions of simple-salesforce and requests carry URLs with telephone numbers in their text: nothing of them is ever
logged or shown, only the sentences below.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests
from simple_salesforce.exceptions import SalesforceError

from host.plugin_api import LimitReached, NeedsConfiguration, NeedsReauthorisation, PermanentFailure, PluginError, RetryLater
from plugins.salesforce.domain.budget import FIRST_PAUSE
from plugins.salesforce.wording import N_

TIMED_OUT = N_("Salesforce did not answer in time. It is tried again soon.")
DAILY_LIMIT = N_("The org has used up its Salesforce API calls of the last 24 hours. It is tried again by itself.")


class SchemaOutdated(NeedsConfiguration):
    """An object or field that was asked for is not there or not visible (any more).

    Args:
        gone: what Salesforce's message names: "Contact.MobilePhone", "Lead", or "" where it names nothing.
        certain: whether that is what went; otherwise asking without it helps, but something else may be the cause.
    """

    def __init__(self, message: str, *, gone: str = "", certain: bool = True) -> None:
        super().__init__(message)
        self.gone = gone
        self.certain = certain


class TooHeavy(RetryLater):
    """Salesforce did not get done in time: it may if it is asked for less at once."""


class NoApiAccess(NeedsConfiguration):
    """The org, the user or the app may not use the REST API at all (R9)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One row: which answers it is for, and what they mean. An empty condition fits everything."""

    statuses: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()
    pattern: str = ""
    error: type[PluginError]
    message: str
    after: timedelta | None = None

    def fits(self, status: int, code: str, message: str) -> bool:
        return (
            (not self.statuses or status in self.statuses)
            and (not self.codes or code in self.codes)
            and (not self.pattern or re.search(self.pattern, message, re.IGNORECASE) is not None)
        )

    def exception(self) -> PluginError:
        if issubclass(self.error, RetryLater):
            return self.error(self.message, after=self.after)
        return self.error(self.message)


REFUSALS = (
    Refusal(
        codes=("REQUEST_LIMIT_EXCEEDED",),
        pattern=r"concurrent",
        error=RetryLater,
        message=N_("Salesforce is handling too many long requests of this org at the moment. It is tried again soon."),
    ),
    Refusal(
        codes=("REQUEST_LIMIT_EXCEEDED",),
        error=LimitReached,
        after=FIRST_PAUSE,
        message=DAILY_LIMIT,
    ),
    Refusal(
        codes=("UNABLE_TO_LOCK_ROW",),
        error=RetryLater,
        message=N_("Somebody else is changing the same record in Salesforce. It is tried again soon."),
    ),
    Refusal(
        codes=("INVALID_SESSION_ID",),
        pattern=r"scopes? is required|scopes are required",
        error=NoApiAccess,
        message=N_("The app in Salesforce lacks the scope “Manage user data via APIs (api)”. Add it and connect again."),
    ),
    Refusal(
        statuses=(401,),
        error=NeedsReauthorisation,
        message=N_("Salesforce does not accept the connection any more. An admin must connect again."),
    ),
    Refusal(
        codes=("API_DISABLED_FOR_ORG",),
        error=NoApiAccess,
        message=N_(
            "This Salesforce org has no access to the REST API. Editions such as Professional and Essentials come "
            "without it; ask Salesforce for API access or use another edition."
        ),
    ),
    Refusal(
        codes=("API_CURRENTLY_DISABLED",),
        error=NoApiAccess,
        message=N_(
            "The connected Salesforce user lacks the permission “API Enabled”. Give it by profile or permission set."
        ),
    ),
    Refusal(
        codes=("UNSUPPORTED_API_VERSION", "INVALID_VERSION", "InvalidVersion"),
        error=NeedsConfiguration,
        message=N_(
            "The org does not offer the API version that is set. Choose another one on the Salesforce settings page."
        ),
    ),
    Refusal(
        statuses=(410,),
        error=NeedsConfiguration,
        message=N_(
            "Salesforce has retired the API version that is set. Choose another one on the Salesforce settings page."
        ),
    ),
    Refusal(
        codes=("INVALID_FIELD", "INVALID_TYPE"),
        error=SchemaOutdated,
        message=N_("The connected Salesforce user may not see an object or field that is needed. Run the connection test."),
    ),
    Refusal(
        codes=("INSUFFICIENT_ACCESS", "INSUFFICIENT_ACCESS_OR_READONLY", "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"),
        error=NeedsConfiguration,
        message=N_("The connected Salesforce user lacks a right that is needed. Run the connection test."),
    ),
    Refusal(codes=("QUERY_TIMEOUT",), error=TooHeavy, message=TIMED_OUT),
    Refusal(
        codes=("SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION"),
        error=RetryLater,
        message=N_("Salesforce is not available at the moment. It is tried again soon."),
    ),
    Refusal(
        statuses=(408, 429, *range(500, 600)),
        error=RetryLater,
        message=N_("Salesforce is not available at the moment. It is tried again soon."),
    ),
    Refusal(
        statuses=(403,),
        error=NeedsConfiguration,
        message=N_("Salesforce refuses the request to the connected user. Run the connection test."),
    ),
    Refusal(
        statuses=(404,),
        error=PermanentFailure,
        message=N_(
            "Salesforce does not know what was asked for; it may have been "
            "deleted. Look the contact up again on the call’s page."
        ),
    ),
    Refusal(
        error=PermanentFailure,
        message=N_(
            "Salesforce refuses this request as wrong. Run the connection test and try again; if it stays so, ask support."
        ),
    ),
)

GONE = (
    (r"No such column '(\w+)' on entity '(\w+)'", "{1}.{0}", True),
    (r"sObject type '(\w+)' is not supported", "{0}", True),
    (r"Didn't understand relationship '(\w+)' in field path", "Contact.{0}Id", False),
)
"""What Salesforce's messages name, and whether it is that for certain: a relationship (only a Contact's Account is asked
for) is also not understood when its object may not be read."""

UNREACHABLE = N_("Salesforce cannot be reached. It is tried again soon.")
UNTRUSTED = N_("The certificate of the Salesforce server is not trusted. Check the login host and the certificate file.")
UNREADABLE = N_("Salesforce answered with something that is no JSON. It is tried again soon.")


def refusal_of(status: int, body: Any) -> PluginError:
    """The error for an answer; `body` is its JSON, or its text where it is none."""
    parts = list(_parts(body)) or [("", "")]
    fitting = ((refusal, part) for refusal in REFUSALS for part in parts)
    error, message = next((found.exception(), part[1]) for found, part in fitting if found.fits(status, *part))
    return _outdated(error.message, message) if isinstance(error, SchemaOutdated) else error


def _outdated(sentence: str, message: str) -> SchemaOutdated:
    """The message also quotes the statement, which may hold a number: nothing but names is taken from it."""
    for pattern, what, certain in GONE:
        found = re.search(pattern, message)
        if found:
            return SchemaOutdated(sentence, gone=what.format(*found.groups()), certain=certain)
    return SchemaOutdated(sentence)


def _parts(body: Any) -> Iterator[tuple[str, str]]:
    """Code and message of each error in a body: REST gives a list, OAuth an object, an edge server HTML."""
    for part in body if isinstance(body, list) else [body]:
        if isinstance(part, Mapping):
            code = part.get("errorCode") or part.get("statusCode") or part.get("error") or ""
            yield str(code), str(part.get("message") or part.get("error_description") or "")


def translated(problem: Exception) -> PluginError:
    """What simple-salesforce or requests raised, as one of the host's errors.

    Raises:
        The problem itself, if it is none of theirs: that is a bug and must be seen as one.
    """
    if isinstance(problem, SalesforceError):
        return refusal_of(problem.status, _content(problem.content))
    if isinstance(problem, requests.exceptions.JSONDecodeError):
        return RetryLater(UNREADABLE)
    if isinstance(problem, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(problem):
        return NeedsConfiguration(UNTRUSTED)
    if isinstance(problem, requests.exceptions.ReadTimeout):
        return TooHeavy(TIMED_OUT)
    if isinstance(problem, requests.exceptions.Timeout):
        return RetryLater(TIMED_OUT)
    if isinstance(problem, requests.exceptions.RequestException):
        return RetryLater(UNREACHABLE)
    raise problem


def _content(content: Any) -> Any:
    if isinstance(content, bytes | str):
        try:
            return json.loads(content)
        except ValueError:
            return None
    return content
