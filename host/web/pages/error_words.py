"""What the inbox of integration errors says of each kind of stop: what to do, and where (R31)."""

from __future__ import annotations

from flask_babel import lazy_gettext

from host.plugin_api import JobState
from host.web.pages.current import services
from host.web.pages.plugin_address import settings_address
from host.web.pages.presentation import plugin_title

_ADVICE = {
    "failed": lazy_gettext("It is not tried again by itself. Put right what the sentence says, then try again; or drop it."),
    "retrying": lazy_gettext("There is nothing to do: it is tried again by itself, for up to 48 hours."),
    "reauthorise": lazy_gettext(
        "Connect again on the page of %(plugin)s. Until then everything waits, and it goes out by itself afterwards."
    ),
    "configure": lazy_gettext(
        "Put right the setting or right that the sentence names, and test on the page of %(plugin)s. "
        "What waits then goes out by itself, or with “Try again now”."
    ),
    "disabled": lazy_gettext("Switch %(plugin)s on, and it goes on by itself."),
    "set_aside": lazy_gettext("Connect the same organisation again, or drop it on the page of %(plugin)s."),
}
_JOB_ADVICE = {
    JobState.FAILED: lazy_gettext("Put right what the sentence says, then run the job again."),
    JobState.RETRYING: lazy_gettext("There is nothing to do: the job is tried again by itself."),
    JobState.PARKED: lazy_gettext("The job goes on by itself when the connection, setting or right is mended."),
}


def kind_advice(kind: str, plugin: str) -> str:
    """What to do about a group of this kind."""
    return str(_ADVICE[kind]) % {"plugin": plugin_title(plugin)}


def job_advice(state: JobState) -> str:
    """What to do about a job whose latest run stands so."""
    return str(_JOB_ADVICE[state])


def kind_state(kind: str) -> tuple[str, str | None]:
    """The state of a group's deliveries, and what they are parked for."""
    return (kind, None) if kind in ("failed", "retrying") else ("parked", kind)


def settings_page(plugin: str) -> str:
    """The address of a plugin's own page among the settings; "" if it has none or is switched off."""
    registry = services().registry
    loaded = registry.get(plugin)
    if loaded is None or not registry.is_enabled(plugin):
        return ""
    return settings_address(loaded)
