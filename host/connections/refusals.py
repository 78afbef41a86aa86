"""What a CRM's refusal means for the work: one table from HTTP statuses to the errors of the plugin interface."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NoReturn

import requests

from host.plugin_api import LimitReached, NeedsConfiguration, PermanentFailure, RetryLater
from host.sentences import Sentence

UNAUTHORISED, FORBIDDEN, OVERLOADED = 401, 403, 429
LATER = frozenset({408, 425})
MOVED = frozenset(range(300, 400))
SERVER_ERROR = 500
LONGEST_WAIT = timedelta(days=1)
UNREACHABLE = Sentence("The CRM cannot be reached, or did not answer in time. It is tried again by itself.")
ILL = Sentence("The CRM has a fault of its own at the moment. It is tried again by itself.")
NO_JSON = Sentence("Something else than the CRM answered. Is its address right? It is tried again by itself.")
TOO_MANY = Sentence("The CRM takes no more requests for now. It is tried again by itself.")
MAY_NOT = Sentence("The CRM forbids this to the account that is connected. Give it the right, then try again.")
ELSEWHERE = Sentence("The CRM’s address leads elsewhere. An admin corrects it in the plugin’s settings.")


def unreachable(*, api_calls: int) -> RetryLater:
    return RetryLater(UNREACHABLE, api_calls=api_calls)


@contextmanager
def network() -> Iterator[None]:
    """What an auth method leaves of the network’s errors means: later. Also a reply that is not the JSON it looked for."""
    try:
        yield
    except requests.RequestException:
        raise unreachable(api_calls=1) from None


def no_json() -> RetryLater:
    return RetryLater(NO_JSON, api_calls=1)


def raise_refusal(reply: requests.Response) -> NoReturn:
    """Raise what this status means. Nothing of the reply's text is told: it may hold what was sent."""
    status = reply.status_code
    if status == OVERLOADED:
        raise LimitReached(TOO_MANY, after=_after(reply), api_calls=1)
    if status >= SERVER_ERROR or status in LATER:
        raise RetryLater(ILL, after=_after(reply), api_calls=1)
    if status == FORBIDDEN:
        raise NeedsConfiguration(MAY_NOT, api_calls=1)
    if status in MOVED:
        raise NeedsConfiguration(ELSEWHERE, api_calls=1)
    raise PermanentFailure(Sentence("The CRM refuses this request (status %(status)s).", status=status), api_calls=1)


def _after(reply: requests.Response) -> timedelta | None:
    """What Retry-After says, in seconds or as a date; at most a day."""
    told = reply.headers.get("Retry-After", "").strip()
    if told.isdecimal() and told.isascii() and len(told) < 10:
        return min(timedelta(seconds=int(told)), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(told)
    except (TypeError, ValueError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(timedelta(), min(moment - datetime.now(UTC), LONGEST_WAIT))
