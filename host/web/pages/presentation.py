"""Filters of the templates: times in the site's zone, durations, numbers as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask
from flask_babel import format_datetime, format_number
from flask_babel import gettext as _

from host.plugin_api import Call, format_national, parse_number
from host.web.pages import labels
from host.web.pages.call_timeline import handled_by
from host.web.pages.current import services
from host.web.pages.sentences import said

_FORMATS = {
    "medium": "medium",
    "day": "yyyy/MM/dd",
    "short": "MM/dd HH:mm",
    "clock": "HH:mm:ss",
    "minute": "yyyy/MM/dd HH:mm",
    "full": "yyyy/MM/dd HH:mm:ss",
}


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
        said=said,
        outcome_label=labels.outcome_label,
        direction_label=labels.direction_label,
        delivery_label=labels.delivery_label,
        attempt_label=labels.attempt_label,
        hook_label=labels.hook_label,
        area_label=labels.area_label,
        action_label=labels.action_label,
        line_number=line_number,
    )


def site_time(moment: datetime, format_name: str = "medium") -> str:
    """A moment in the site's zone. `format_name`: medium, minute, full, short, clock or day."""
    text: str = format_datetime(moment, _FORMATS[format_name])
    return text


def iso_time(moment: datetime) -> str:
    """For `<time datetime>`: UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(seconds: float) -> str:
    """Seconds as a clock: 0:07, 12:05, 1:02:03."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def national_number(number: str | None) -> str:
    """The number as people of the site's region write it."""
    return format_national(number, services().config.region) if number else _("Number withheld")


def count(value: int) -> str:
    text: str = format_number(value)
    return text


def outside_party(call: Call) -> str:
    """Whom the call was with, by number: as people write it, else as the telephone system sent it."""
    if call.number:
        return national_number(call.number)
    if call.withheld or not call.raw_number:
        return str(_("Number withheld"))
    return call.raw_number


def line_number(line: str) -> str:
    """The site's own number that was called, or presented: as people write it if it is a number."""
    region = services().config.region
    number = parse_number(line, region)
    return format_national(number, region) if number else line


def plugin_title(name: str) -> str:
    """A plugin's title in the page's language; its name if it is not installed any more."""
    plugin = services().registry.get(name)
    return _(plugin.manifest.title) if plugin else name
