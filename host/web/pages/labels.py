"""What states, outcomes and directions are called on the pages, and how they look."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from host.domain.call_report import CallState
from host.domain.settlement import AttemptResult, DeliveryState, ParkedFor
from host.plugin_api import CallOutcome, Direction, Operation
from host.plugin_api.operation_words import OperationFact, operation_facts
from host.storage.history import CallRow
from host.web.pages.current import services
from host.web.pages.sentences import said


@dataclass(frozen=True, slots=True)
class Label:
    """A text with its tone ("good", "bad", "warn", "info" or ""), an icon of the sprite, and whether it is going on now."""

    text: str
    tone: str = ""
    icon: str = ""
    live: bool = False


DIRECTIONS = {
    Direction.INBOUND: (lazy_gettext("Inbound"), "phone-incoming"),
    Direction.OUTBOUND: (lazy_gettext("Outbound"), "phone-outgoing"),
    Direction.INTERNAL: (lazy_gettext("Internal"), "arrows-left-right"),
}
OUTCOMES = {
    CallOutcome.ANSWERED: (lazy_gettext("Answered"), "good", "check"),
    CallOutcome.NO_ANSWER: (lazy_gettext("No answer"), "warn", "phone-off"),
    CallOutcome.BUSY: (lazy_gettext("Busy"), "warn", "phone-pause"),
    CallOutcome.CANCELED: (lazy_gettext("Abandoned"), "", "phone-off"),
    CallOutcome.REJECTED: (lazy_gettext("Rejected"), "bad", "phone-x"),
    CallOutcome.FAILED: (lazy_gettext("Not connected"), "bad", "alert-triangle"),
    CallOutcome.AGENT_NO_ANSWER: (lazy_gettext("Not picked up"), "warn", "phone-off"),
    CallOutcome.SYSTEM_ONLY: (lazy_gettext("Automated"), "", "info-circle"),
    CallOutcome.UNKNOWN: (lazy_gettext("Unknown"), "", "help-circle"),
}
_GOING_ON = {
    CallState.DIALLING: lazy_gettext("Dialling"),
    CallState.RINGING: lazy_gettext("Ringing"),
    CallState.ANSWERED: lazy_gettext("In a call"),
}
_DELIVERY = {
    DeliveryState.WAITING: (lazy_gettext("Waiting"), "info", "clock"),
    DeliveryState.RUNNING: (lazy_gettext("Working"), "info", ""),
    DeliveryState.DONE: (lazy_gettext("Done"), "good", "check"),
    DeliveryState.SKIPPED: (lazy_gettext("Nothing to do"), "", "check"),
    DeliveryState.RETRYING: (lazy_gettext("Trying again soon"), "warn", "clock"),
    DeliveryState.FAILED: (lazy_gettext("Failed"), "bad", "circle-x"),
}
_PARKED = {
    ParkedFor.REAUTHORISE: lazy_gettext("On hold: connect again"),
    ParkedFor.CONFIGURE: lazy_gettext("On hold: settings needed"),
    ParkedFor.DISABLED: lazy_gettext("On hold: plugin is off"),
    ParkedFor.SET_ASIDE: lazy_gettext("On hold: of an ended connection"),
}
_ATTEMPTS = {
    AttemptResult.DONE: lazy_gettext("Done"),
    AttemptResult.SKIPPED: lazy_gettext("Nothing to do"),
    AttemptResult.RETRY: lazy_gettext("To be tried again"),
    AttemptResult.WAIT: lazy_gettext("Waits for a limit"),
    AttemptResult.REAUTHORISE: lazy_gettext("Needs a new connection"),
    AttemptResult.CONFIGURE: lazy_gettext("Needs a setting"),
    AttemptResult.PERMANENT: lazy_gettext("Refused"),
    AttemptResult.BUG: lazy_gettext("Error in the plugin"),
    AttemptResult.INTERRUPTED: lazy_gettext("Interrupted"),
}
_HOOKS = {
    "on_call_end": lazy_gettext("After the call"),
    "on_click_to_call": lazy_gettext("Click-to-call"),
    "on_memo_saved": lazy_gettext("Memo saved"),
    "on_analysis_done": lazy_gettext("Speech analysis done"),
}
_AREAS = {
    "plugins": lazy_gettext("Plugins"),
    "users": lazy_gettext("Users"),
    "tokens": lazy_gettext("API tokens"),
    "sources": lazy_gettext("Telephony sources"),
    "memo items": lazy_gettext("Memo items"),
    "mail": lazy_gettext("Mail"),
    "host": lazy_gettext("Tsunagu itself"),
}
_ACTIONS = {
    "added": lazy_gettext("Added"),
    "edited": lazy_gettext("Changed"),
    "activated": lazy_gettext("Switched on"),
    "deactivated": lazy_gettext("Switched off"),
    "enabled": lazy_gettext("Switched on"),
    "disabled": lazy_gettext("Switched off"),
    "password set": lazy_gettext("Password set"),
    "created": lazy_gettext("Made"),
    "revoked": lazy_gettext("Revoked"),
    "secret changed": lazy_gettext("New secret"),
    "earlier secret ended": lazy_gettext("Earlier secret ended"),
    "renamed": lazy_gettext("Renamed"),
    "moved": lazy_gettext("Order changed"),
    "process chosen": lazy_gettext("Process chosen"),
    "retired": lazy_gettext("Taken out of use"),
    "restored": lazy_gettext("Put back into use"),
}
_DETAILS = {
    "plugin": lazy_gettext("Plugin"),
    "parked": lazy_gettext("put on hold"),
    "released": lazy_gettext("set going again"),
    "dropped": lazy_gettext("dropped"),
    "runs": lazy_gettext("Runs"),
    "user": lazy_gettext("User"),
    "token": lazy_gettext("API token"),
    "id": lazy_gettext("ID"),
    "source": lazy_gettext("Telephony source"),
    "number": lazy_gettext("how many"),
    "role": lazy_gettext("Role"),
    "order": lazy_gettext("Order"),
}
_ADVICE = {
    400: lazy_gettext("Go back, reload the page and try again."),
    403: lazy_gettext("Ask an administrator if you need this."),
    404: lazy_gettext("The address may be mistyped, or what was here is gone."),
    413: lazy_gettext("Send less at once."),
    429: lazy_gettext("Wait a moment before you try again."),
    500: lazy_gettext("If it happens again, tell the administrator when it was."),
    503: lazy_gettext("Calls go on meanwhile; nothing that was reported is lost."),
}


def outcome_label(row: CallRow) -> Label:
    """How far a call is, or how it ended; an inbound call nobody took is "missed"."""
    if row.state in _GOING_ON:
        return Label(str(_GOING_ON[row.state]), "info", live=True)
    outcome = row.call.outcome or CallOutcome.UNKNOWN
    if outcome is CallOutcome.NO_ANSWER and row.call.direction is Direction.INBOUND:
        return Label(_("Missed"), "bad", "phone-off")
    text, tone, icon = OUTCOMES[outcome]
    return Label(str(text), tone, icon)


def direction_label(direction: Direction) -> Label:
    text, icon = DIRECTIONS[direction]
    return Label(str(text), icon=icon)


def delivery_label(state: str, parked_for: str | None = None) -> Label:
    """Where a plugin's work stands; parked work says what it waits for."""
    known = DeliveryState(state)
    if known is DeliveryState.PARKED:
        return Label(str(_PARKED[ParkedFor(parked_for or ParkedFor.CONFIGURE)]), "warn", "player-pause")
    text, tone, icon = _DELIVERY[known]
    return Label(str(text), tone, icon, live=known is DeliveryState.RUNNING)


def attempt_label(result: str | None) -> str:
    """How one attempt ended; one without an end is still under way."""
    return str(_ATTEMPTS[AttemptResult(result)]) if result else _("Working")


def hook_label(hook: str) -> str:
    return str(_HOOKS.get(hook, hook))


def area_label(area: str) -> str:
    """An area of the operation log: one of the host's, or a plugin by its title."""
    plugin = services().registry.get(area)
    return said(plugin.manifest.title, area) if plugin else str(_AREAS.get(area, area))


def action_label(action: str, area: str) -> str:
    """What was done, in the host's words or in those of the plugin whose area it is."""
    return log_word(action, area)


def log_word(word: str, area: str) -> str:
    """A word in a line of the operation log: what was done, a label or a value of its detail."""
    own = services().registry.get(area) is None
    return str((own and (_ACTIONS.get(word) or _DETAILS.get(word))) or said(word, area))


def operation_detail(operation: Operation) -> list[OperationFact]:
    """What a line of the operation log tells beside who and what."""
    return operation_facts(operation, partial(log_word, area=operation.area))


def error_advice(code: int) -> str:
    """What a person may do about an error page; "" if there is nothing to say."""
    return str(_ADVICE.get(code, ""))
