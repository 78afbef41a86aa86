"""Every API call passes here twice: may it be made, and what did its answer tell about the org's limit (B4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from host.plugin_api import LimitReached, PluginContext
from plugins.salesforce.api_state import (
    Figures,
    forget_refusal,
    org_key,
    read_known,
    store_figures,
    store_refusal,
    take_turn,
)
from plugins.salesforce.domain.budget import (
    DEFAULT_RESERVE,
    GO,
    MOST_RESERVE,
    Answer,
    Known,
    Verdict,
    Waiting,
    judge,
    waiting,
)
from plugins.salesforce.domain.purpose import Purpose
from plugins.salesforce.errors import DAILY_LIMIT
from plugins.salesforce.usage import meter_of
from plugins.salesforce.wording import N_

RESERVE_SETTING = "api_reserve"
ALARM = "api_limit"
ALARM_TITLE = N_("The Salesforce org has used up its API calls")
ALARM_TEXT = N_(
    "Salesforce refuses every call until the calls of the last 24 hours are fewer again. Look-ups and memos wait and are "
    "done by themselves then. If this happens often, ask which other programs use the org's API, or buy more calls."
)
ALARM_OVER = N_("Salesforce answers again. What waited is being done.")

RESERVE_WAITS: Mapping[Purpose, str] = {
    Purpose.LOOK_UP: N_(
        "Look-ups wait: what is left of the org's API calls is kept as a reserve. They go on by themselves."
    ),
    Purpose.BULK: N_("The bulk fetch waits: the org's API calls left are getting few. It goes on by itself."),
}


class Budget:
    """The org's API calls, as one call of one purpose sees them."""

    def __init__(self, context: PluginContext, org_id: str, purpose: Purpose) -> None:
        self._context = context
        self._org = org_key(org_id)
        self._purpose = purpose
        self._known = Known()

    def admit(self) -> None:
        """Let the call be made.

        Raises:
            LimitReached: it has to wait.
        """
        self._known = read_known(self._context, self._org)
        verdict = self._verdict()
        if verdict.answer is Answer.GO:
            return
        if verdict.answer is Answer.ASK and take_turn(self._context, self._org, self._context.clock()):
            return
        text = DAILY_LIMIT if verdict.reason is Waiting.LIMIT else RESERVE_WAITS[self._purpose]
        raise LimitReached(text, after=verdict.after)

    def _verdict(self) -> Verdict:
        """The admin's reserve is read only where it matters: all settings are read for it."""
        now = self._context.clock()
        if judge(self._purpose, self._known, MOST_RESERVE, now) == GO:
            return GO
        return judge(self._purpose, self._known, read_reserve(self._context.settings.read()), now)

    def answered(self, counts: tuple[Any, ...] | None) -> None:
        """The call was answered; `counts`: used and total of the `Sforce-Limit-Info` header, if it came.

        What changes who waits is told to all processes at once, the rest with the next counts.
        """
        used, total = counts[:2] if counts else (None, None)
        figures = Figures(answered_at=self._context.clock(), used=used, total=total)
        meter_of(self._context).count(self._context, self._org, self._purpose)
        meter_of(self._context).tell(self._org, figures)
        if self._known.refused_at is not None and forget_refusal(self._context, self._org):
            self._context.alarms.clear_alarm(ALARM, ALARM_OVER)
        if self._changes_who_waits(figures):
            with self._context.database.writing() as connection:
                store_figures(connection, self._org, figures)

    def _changes_who_waits(self, figures: Figures) -> bool:
        if figures.total is None:
            return False
        if self._known.told_at is None:
            return True
        told = Known(used=figures.used, total=figures.total)
        if not waiting(told, MOST_RESERVE) and not waiting(self._known, MOST_RESERVE):
            return False
        reserve = read_reserve(self._context.settings.read())
        return waiting(told, reserve) != waiting(self._known, reserve) or self._verdict() != GO

    def looked_up(self) -> None:
        """A telephone call was looked up with these calls: for what one costs on average."""
        meter_of(self._context).looked_up(self._context, self._org, self._purpose)

    def failed(self) -> None:
        """The call was made and failed: it costs as much."""
        meter_of(self._context).count(self._context, self._org, self._purpose)

    def refused(self) -> None:
        """Salesforce says that the daily limit is reached: nobody asks for a while."""
        known = store_refusal(self._context, self._org, self._context.clock())
        self._context.log.warning("salesforce.daily_limit_reached", refusals=known.refusals)
        self._context.alarms.raise_alarm(ALARM, ALARM_TITLE, ALARM_TEXT)


def forget(context: PluginContext) -> None:
    """There is no connection any more: a limit that its org has reached stops nothing."""
    context.alarms.clear_alarm(ALARM, N_("Salesforce was disconnected."))


def read_reserve(stored: Mapping[str, Any]) -> int:
    """The reserve among the plugin's stored settings, in percent of the daily limit."""
    return int(stored.get(RESERVE_SETTING, DEFAULT_RESERVE))
