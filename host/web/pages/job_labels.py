"""What the state of a job's run is called on the pages, and what a person should know of it."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from host.domain.settlement import ParkedFor
from host.plugin_api import JobRunView, JobState
from host.web.pages.labels import Label, delivery_label

GOES_ON = frozenset({JobState.WAITING, JobState.RUNNING, JobState.RETRYING, JobState.PARKED})
_NEXT = {
    JobState.WAITING: lazy_gettext("It begins as soon as a worker is free. If it does not, see whether one runs."),
    JobState.RETRYING: lazy_gettext("It is tried again by itself and goes on where it was."),
    JobState.FAILED: lazy_gettext("It ended here. What it did before stays."),
    JobState.STOPPED: lazy_gettext("It was stopped. What it did before stays."),
}
_PARKED = {
    ParkedFor.REAUTHORISE: lazy_gettext("It goes on by itself, where it was, when an admin has connected again."),
    ParkedFor.CONFIGURE: lazy_gettext("It goes on by itself, where it was, when an admin has mended the setting."),
    ParkedFor.DISABLED: lazy_gettext("It goes on by itself, where it was, when the plugin is switched on."),
}


def job_label(run: JobRunView) -> Label:
    """The state in a word or two."""
    if run.state is JobState.STOPPED:
        return Label(_("Stopped"), "", "player-pause")
    if run.state is JobState.RUNNING and run.stop_requested:
        return Label(_("Stopping"), "info", live=True)
    return delivery_label(run.state, run.parked_for)


def job_next(run: JobRunView) -> str:
    """What comes next, or what that means; "" where nothing needs saying."""
    if run.state is JobState.PARKED:
        return str(_PARKED[ParkedFor(run.parked_for or ParkedFor.CONFIGURE)])
    return str(_NEXT.get(run.state, ""))


def job_goes_on(run: JobRunView) -> bool:
    """Whether the run is not over yet."""
    return run.state in GOES_ON
