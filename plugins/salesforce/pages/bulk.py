"""The card "Nightly bulk fetch": the last runs, the next one, its progress, run now and stop (R20)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from host.plugin_api import JobRunView, JobState, PluginContext, PluginError
from host.plugin_api.web import actor
from plugins.salesforce.auth.methods import auth_method
from plugins.salesforce.bulk_fetch import JOB
from plugins.salesforce.connection import read_connection
from plugins.salesforce.fetch_setting import fetch_in_effect
from plugins.salesforce.preferences import FetchSetting, read_preferences

SHOWN = 5
READ = 30
"""Nights on which another setting was chosen are not told, so more are read than are shown."""
OVER = (JobState.DONE, JobState.SKIPPED, JobState.FAILED, JobState.STOPPED)


def bulk_card(context: PluginContext) -> Mapping[str, Any] | None:
    """For the Basic settings, where bulk fetch is in effect."""
    connection = read_connection(context)
    if connection is None:
        return None
    try:
        chosen = fetch_in_effect(read_preferences(context).fetch, auth_method(connection.method))
    except PluginError:  # the method is not installed any more
        return None
    return _values(context) if chosen is FetchSetting.BULK else None


def _values(context: PluginContext) -> Mapping[str, Any]:
    runs = [run for run in context.jobs.runs(JOB.name, READ) if run.state is not JobState.SKIPPED][: SHOWN + 1]
    newest = runs[0] if runs else None
    return {
        "run": newest,
        "goes_on": newest is not None and newest.state not in OVER,
        "held": newest is not None and newest.state in (JobState.RETRYING, JobState.PARKED),
        "earlier": [_line(run) for run in runs[1:]],
        "next": context.jobs.next_due(JOB.name),
    }


def _line(run: JobRunView) -> Mapping[str, Any]:
    """A run in the table; a count is "" for one that ended before it knew."""
    return {"run": run, **{name: run.kept.get(name, "") for name in ("total", "found", "missed", "changed")}}


class BulkPages:
    """Its routes."""

    def __init__(self, context: PluginContext) -> None:
        self.context = context

    def progress(self) -> ResponseReturnValue:
        """The newest run's progress by itself; what else the card shows comes along once the run is over."""
        values = _values(self.context)
        return render_template("salesforce/bulk_progress.html", card=values) if values["run"] else ("", 204)

    def start(self) -> ResponseReturnValue:
        self.context.jobs.start(JOB.name, actor())
        flash(_("The bulk fetch begins in a moment."), "info")
        return redirect(url_for(".settings", _anchor="bulk"), 303)

    def stop(self) -> ResponseReturnValue:
        stopped = self.context.jobs.stop(JOB.name, actor())
        text = _("The bulk fetch is being stopped.") if stopped else _("No bulk fetch is under way.")
        flash(text, "info")
        return redirect(url_for(".settings", _anchor="bulk"), 303)
