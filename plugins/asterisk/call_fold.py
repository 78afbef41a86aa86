"""Folds the AMI events of one Linkedid into one call's state. Pure; an event it does not know changes nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from plugins.asterisk.call_state import CallState, Leg, Queue, Transfer
from plugins.asterisk.channels import endpoint
from plugins.asterisk.frames import Message
from plugins.asterisk.numbers import dialled

CLIENT_REF_PREFIX = "host-"
Step = Callable[[CallState, Message, datetime], CallState]

_LINKEDID_HEADERS = ("Linkedid", "DestLinkedid", "TransfereeLinkedid", "TransfererLinkedid", "OrigTransfererLinkedid")
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def linkedid(message: Message) -> str:
    """The call an event belongs to; "" when it does not say."""
    if message.event == "OriginateResponse":
        return _never_rung(message)
    return next((value for name in _LINKEDID_HEADERS if (value := message.get(name))), "")


def _never_rung(message: Message) -> str:
    """Our id of a click-to-call that failed. Such an event has no Uniqueid; we gave its ActionID."""
    action_id = message.get("ActionID")
    failed = message.get("Response") == "Failure" and action_id.startswith(CLIENT_REF_PREFIX)
    return action_id if failed else ""


def happened_at(message: Message, received_at: datetime) -> datetime:
    """The event's own time (`timestampevents=yes` in manager.conf), else the time it was received. UTC."""
    try:
        at = datetime.fromtimestamp(float(message.get("Timestamp")), UTC)
    except (ValueError, OverflowError, OSError):
        return received_at
    return at if _EARLIEST <= at < _LATEST else received_at


def fold(state: CallState, message: Message, received_at: datetime) -> CallState:
    """The call's state after one more of its events."""
    step = _STEPS.get(message.event)
    if step is None:
        return state
    at = happened_at(message, received_at)
    return replace(step(state, message, at), seen_at=max(at, state.seen_at))


def _new_channel(state: CallState, message: Message, at: datetime) -> CallState:
    if state.leg(message.get("Uniqueid")) is not None:
        return state
    leg = Leg(
        uniqueid=message.get("Uniqueid"),
        channel=message.get("Channel"),
        created_at=at,
        number=message.get("CallerIDNum"),
        name=message.get("CallerIDName"),
        exten=message.get("Exten"),
        up_at=at if message.get("ChannelStateDesc") == "Up" else None,
    )
    return state.with_leg(leg)


def _show_channel(state: CallState, message: Message, at: datetime) -> CallState:
    """A row of CoreShowChannels: a call which was there before we were.

    Its beginning was not seen. Two parties in a bridge do talk, counted from now; a ringing leg rings from now.
    """
    leg = state.leg(message.get("Uniqueid"))
    if leg is None:
        state = _new_channel(state, message, at - _duration(message.get("Duration")))
        leg = state.leg(message.get("Uniqueid"))
    if leg is None or leg.uniqueid == state.id:
        return state
    if message.get("BridgeId") and leg.answered_at is None:
        leg = replace(leg, answered_at=at, up_at=leg.up_at or at)
    elif message.get("ChannelStateDesc") != "Up" and leg.dialled_at is None:
        leg = replace(leg, dialled_at=at, dialled_by=state.id)
    return state.with_leg(leg)


def _originate_failed(state: CallState, message: Message, at: datetime) -> CallState:
    """The phone could not be rung at all. Where there was a channel, its own events tell the end."""
    if state.legs:
        return state
    leg = Leg(
        uniqueid=state.id,
        channel=message.get("Channel"),
        created_at=at,
        dialled_at=at,
        dialled_number=message.get("Exten"),
        ended_at=at,
    )
    return state.with_leg(leg)


def _duration(text: str) -> timedelta:
    hours, minutes, seconds = ([int(part) for part in text.split(":") if part.isdecimal()] + [0, 0, 0])[:3]
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _new_state(state: CallState, message: Message, at: datetime) -> CallState:
    leg = state.leg(message.get("Uniqueid"))
    if leg is None or leg.up_at is not None or message.get("ChannelStateDesc") != "Up":
        return state
    return state.with_leg(replace(leg, up_at=at))


def _new_caller_id(state: CallState, message: Message, at: datetime) -> CallState:  # noqa: ARG001
    leg = state.leg(message.get("Uniqueid"))
    if leg is None or "Prohibited" not in message.get("CID-CallingPres"):
        return state
    return state.with_leg(replace(leg, restricted=True))


def _rename(state: CallState, message: Message, at: datetime) -> CallState:  # noqa: ARG001
    leg, name = state.leg(message.get("Uniqueid")), message.get("Newname")
    # <MASQ> and <ZOMBIE> are stations on the way; the leg keeps the name it was known by.
    return state if leg is None or not name or "<" in name else state.with_leg(replace(leg, channel=name))


def _dial_begin(state: CallState, message: Message, at: datetime) -> CallState:
    leg, dialler = state.leg(message.get("DestUniqueid")), message.get("Channel")
    if leg is None:
        return state
    # An Originate's dial string is the phone's; whom it is for stands in the caller id it was given.
    number = dialled(message.get("DialString")) if dialler else ""
    begun = replace(
        leg,
        dialled_at=at,
        dialled_by=dialler,
        dialled_number=number or message.get("DestCallerIDNum"),
        presented=message.get("CallerIDNum"),
    )
    return state.with_leg(begun)


def _dial_end(state: CallState, message: Message, at: datetime) -> CallState:
    leg = state.leg(message.get("DestUniqueid"))
    if leg is None:
        return state
    status = message.get("DialStatus")
    return state.with_leg(replace(leg, dial_status=status, answered_at=at if status == "ANSWER" else None))


def _hangup_request(state: CallState, message: Message, at: datetime) -> CallState:
    leg = state.leg(message.get("Uniqueid"))
    if leg is None or leg.hangup_requested_at is not None:
        return state
    return state.with_leg(replace(leg, hangup_requested_at=at))


def _hangup(state: CallState, message: Message, at: datetime) -> CallState:
    leg = state.leg(message.get("Uniqueid"))
    if leg is None:
        return state
    cause = message.get("Cause")
    ended = replace(leg, ended_at=at, cause=int(cause) if cause.isdecimal() else None, cause_text=message.get("Cause-txt"))
    return state.with_leg(ended)


def _blind_transfer(state: CallState, message: Message, at: datetime) -> CallState:
    if message.get("Result") != "Success":
        return state
    transfer = Transfer(
        "blind", message.get("TransfererChannel"), message.get("Extension"), at, (message.get("TransfererUniqueid"),)
    )
    return replace(state, transfers=(*state.transfers, transfer))


def _attended_transfer(state: CallState, message: Message, at: datetime) -> CallState:
    if message.get("Result") != "Success" or message.get("DestType") == "Fail":
        return state
    target = message.get("TransferTargetChannel")
    to = endpoint(target) if target else message.get("SecondTransfererConnectedLineNum")
    by = (message.get("OrigTransfererUniqueid"), message.get("SecondTransfererUniqueid"))
    transfer = Transfer("attended", message.get("OrigTransfererChannel"), to, at, by)
    return replace(state, transfers=(*state.transfers, transfer))


def _queue(state: CallState, message: Message, at: datetime) -> CallState:  # noqa: ARG001
    queue = state.queue or Queue(message.get("Queue"))
    return replace(
        state,
        queue=replace(
            queue,
            wait_seconds=_seconds(message.get("HoldTime"), queue.wait_seconds),
            talk_seconds=_seconds(message.get("TalkTime"), queue.talk_seconds),
        ),
    )


def _seconds(text: str, known: int | None) -> int | None:
    return int(text) if text.isdecimal() else known


def _agent_connect(state: CallState, message: Message, at: datetime) -> CallState:
    leg = state.leg(message.get("DestUniqueid"))
    if leg is not None and leg.answered_at is None:
        state = state.with_leg(replace(leg, answered_at=at))
    return _queue(state, message, at)


_STEPS: dict[str, Step] = {
    "Newchannel": _new_channel,
    "CoreShowChannel": _show_channel,
    "OriginateResponse": _originate_failed,
    "Newstate": _new_state,
    "NewCallerid": _new_caller_id,
    "Rename": _rename,
    "DialBegin": _dial_begin,
    "DialEnd": _dial_end,
    "HangupRequest": _hangup_request,
    "Hangup": _hangup,
    "BlindTransfer": _blind_transfer,
    "AttendedTransfer": _attended_transfer,
    "QueueCallerJoin": _queue,
    "QueueCallerAbandon": _queue,
    "AgentConnect": _agent_connect,
    "AgentComplete": _queue,
}
# Carries nothing itself, but shows when a channel has moved to another call.
RELEVANT = frozenset(_STEPS) | {"BridgeEnter"}
