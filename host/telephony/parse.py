"""Reads a verified body as an event of a call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import ValidationError

from host.domain.call import EventType
from host.domain.call_report import CallFacts, Participant, Party, Transfer
from host.domain.ids import is_call_id
from host.domain.phone import parse_number
from host.plugin_api.calls import Direction
from host.telephony.problems import InvalidEvent, MalformedEvent, NotSigned
from host.telephony.quick_reading import quick_reader
from host.telephony.schemas import EventSchema

CLIENT_REF_PREFIX = "host-"
_read = quick_reader(EventSchema())
_TYPES = frozenset(EventType)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """What a source says of one of its calls. `own_id` is our id of the call, if we asked for it."""

    type: EventType
    told_at: datetime
    source_call_id: str
    own_id: str | None
    facts: CallFacts


def parse_event(body: bytes, *, signed_by: str, region: str) -> CallEvent | None:
    """The event in this body, its numbers read in `region`; None if it is of a type this host does not know.

    Raises:
        MalformedEvent: no JSON object.
        InvalidEvent: a field is missing or means nothing.
        NotSigned: it speaks for another source than `signed_by`.
    """
    content = _object(body)
    if isinstance(content.get("type"), str) and content["type"] not in _TYPES:
        return None
    try:
        event = _read(content)
    except ValidationError as error:
        raise InvalidEvent("The event cannot be taken as it is; errors names the fields.", error.messages_dict) from None
    if event["data"]["source"] not in (None, signed_by):
        raise NotSigned("data.source names another source than the one whose secret signed this event.")
    call = event["data"]["call"]
    return CallEvent(
        type=EventType(event["type"]),
        told_at=event["timestamp"],
        source_call_id=call["id"],
        own_id=_own_id(call["client_ref"]),
        facts=_facts(call, region),
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedEvent("The body is no JSON that can be read.") from None
    if not isinstance(content, dict):
        raise MalformedEvent("The body needs to be a JSON object.")
    return content


def _own_id(client_ref: str | None) -> str | None:
    """Our id of the call, which the Asterisk bridge gives back behind a prefix and others as it is."""
    bare = (client_ref or "").removeprefix(CLIENT_REF_PREFIX).lower()
    return bare if is_call_id(bare) else None


def _facts(call: Mapping[str, Any], region: str) -> CallFacts:
    external, queue, hangup, line = (call[name] or {} for name in ("external", "queue", "hangup", "line"))
    return CallFacts(
        direction=call["direction"],
        party=_party(external, call["direction"], region),
        external_name=external.get("name"),
        line=line.get("number"),
        agents=tuple(_participant(agent) for agent in call["agents"] or ()),
        outcome=call["outcome"],
        started_at=call["started_at"],
        answered_at=call["answered_at"],
        ended_at=call["ended_at"],
        ring_seconds=call["ring_seconds"],
        talk_seconds=call["talk_seconds"],
        queue_name=queue.get("name"),
        wait_seconds=queue.get("wait_seconds"),
        hangup_by=hangup.get("by"),
        hangup_text=hangup.get("text"),
        transfers=tuple(_transfer(transfer) for transfer in call["transfers"] or ()),
        recording_url=call["recording_url"],
    )


def _party(external: Mapping[str, Any], direction: Direction | None, region: str) -> Party | None:
    """Withheld numbers and the other end of internal calls are kept as sent, and never looked up."""
    if not external:
        return None
    number, raw = external["number"], external["raw"]
    hidden = external["withheld"] or direction is Direction.INTERNAL
    party = Party(
        number=None if hidden else _number(number, region) or _number(raw, region),
        raw_number=raw or number or "",
        withheld=external["withheld"],
    )
    return None if party == Party() else party


def _number(written: str | None, region: str) -> str | None:
    return parse_number(written, region) if written else None


def _participant(agent: Mapping[str, Any]) -> Participant:
    return Participant(
        extension=agent["extension"],
        name=agent["name"] or "",
        answered_at=agent["answered_at"],
        left_at=agent["left_at"],
    )


def _transfer(transfer: Mapping[str, Any]) -> Transfer:
    return Transfer(
        kind=transfer["kind"],
        from_extension=transfer["from_"] or "",
        to_extension=transfer["to"] or "",
        at=transfer["at"],
    )
