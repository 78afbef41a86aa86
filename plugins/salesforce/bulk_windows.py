"""Up to which moment calls were taken by a bulk fetch: kept between the nights (R20)."""

from __future__ import annotations

from datetime import datetime, timedelta

from host.plugin_api import CallEnded, PluginContext
from plugins.salesforce.domain.bulk_window import Window, window

JOB_NAME = "bulk_fetch"
BEGUN = "bulk_begun"
REACHED = "bulk_reached"
OWED = "bulk_owed"
STORING = timedelta(minutes=1)
"""The longest that it takes from hearing that a call ended until other processes see it in the history."""


def begin_window(context: PluginContext, due_at: datetime) -> Window:
    """The window of a run that begins now. A call that is told of later, and ended before, is looked up by itself."""
    taken = window(_moment(context, REACHED), due_at, context.clock(), context.site.timezone)
    context.settings.write({BEGUN: taken.until.isoformat()})
    return taken


def end_window(context: PluginContext, taken: Window) -> None:
    """All its numbers are fetched: the next window begins where this one ends."""
    context.settings.write({REACHED: taken.until.isoformat()})


def forget_windows(context: PluginContext) -> None:
    """Bulk fetch is not chosen: if it is again, it begins with the day of its first run."""
    if {BEGUN, OWED} & context.settings.read().keys():
        context.settings.write({BEGUN: None, REACHED: None, OWED: None})


def told_too_late(context: PluginContext, event: CallEnded) -> bool:
    """Whether the bulk fetch that takes calls of this time had begun before the host was told that this one ended."""
    begun = _moment(context, BEGUN)
    ended = event.call.ended_at
    return begun is not None and ended is not None and ended < begun <= event.occurred_at + STORING


def _moment(context: PluginContext, name: str) -> datetime | None:
    stored = context.settings.read().get(name)
    return datetime.fromisoformat(stored) if stored else None
