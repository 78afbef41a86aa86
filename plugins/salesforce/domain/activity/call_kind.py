"""Which kind of call a call is: what the activity history is ticked for, and the word that stands in a Task (R24)."""

from __future__ import annotations

from enum import StrEnum

from host.plugin_api import Call, CallOutcome, Direction


class CallKind(StrEnum):
    """The kinds an admin may have logged. `MISSED` and `VOICEMAIL` are inbound calls that no person answered."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    MISSED = "missed"
    VOICEMAIL = "voicemail"
    INTERNAL = "internal"


UNANSWERED = frozenset({CallKind.MISSED, CallKind.VOICEMAIL})


def kind_of(call: Call) -> CallKind:
    """The kind of a call as it stands now.

    An inbound call that only the system answered went to an announcement or to voicemail; one that rang until its end was
    missed, also where the end was not seen. While it still rings it counts as inbound.
    """
    if call.direction is Direction.INTERNAL:
        return CallKind.INTERNAL
    if call.direction is Direction.OUTBOUND:
        return CallKind.OUTBOUND
    return _inbound(call)


def possible_kinds(call: Call) -> frozenset[CallKind]:
    """What a call can still turn out to be: one kind once it is answered or over, more while it rings."""
    rings = call.direction is Direction.INBOUND and call.ended_at is None and call.answered_at is None
    return frozenset({CallKind.INBOUND}) | UNANSWERED if rings else frozenset({kind_of(call)})


def _inbound(call: Call) -> CallKind:
    if call.answered_at is not None or call.outcome is CallOutcome.ANSWERED:
        return CallKind.INBOUND
    if call.outcome is CallOutcome.SYSTEM_ONLY:
        return CallKind.VOICEMAIL
    return CallKind.INBOUND if call.ended_at is None else CallKind.MISSED
