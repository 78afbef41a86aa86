"""R33: which error a CRM's refusal becomes, and how long it asks to wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests

from host.connections.refusals import LONGEST_WAIT, raise_refusal
from host.plugin_api import LimitReached, NeedsConfiguration, PermanentFailure, PluginError, RetryLater


def refused(status: int, after: str = "") -> PluginError:
    reply = requests.Response()
    reply.status_code = status
    reply._content = b"+819012345678 is not known here"
    reply.headers["Retry-After"] = after
    with pytest.raises(PluginError) as raised:
        raise_refusal(reply)
    assert "9012345678" not in raised.value.message, "what was sent is not told again"
    assert raised.value.api_calls == 1
    return raised.value


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, NeedsConfiguration),
        (400, PermanentFailure),
        (403, NeedsConfiguration),
        (404, PermanentFailure),
        (408, RetryLater),
        (425, RetryLater),
        (429, LimitReached),
        (500, RetryLater),
        (503, RetryLater),
    ],
)
def test_r33_each_status_has_its_error(status: int, kind: type[PluginError]) -> None:
    assert type(refused(status)) is kind


@pytest.mark.parametrize(
    ("after", "waits"),
    [
        ("7", timedelta(seconds=7)),
        ("999999", LONGEST_WAIT),
        ("9" * 30, None),
        ("soon", None),
        ("", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", timedelta()),
    ],
)
def test_r33_the_crm_says_how_long_to_wait(after: str, waits: timedelta | None) -> None:
    error = refused(429, after)
    assert isinstance(error, LimitReached)
    assert error.after == waits


def test_r33_it_may_say_so_by_a_date() -> None:
    error = refused(503, format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True))
    assert isinstance(error, RetryLater)
    assert error.after is not None
    assert timedelta(minutes=4) < error.after <= timedelta(minutes=5)
