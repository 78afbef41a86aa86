"""Signed events of calls, as a telephone system sends them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from standardwebhooks import Webhook

from devtools.bench.load import post

PATH = "/api/v1/telephony/events"


def ended_calls(numbers: Iterable[str], secret: str, port: int, source: str) -> Iterator[bytes]:
    """One request for a call with each of these numbers (as a carrier sends them: 0901…), ended just now."""
    webhook, now = Webhook(secret), datetime.now(UTC)
    for number in numbers:
        yield _signed(webhook, port, _ended(number, source, now), now)


def told_call(kind: str, number: str, extension: str, secret: str, port: int, source: str) -> bytes:
    """The request with an event of this kind, of the one call with this number, which rings at this telephone."""
    now = datetime.now(UTC)
    call = {
        "id": number,
        "direction": "inbound",
        "external": {"number": None, "raw": number, "name": "", "withheld": False},
        "agents": [{"extension": extension, "name": "", "answered_at": None, "left_at": None}],
    }
    event = {"type": kind, "timestamp": now.isoformat(), "data": {"source": source, "call": call}}
    return _signed(Webhook(secret), port, event, now)


def _signed(webhook: Webhook, port: int, event: dict[str, Any], now: datetime) -> bytes:
    body = json.dumps(event)
    message = f"evt_{uuid4().hex}"
    headers = {
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": webhook.sign(message, now, body),
    }
    return post(PATH, port, headers, body.encode())


def _ended(number: str, source: str, now: datetime) -> dict[str, Any]:
    started, answered = now - timedelta(seconds=95), now - timedelta(seconds=90)
    call = {
        "id": f"bench-{uuid4().hex}",
        "client_ref": None,
        "direction": "inbound",
        "external": {"number": None, "raw": number, "name": "", "withheld": False},
        "line": {"number": "0312340000"},
        "agents": [
            {"extension": "101", "name": "Alice Sato", "answered_at": answered.isoformat(), "left_at": now.isoformat()}
        ],
        "started_at": started.isoformat(),
        "answered_at": answered.isoformat(),
        "ended_at": now.isoformat(),
        "ring_seconds": 5.0,
        "talk_seconds": 90.0,
        "outcome": "answered",
        "hangup": {"by": "external", "cause": 16, "text": "Normal Clearing"},
        "transfers": [],
        "recording_url": None,
    }
    return {"type": "call.ended", "timestamp": now.isoformat(), "data": {"source": source, "call": call}}
