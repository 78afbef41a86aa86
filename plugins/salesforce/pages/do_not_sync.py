"""The list of numbers, beginnings and lines that are never sent to Salesforce (B11): its card and its page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from host.plugin_api import PluginContext, format_national
from host.plugin_api.web import actor
from plugins.salesforce.do_not_sync import MOST_ENTRIES, Entry, ListFull, add, counts, find, line_key, remove
from plugins.salesforce.domain.do_not_sync import Excluded
from plugins.salesforce.pages.flow import UNPROCESSABLE
from plugins.salesforce.pages.list_form import ListForm, read_list_form
from plugins.salesforce.wording import N_

SHOWN = 100
SEEN_FOR = timedelta(days=90)
MOST_LINES = 30
LONGEST_SEARCH = 100

KIND_TITLES = {
    Excluded.NUMBER: N_("Number"),
    Excluded.PREFIX: N_("All numbers that begin with"),
    Excluded.LINE: N_("Line"),
}


def do_not_sync_card(context: PluginContext) -> Mapping[str, Any]:
    """For the Basic settings: how many entries there are."""
    return {"counts": counts(context), "kinds": Excluded}


class DoNotSyncPages:
    """Views of the list."""

    def __init__(self, context: PluginContext) -> None:
        self.context = context

    def show(self) -> ResponseReturnValue:
        return self._page(ListForm())

    def add(self) -> ResponseReturnValue:
        """All that was typed or, if one line cannot be read, nothing."""
        form = read_list_form(request.form, self.context.site.region)
        if form.errors:
            return self._page(form, form.errors), UNPROCESSABLE
        try:
            added = add(self.context, form.entries(actor(), self.context.clock()))
        except ListFull:
            errors = {"values": [_("The list holds at most %(most)s entries.", most=MOST_ENTRIES)]}
            return self._page(form, errors), UNPROCESSABLE
        self._log({N_("added"): added})
        flash(self._added(added, len(form.values) - added), "good")
        return redirect(url_for(".do_not_sync"), 303)

    def _added(self, added: int, known: int) -> str:
        text = ngettext("%(num)s entry added.", "%(num)s entries added.", added)
        there = ngettext("%(num)s was on the list already.", "%(num)s were on the list already.", known)
        return f"{text} {there}" if known else str(text)

    def remove(self) -> ResponseReturnValue:
        if remove(self.context, request.form.get("kind", "")[:10], request.form.get("value", "")[:100].replace("\0", "")):
            self._log({N_("removed"): 1})
            flash(_("Removed. Calls from now on are looked up again."), "good")
        return redirect(url_for(".do_not_sync", q=request.args.get("q") or None), 303)

    def _log(self, detail: Mapping[str, int]) -> None:
        """Numbers are personal data: the operation log tells only how many."""
        if any(detail.values()):
            self.context.audit(actor(), N_("list of numbers that are not sent changed"), detail)

    def _page(self, form: ListForm, errors: Mapping[str, list[str]] | None = None) -> str:
        text = request.args.get("q", "").strip()[:LONGEST_SEARCH]
        text = text if text.isprintable() else ""
        skip = min(max(request.args.get("skip", 0, type=int), 0), MOST_ENTRIES)
        return render_template(
            "salesforce/do_not_sync.html",
            page=find(self.context, text, skip=skip, limit=SHOWN),
            text=text,
            skip=skip,
            step=SHOWN,
            most=MOST_ENTRIES,
            form=form,
            typed=request.form if errors else {},
            errors=errors or {},
            kinds=KIND_TITLES,
            lines=self._lines(),
            written=self._written,
        )

    def _lines(self) -> list[str]:
        """Lines of the last weeks that are not on the list."""
        now = self.context.clock()
        listed = {entry.value for entry in find(self.context, limit=MOST_ENTRIES).entries if entry.kind is Excluded.LINE}
        seen = self.context.calls.lines_between(now - SEEN_FOR, now + timedelta(days=1))
        region = self.context.site.region
        return [line for line in seen if line and line_key(line, region) not in {"", *listed}][:MOST_LINES]

    def _written(self, entry: Entry) -> str:
        """As people of the site read it."""
        is_number = entry.kind is not Excluded.PREFIX and entry.value.startswith("+")
        return format_national(entry.value, self.context.site.region) if is_number else entry.value
