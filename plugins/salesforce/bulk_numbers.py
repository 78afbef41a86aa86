"""Which numbers a bulk fetch asks for: those of the window's calls, without what is never sent to Salesforce (R20, B11)."""

from __future__ import annotations

from host.plugin_api import PluginContext
from plugins.salesforce.do_not_sync import line_key, read_do_not_sync
from plugins.salesforce.domain.bulk_window import Window

PAGE = 20_000
"""Each page goes through all calls of the window anew."""


def numbers_of(context: PluginContext, taken: Window, after: str) -> list[str]:
    """The numbers behind `after`, in order, each once. One that was also called on a line that counts is among them."""
    listed = read_do_not_sync(context)
    lines = context.calls.lines_between(taken.since, taken.until) if listed.lines else ()
    left_out = [line for line in lines if line_key(line, context.site.region) in listed.lines]
    found: list[str] = []
    while True:
        page = context.calls.numbers_between(taken.since, taken.until, after=after, limit=PAGE, except_lines=left_out)
        found += [number for number in page if listed.why(number) is None]
        if len(page) < PAGE:
            return found
        after = page[-1]
