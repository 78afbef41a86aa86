"""The words that are written into Salesforce: kinds of calls, how a call ended, times (R24)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from host.plugin_api import CallOutcome
from plugins.salesforce.catalogue import words_in
from plugins.salesforce.domain.activity.call_kind import UNANSWERED, CallKind
from plugins.salesforce.wording import N_

KIND_WORDS: Mapping[CallKind, str] = {
    CallKind.INBOUND: N_("Inbound call"),
    CallKind.OUTBOUND: N_("Outbound call"),
    CallKind.MISSED: N_("Missed call"),
    CallKind.VOICEMAIL: N_("Voicemail"),
    CallKind.INTERNAL: N_("Internal call"),
}
OUTCOME_WORDS: Mapping[CallOutcome, str] = {
    CallOutcome.ANSWERED: N_("Answered"),
    CallOutcome.NO_ANSWER: N_("No answer"),
    CallOutcome.BUSY: N_("Busy"),
    CallOutcome.CANCELED: N_("Hung up before an answer"),
    CallOutcome.REJECTED: N_("Declined"),
    CallOutcome.FAILED: N_("Call failed"),
    CallOutcome.AGENT_NO_ANSWER: N_("Our own telephone did not answer"),
    CallOutcome.SYSTEM_ONLY: N_("Answered by the system only"),
    CallOutcome.UNKNOWN: N_("End not known"),
}
REST = N_("The rest is here: %(url)s")
"""The line below a comment that was cut."""

CALL_TYPES: Mapping[CallKind, str] = {
    CallKind.OUTBOUND: "Outbound",
    CallKind.INTERNAL: "Internal",
}
"""What Salesforce calls it in `Task.CallType`; all else is Inbound."""

_SECOND = {"ja": "%Y/%m/%d %H:%M:%S"}
_LANGUAGES = ("en", "ja")


def kind_word(kind: CallKind, language: str) -> str:
    """The kind of a call, for people."""
    return words_in(language)(KIND_WORDS[kind])


def outcome_word(outcome: CallOutcome, language: str) -> str:
    """How a call ended, for people."""
    return words_in(language)(OUTCOME_WORDS[outcome])


def rest_line(url: str, language: str) -> str:
    """The line below a comment that was cut; "" while the call has no page."""
    return words_in(language)(REST) % {"url": url} if url else ""


def call_type(kind: CallKind) -> str:
    """The kind as one of Salesforce's three values of `Task.CallType`."""
    return CALL_TYPES.get(kind, "Inbound")


def kind_synonyms(kind: CallKind) -> tuple[str, ...]:
    """The values of a picklist that mean this kind, the best first: one's own word, then Salesforce's."""
    own = [kind.value, *(kind_word(kind, language) for language in _LANGUAGES)]
    wider = [call_type(kind), *(kind_word(CallKind.INBOUND, language) for language in _LANGUAGES)]
    return (*own, *(wider if kind in UNANSWERED else [call_type(kind)]))


def moment_text(at: datetime | None, zone: ZoneInfo, language: str) -> str:
    """A moment in the site's zone, "2026-11-22 17:42:42"; "" if it never came."""
    return at.astimezone(zone).strftime(_SECOND.get(language, "%Y-%m-%d %H:%M:%S")) if at else ""
