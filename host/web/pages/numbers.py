"""Telephone numbers as the pages show them."""

from __future__ import annotations

from flask_babel import gettext as _

from host.plugin_api import format_national, parse_number
from host.web.pages.current import services


def national_number(number: str | None) -> str:
    """The number as people of the site's region write it."""
    return format_national(number, services().config.region) if number else _("Number withheld")


def line_number(line: str) -> str:
    """The site's own number that was called, or presented: as people write it if it is a number."""
    region = services().config.region
    number = parse_number(line, region)
    return format_national(number, region) if number else line
