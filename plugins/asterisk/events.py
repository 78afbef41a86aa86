"""A call record as the JSON event of the host's inbound telephony contract, and its stable id. Pure."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from plugins.asterisk.call_record import CallRecord
from plugins.asterisk.live_calls import News

# The contract's limits: a record with an absurd field is cut, since a refused one would be lost.
_LONGEST_ID, _LONGEST_NAME, _LONGEST_EXTENSION, _LONGEST_NUMBER, _MOST = 255, 200, 32, 64, 100


@dataclass(frozen=True, slots=True)
class Event:
    """A signed-to-be request body (`body`, UTF-8 JSON) with its idempotency key."""

    webhook_id: str
    call_id: str
    type: str
    body: str


def webhook_id(source: str, call_id: str, type_: str, n: int) -> str:
    """The same event always has the same id, whoever sends it again: `evt_` and 32 hex digits."""
    key = "\n".join((source, call_id, type_, str(n)))
    return "evt_" + hashlib.sha256(key.encode()).hexdigest()[:32]


def event(news: News, source: str) -> Event:
    """What to post for a piece of news. `source` is e.g. `asterisk:testpbx`."""
    body = {
        "type": news.type,
        "timestamp": _time(news.at),
        "data": {"source": source, "call": call_json(news.record)},
    }
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Event(webhook_id(source, news.record.id, news.type, news.n), news.record.id, news.type, text)


def call_json(call: CallRecord) -> dict[str, Any]:
    """The `call` object of the contract."""
    return {
        "id": call.id[:_LONGEST_ID],
        "client_ref": call.client_ref,
        "direction": call.direction,
        "external": {
            "number": call.external.number,
            "raw": _cut(call.external.raw, _LONGEST_NUMBER),
            "name": _cut(call.external.name, _LONGEST_NAME),
            "withheld": call.external.withheld,
        },
        "line": {"number": _cut(call.line, _LONGEST_NUMBER)},
        "agents": _agents(call),
        "queue": {"name": call.queue.name, "wait_seconds": call.queue.wait_seconds} if call.queue else None,
        "started_at": _time(call.started_at),
        "answered_at": _time(call.answered_at),
        "ended_at": _time(call.ended_at),
        "ring_seconds": call.ring_seconds,
        "talk_seconds": call.talk_seconds,
        "outcome": call.outcome,
        "hangup": _hangup(call),
        "transfers": _transfers(call),
        "recording_url": None,
    }


def _agents(call: CallRecord) -> list[dict[str, Any]]:
    return [
        {
            "extension": agent.extension[:_LONGEST_EXTENSION],
            "name": _cut(agent.name, _LONGEST_NAME),
            "answered_at": _time(agent.answered_at),
            "left_at": _time(agent.left_at),
        }
        for agent in call.agents[:_MOST]
    ]


def _hangup(call: CallRecord) -> dict[str, Any] | None:
    if call.hangup is None:
        return None
    return {"by": call.hangup.by, "cause": call.hangup.cause, "text": call.hangup.text or None}


def _transfers(call: CallRecord) -> list[dict[str, Any]]:
    return [
        {
            "kind": made.kind,
            "from": made.from_extension[:_LONGEST_NUMBER],
            "to": made.to[:_LONGEST_NUMBER],
            "at": _time(made.at),
        }
        for made in call.transfers[:_MOST]
    ]


def _cut(text: str | None, longest: int) -> str | None:
    return text[:longest] if text else None


def _time(at: datetime | None) -> str | None:
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
