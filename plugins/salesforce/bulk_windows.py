"""Which calls bulk fetches take, one after the other, so that none is left out: kept between the nights (R20).

Calls count by when the host was told of their end. The first window begins with a day, each further one where the last that
was fetched ended.
"""

from __future__ import annotations

from datetime import datetime

from host.plugin_api import CallEnded, PluginContext
from plugins.salesforce.domain.bulk_window import Window, midnight, window

JOB_NAME = "bulk_fetch"
FROM = "bulk_from"
REACHED = "bulk_reached"
OWED = "bulk_owed"


def begin_window(context: PluginContext, due_at: datetime) -> Window:
    """The window of a run that begins now."""
    begun = _moment(context, FROM)
    taken = window(_moment(context, REACHED) or begun, due_at, context.clock(), context.site.timezone)
    if begun is None:
        context.settings.write({FROM: taken.since.isoformat()})
    return taken


def end_window(context: PluginContext, taken: Window) -> None:
    """All its numbers are fetched: the next window begins where this one ends."""
    context.settings.write({REACHED: taken.until.isoformat()})


def forget_windows(context: PluginContext) -> None:
    """Bulk fetch is not chosen: if it is again, it begins with that day."""
    if {FROM, REACHED, OWED} & context.settings.read().keys():
        context.settings.write({FROM: None, REACHED: None, OWED: None})


def is_taken(context: PluginContext, event: CallEnded) -> bool:
    """Whether a bulk fetch takes this call, or took it: the host was told of its end on the day bulk fetch was chosen, or
    later.

    One that ended before, and waited since, is in no window.
    """
    return event.occurred_at >= (_moment(context, FROM) or _begun_today(context))


def _begun_today(context: PluginContext) -> datetime:
    """The first call since bulk fetch was chosen: the first window begins with this day, whichever day its run comes."""
    with context.exclusive("bulk windows"):
        begun = _moment(context, FROM) or midnight(context.clock(), context.site.timezone)
        context.settings.write({FROM: begun.isoformat()})
    return begun


def _moment(context: PluginContext, name: str) -> datetime | None:
    stored = context.settings.read().get(name)
    return datetime.fromisoformat(stored) if stored else None
