"""The four hooks: everything Tsunagu promises to a plugin.

A plugin is one object with a `manifest` (`host.plugin_api.Manifest`) and any of the functions below as methods marked
with `@hookimpl`. It is installed by pip and found through the entry-point group `tsunagu.plugins`. An implementation may
take any subset of a hook's arguments, by name.

What holds for every hook:

* **Durable.** The fact is stored in the same transaction as the call, memo or analysis it is about. The hook runs after
  the commit, in a worker process, never inside a web request.
* **At least once.** A worker may die in the middle: the hook is then called again with the same `event.fact_id`. Make what
  you write repeatable.
* **In order.** One plugin gets the facts of one call in the order in which they happened, one at a time. Facts of different
  calls run side by side.
* **Alone.** Each plugin has its own deliveries. Another plugin that fails, hangs or is slow changes nothing for yours.
* **Within a deadline.** A call that takes longer than `Manifest.deadline_seconds` counts as "retry later".
* **Switched off means silent.** A plugin that is disabled is not called; what waited for it is parked, not deleted.

What an implementation returns: `Done` or `Skipped` (nothing returned counts as `Done`).
What it may raise: `RetryLater`, `NeedsReauthorisation`, `NeedsConfiguration`, `PermanentFailure`. Anything else is taken for
a bug in the plugin: tried again a few times, then shown to the admin as failed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pluggy import HookimplMarker, HookspecMarker

if TYPE_CHECKING:
    from host.plugin_api import AnalysisDone, CallEnded, MemoSaved, NumberClicked, PluginContext, Result

PROJECT = "tsunagu"

hookspec = HookspecMarker(PROJECT)
hookimpl = HookimplMarker(PROJECT)


@hookspec
def on_call_end(context: PluginContext, event: CallEnded) -> Result | None:
    """A call is over, whatever its outcome; also sent again when a person asks to fetch the contact anew (R23).

    Args:
        context: what the host offers this plugin: contact book, settings, secrets, database, log.
        event: the call as it ended. `event.refetch` is true when a person asked for it by hand.

    Returns:
        `Done(match=…)` tells which record the call was matched with, for the page "why this record?".
    """


@hookspec
def on_click_to_call(context: PluginContext, event: NumberClicked) -> Result | None:
    """A person clicked a number; the call is about to be dialled (R22).

    Args:
        context: as above.
        event: the number, the agent who is to be called first, and the record whose number was clicked, if any.
    """


@hookspec
def on_memo_saved(context: PluginContext, event: MemoSaved) -> Result | None:
    """A memo was saved on the phone or changed in the call history (R26).

    Args:
        context: as above.
        event: the call with the memo as it stands when this is delivered: a later text may have come meanwhile.
    """


@hookspec
def on_analysis_done(context: PluginContext, event: AnalysisDone) -> Result | None:
    """The speech analysis of a call is there: its summary and transcript (R26).

    Args:
        context: as above.
        event: the call with its analysis and its memo, if one was saved.
    """
