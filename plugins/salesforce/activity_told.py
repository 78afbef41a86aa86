"""The settings of the activity history as the operation log tells them (R18, R24)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugins.salesforce.domain.activity.call_kind import CallKind
from plugins.salesforce.domain.activity.settings import ActivitySettings, Moment
from plugins.salesforce.domain.activity.source import TITLES, Source
from plugins.salesforce.domain.activity.words import KIND_WORDS
from plugins.salesforce.wording import N_

MOMENT_TITLES: Mapping[Moment, str] = {
    Moment.AFTER_START: N_("as soon as the call begins"),
    Moment.AFTER_END: N_("when the call is over"),
}
ON, OFF = N_("on"), N_("off")


def told_activity(settings: ActivitySettings) -> dict[str, Any]:
    """Each setting by its label."""
    kinds = [KIND_WORDS[kind] for kind in CallKind if kind in settings.call_types]
    return {
        N_("activity history"): _switch(settings.enabled),
        N_("written"): MOMENT_TITLES[settings.moment],
        N_("subject"): settings.subject,
        N_("status"): settings.status,
        N_("comment"): settings.comment,
        N_("kinds of calls"): kinds,
        N_("calls without a record"): _switch(settings.unmatched),
        **_mapped(settings),
    }


def _switch(on: bool) -> str:
    return ON if on else OFF


def _mapped(settings: ActivitySettings) -> dict[str, list[str]]:
    """The fields by the value they receive."""
    sources = {source: [name for name, wanted in settings.mapping.items() if wanted == source] for source in Source}
    return {TITLES[source]: names for source, names in sources.items() if names}
