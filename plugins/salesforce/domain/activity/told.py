"""What each placeholder says of a call (R25)."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from host.plugin_api import Call, Memo
from plugins.salesforce.domain.activity.call_kind import kind_of
from plugins.salesforce.domain.activity.facts import ActivityFacts
from plugins.salesforce.domain.activity.length import clean
from plugins.salesforce.domain.activity.placeholder import Placeholder
from plugins.salesforce.domain.activity.words import kind_word, moment_text

BETWEEN_ITEMS = " / "


def placeholder_values(facts: ActivityFacts, zone: ZoneInfo, language: str) -> Mapping[Placeholder, str]:
    """The text of every placeholder; "" for what is not there or not yet."""
    call = facts.call
    values = {
        Placeholder.MEMO: memo_text(facts.memo),
        Placeholder.SUMMARY: facts.analysis.summary if facts.analysis else "",
        Placeholder.TRANSCRIPT: facts.analysis.transcript if facts.analysis else "",
        Placeholder.CALL_TYPE: kind_word(kind_of(call), language),
        Placeholder.DIAL_STARTED_AT: moment_text(call.started_at, zone, language),
        Placeholder.TALK_STARTED_AT: moment_text(call.answered_at, zone, language),
        Placeholder.ENDED_AT: moment_text(call.ended_at, zone, language),
        Placeholder.TALK_SECONDS: "" if call.talk_seconds is None else str(talk_seconds(call)),
        Placeholder.CALL_URL: call.url,
        Placeholder.USER_NAME: facts.user_name,
        Placeholder.NUMBER: call.number or call.raw_number,
        Placeholder.COMPANY: facts.company,
        Placeholder.PERSON: facts.person,
    }
    return {placeholder: clean(text) for placeholder, text in values.items()}


def memo_text(memo: Memo | None) -> str:
    """A memo as one text: the items that were ticked, then what was written."""
    return "\n".join(filter(None, (memo_items(memo), memo.text))) if memo else ""


def memo_items(memo: Memo | None) -> str:
    """The memo items that were ticked, on one line."""
    return BETWEEN_ITEMS.join(memo.items) if memo else ""


def talk_seconds(call: Call) -> int | None:
    """The whole seconds of the talk: none where nobody talked, None while the call goes on and nobody has told."""
    if call.talk_seconds is None:
        return 0 if call.ended_at else None
    return max(0, round(call.talk_seconds))
