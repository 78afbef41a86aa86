"""The tab API usage: the org's daily limit, our calls, and the reserve (B4)."""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_skeleton
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from host.plugin_api import PluginContext, changes
from host.plugin_api.web import actor
from plugins.salesforce.budget import RESERVE_SETTING, read_reserve
from plugins.salesforce.domain.budget import MOST_RESERVE
from plugins.salesforce.domain.purpose import PURPOSE_TITLES, Purpose
from plugins.salesforce.pages.flow import UNPROCESSABLE
from plugins.salesforce.usage_report import read_usage
from plugins.salesforce.wording import N_


class UsagePages:
    """Views of the usage."""

    def __init__(self, context: PluginContext) -> None:
        self.context = context

    def show(self) -> ResponseReturnValue:
        return self._page()

    def save_reserve(self) -> ResponseReturnValue:
        typed = request.form.get("reserve", "").strip()
        reserve = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= len(str(MOST_RESERVE)) else -1
        if not 0 <= reserve <= MOST_RESERVE:
            error = _("Enter a whole number from 0 to %(most)s.", most=MOST_RESERVE)
            return self._page(typed, {"reserve": [error]}), UNPROCESSABLE
        before = read_reserve(self.context.settings.read())
        self.context.settings.write({RESERVE_SETTING: reserve})
        label = N_("reserve of API calls")
        self.context.audit(actor(), N_("API reserve changed"), changes({label: f"{before}%"}, {label: f"{reserve}%"}))
        flash(_("Saved."), "good")
        return redirect(url_for(".usage"), 303)

    def _page(self, typed: str = "", errors: dict[str, list[str]] | None = None) -> str:
        return render_template(
            "salesforce/usage.html",
            usage=read_usage(self.context),
            titles=PURPOSE_TITLES,
            Purpose=Purpose,
            reserve=typed or read_reserve(self.context.settings.read()),
            most=MOST_RESERVE,
            errors=errors or {},
            clock=self._clock,
            day=self._day,
        )

    def _clock(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.context.site.timezone):%H:%M}"

    def _day(self, moment: datetime) -> str:
        """Without the year, in the language of the page."""
        return str(format_skeleton("MMMd", moment.astimezone(self.context.site.timezone), locale=get_locale()))
