"""Why an event is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class EventRefused(Exception):
    """An event that changes nothing; the message tells its sender what is wrong."""

    def __init__(self, message: str, errors: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.errors = errors or {}


class NotSigned(EventRefused):
    """It is not signed by a source this host knows, or too long ago."""


class MalformedEvent(EventRefused):
    """It cannot be read at all."""


class InvalidEvent(EventRefused):
    """It can be read and means nothing; `errors` names the fields."""
