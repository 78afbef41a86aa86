"""Click-to-call: rings the agent, then calls the number, by one Originate whose ChannelId is our call id."""

import re
from dataclasses import dataclass

from plugins.asterisk.ami_client import AmiConnection, AmiLostError
from plugins.asterisk.frames import Message
from plugins.asterisk.marks import N_, ToldError

NUMBER = re.compile(r"\+?[0-9*#]{1,32}")
EXTENSION = re.compile(r"[A-Za-z0-9_.-]{1,40}")
CALL_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
# An unreachable phone is told at once; a ringing one is not waited for.
EARLY_FAILURE_SECONDS = 2.0

_REASONS = {
    "0": N_("The agent's phone cannot be reached: it is not registered, or there is no such extension."),
    "1": N_("The agent's phone refused the call."),
    "3": N_("The agent did not pick up."),
    "5": N_("The agent's phone is busy."),
    "8": N_("The telephone system is congested."),
}


class CannotDialError(ToldError):
    """The call was not and will not be made; says why, without the number."""


@dataclass(frozen=True, slots=True)
class DialPlan:
    """How this PBX dials. `channel` is a template with `{extension}`; `timeout` in seconds the agent's phone rings."""

    channel: str = "PJSIP/{extension}"
    context: str = "internal"
    timeout: int = 30


@dataclass(frozen=True, slots=True)
class Dial:
    """A number to be called for an agent; `channel_id` becomes Uniqueid and Linkedid of the call."""

    channel_id: str
    extension: str
    number: str


def originate_headers(dial: Dial, plan: DialPlan) -> tuple[tuple[str, str], ...]:
    """The headers of the Originate.

    Raises:
        CannotDialError: the number, the extension or the call id holds anything but what one may hold.
    """
    if not NUMBER.fullmatch(dial.number):
        raise CannotDialError(
            N_("This is not a number that can be dialled: only digits, * and #, with or without a leading +.")
        )
    if not EXTENSION.fullmatch(dial.extension):
        raise CannotDialError(N_("The agent's extension holds characters an extension cannot have."))
    if not CALL_ID.fullmatch(dial.channel_id):
        raise CannotDialError(N_("The call's id holds characters a channel id cannot have."))
    return (
        ("Channel", plan.channel.replace("{extension}", dial.extension)),
        ("Context", plan.context),
        ("Exten", dial.number),
        ("Priority", "1"),
        ("CallerID", f'"" <{dial.number}>'),
        ("Timeout", str(plan.timeout * 1000)),
        ("Async", "true"),
        ("ChannelId", dial.channel_id),
    )


def originate(connection: AmiConnection, dial: Dial, plan: DialPlan) -> None:
    """Starts the call and returns when the agent's phone rings.

    Raises:
        CannotDialError: refused; nothing rings.
        AmiLostError: the connection broke: it may or may not ring.
    """
    headers = originate_headers(dial, plan)
    # A phone that cannot be rung gives no channel and so no id: by this ActionID the bridge knows whose failure it hears.
    response = connection.request("Originate", headers, action_id=dial.channel_id)
    if response.get("Response") != "Success":
        raise _refusal(response.get("Message"))
    _raise_early_failure(connection, response.get("ActionID"))


def _refusal(message: str) -> CannotDialError:
    if "denied" in message.lower():
        return CannotDialError(N_("Asterisk does not let this user dial: give it write = originate in manager.conf."))
    reason = message.rstrip(".")
    if not reason:
        return CannotDialError(N_("Asterisk refused to dial."))
    return CannotDialError(N_("Asterisk refused to dial: %(reason)s."), reason=reason)


def _raise_early_failure(connection: AmiConnection, action_id: str) -> None:
    def is_ours(message: Message) -> bool:
        return message.event == "OriginateResponse" and message.get("ActionID") == action_id

    try:
        outcome = connection.wait_for(is_ours, EARLY_FAILURE_SECONDS)
    except AmiLostError:
        # Asterisk took it; whatever happens now is told by the call's own events.
        return
    if outcome.get("Response") == "Failure":
        raise CannotDialError(_REASONS.get(outcome.get("Reason"), N_("The agent's phone could not be rung.")))
