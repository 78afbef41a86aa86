"""Signed `call.ended` events, as a telephone system sends them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from standardwebhooks import Webhook

from devtools.bench.load import post

PATH = "/api/v1/telephony/events"


def ended_calls(numbers: Iterable[str], secret: str, port: int, source: str) -> Iterator[bytes]:
    """One request for a call with each of these numbers (as a carrier sends them: 0901…), ended just now."""
    webhook, now = Webhook(secret), datetime.now(UTC)
    for number in numbers:
        body = json.dumps(_event(number, source, now))
        message = f"evt_{uuid4().hex}"
        headers = {
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": webhook.sign(message, now, body),
        }
        yield post(PATH, port, headers, body.encode())


def _event(number: str, source: str, now: datetime) -> dict[str, object]:
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
