"""What a hook gives back: a result, or one of four errors.

Their texts are English. A text marked for the plugin's catalogue is translated where it is shown; one with values is a
`Sentence`, so that it can be as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from host.plugin_api.match import Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The plugin did its work. `summary` is a sentence for the call's page, `api_calls` what it cost at the CRM."""

    summary: str = ""
    api_calls: int = 0
    match: Match | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """There was nothing to do; `reason` is a sentence for the call's page."""

    reason: str
    api_calls: int = 0
    match: Match | None = None


Result = Done | Skipped


class PluginError(Exception):
    """Base of what a hook may raise. The message is shown to people: what happened, and what to do.

    Never put secrets, telephone numbers or memo text into it. `api_calls` is what was spent before it failed.
    """

    def __init__(self, message: str, *, api_calls: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.api_calls = api_calls


class RetryLater(PluginError):
    """It may work later: network, time-out, lock, limit. `after` is the shortest time to wait, if the CRM named one."""

    def __init__(self, message: str, *, after: timedelta | None = None, api_calls: int = 0) -> None:
        super().__init__(message, api_calls=api_calls)
        self.after = after


class LimitReached(RetryLater):
    """The CRM's limit of calls is reached, or what is left of it is kept for others: it waits for as long as that takes.

    Tried again like `RetryLater`, but such waits do not use up the host's patience: nothing fails for having waited here.
    """


class NeedsReauthorisation(PluginError):
    """The CRM refuses our credentials: the work is parked until an admin connects again (R32)."""


class NeedsConfiguration(PluginError):
    """A setting or a right is missing: the work is parked until an admin mends it."""


class PermanentFailure(PluginError):
    """The CRM refuses this very request; trying it again unchanged is of no use."""
