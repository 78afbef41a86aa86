"""Filters of the templates: times in the site's zone, durations, numbers as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask, current_app
from flask_babel import format_datetime, format_number, get_locale

from host.scheduling.site_jobs import JobLine, job_lines_of
from host.sentences import Sentence
from host.web.pages import job_labels, labels
from host.web.pages.call_timeline import handled_by
from host.web.pages.current import services
from host.web.pages.numbers import line_number, national_number
from host.web.pages.parties import outside_party
from host.web.pages.sentences import said
from host.web.plugin_routes import trouble_of

_FORMATS = {
    "en": {"day": "d MMM y", "short": "d MMM HH:mm", "minute": "d MMM y HH:mm", "full": "d MMM y HH:mm:ss"},
    "ja": {"day": "yyyy/MM/dd", "short": "MM/dd HH:mm", "minute": "yyyy/MM/dd HH:mm", "full": "yyyy/MM/dd HH:mm:ss"},
}
_CLOCK = "HH:mm:ss"


def install(app: Flask) -> None:
    """Give the templates their filters."""
    app.jinja_env.globals["error_advice"] = labels.error_advice
    app.jinja_env.filters.update(
        site_time=site_time,
        iso_time=iso_time,
        duration=duration,
        national_number=national_number,
        count=count,
        outside_party=outside_party,
        handled_by=handled_by,
        plugin_title=plugin_title,
        plugin_jobs=plugin_jobs,
        plugin_trouble=plugin_trouble,
        said=said,
        outcome_label=labels.outcome_label,
        direction_label=labels.direction_label,
        delivery_label=labels.delivery_label,
        attempt_label=labels.attempt_label,
        hook_label=labels.hook_label,
        area_label=labels.area_label,
        action_label=labels.action_label,
        operation_detail=labels.operation_detail,
        line_number=line_number,
        job_label=job_labels.job_label,
        job_next=job_labels.job_next,
        job_goes_on=job_labels.job_goes_on,
    )


def site_time(moment: datetime, format_name: str = "minute") -> str:
    """A moment in the site's zone. `format_name`: minute, full, clock, day, or short (no year if it is this one)."""
    if format_name == "clock":
        return str(format_datetime(moment, _CLOCK))
    zone = services().config.timezone
    another_year = moment.astimezone(zone).year != services().clock().astimezone(zone).year
    name = "minute" if format_name == "short" and another_year else format_name
    return str(format_datetime(moment, _FORMATS[str(get_locale())[:2]][name]))


def plugin_trouble(name: str) -> Sentence | None:
    """Why the pages of a plugin are not there, if something is wrong with them."""
    return trouble_of(current_app).get(name)


def iso_time(moment: datetime) -> str:
    """For `<time datetime>`: UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(seconds: float) -> str:
    """Seconds as a clock: 0:07, 12:05, 1:02:03."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def count(value: int) -> str:
    text: str = format_number(value)
    return text


def plugin_jobs(name: str) -> list[JobLine]:
    """The jobs of a plugin with their last and next runs."""
    return job_lines_of(services(), name)


def plugin_title(name: str) -> str:
    """A plugin's title in the page's language; its name if it is not installed any more."""
    plugin = services().registry.get(name)
    return said(plugin.manifest.title, name) if plugin else name
