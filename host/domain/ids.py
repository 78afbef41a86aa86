"""Ids of calls: UUIDv7 (RFC 9562), so that newer ones sort behind older ones."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from uuid import UUID

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_RANDOM_BITS = 62


def new_call_id(now: datetime) -> str:
    """A fresh id that carries its time in milliseconds; lower-case, with dashes."""
    milliseconds = int(now.timestamp() * 1000) & ((1 << 48) - 1)
    high = (milliseconds << 16) | (0x7 << 12) | secrets.randbits(12)
    low = (0b10 << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    return str(UUID(int=(high << 64) | low))


def is_call_id(text: str) -> bool:
    """Whether this could be the id of a call."""
    return _UUID.fullmatch(text) is not None
