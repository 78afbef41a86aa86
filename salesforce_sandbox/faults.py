"""Trouble on demand: which requests a rule hits."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from salesforce_sandbox.errors import ControlInputError

REPLIES: dict[str, tuple[int, Any]] = {
    "reply": (500, None),
    "error": (500, [{"message": "An unexpected error occurred. Please include this ErrorId if you contact support: "
                                "1234567890-12345 (-1234567890)", "errorCode": "UNKNOWN_EXCEPTION"}]),
    "bad-gateway": (502, "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"),
    "unavailable": (503, [{"message": "Server Unavailable", "errorCode": "SERVER_UNAVAILABLE"}]),
    "lock": (400, [{"message": "unable to obtain exclusive access to this record or 1 records: 0035cFAKEIDAQBGAA4",
                    "errorCode": "UNABLE_TO_LOCK_ROW", "fields": []}]),
    "daily-limit": (403, [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]),
    "concurrency-limit": (403, [{"message": "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
                                 "errorCode": "REQUEST_LIMIT_EXCEEDED"}]),
}  # fmt: skip
"""Kinds that answer in the org's place, with status and body. 500's and 502's texts are assumed, others recorded."""
KINDS = (*REPLIES, "drop-before", "drop-after", "delay", "hang", "expired-session", "revoked-token")
_LONGEST = 600


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Any, most: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= most


def _is_match(value: Any) -> bool:
    known = isinstance(value, dict) and set(value) <= {"path", "method", "object"}
    return known and all(isinstance(entry, str) for entry in value.values())


_FITTING: dict[str, Callable[[Any], bool]] = {
    "match": _is_match,
    "kind": lambda value: value in KINDS,
    "times": lambda value: value is None or _is_count(value),
    "after": _is_count,
    "every": lambda value: _is_count(value) and value >= 1,
    "rate": lambda value: _is_number(value, 1),
    "seed": _is_count,
    "status": lambda value: _is_count(value) and 200 <= value <= 599,
    "body": lambda _: True,
    "content_type": lambda value: isinstance(value, str),
    "seconds": lambda value: _is_number(value, _LONGEST),
}


@dataclass(slots=True)
class Fault:
    """One rule; ``after`` requests pass first, then ``times`` are hit (None: for ever).

    Of those requests only each ``every``-th is hit, and of these the share ``rate``, drawn with ``seed``.
    ``seconds``: how long a ``delay`` or a ``hang`` takes (None: 1 and 600).
    """

    kind: str
    match: dict[str, str]
    path: re.Pattern[str]
    times: int | None = 1
    after: int = 0
    every: int = 1
    rate: float = 1
    seed: int = 0
    status: int | None = None
    body: Any = None
    content_type: str | None = None
    seconds: float | None = None
    hits: int = field(default=0)
    seen: int = field(default=0)
    dice: random.Random = field(default_factory=random.Random)

    def matches(self, method: str, path: str, body: str) -> bool:
        if self.match.get("method", method).upper() != method or self.path.search(path) is None:
            return False
        wanted = self.match.get("object")
        return wanted is None or _about(wanted).search(f"{path}\n{body}") is not None

    def is_due(self) -> bool:
        """Count one matching request and tell whether it is hit."""
        self.seen += 1
        turn = self.seen - self.after
        if turn <= 0 or turn % self.every or (self.times is not None and self.hits >= self.times):
            return False
        if self.rate < 1 and self.dice.random() >= self.rate:
            return False
        self.hits += 1
        return True

    def report(self) -> dict[str, Any]:
        left = None if self.times is None else self.times - self.hits
        return {"kind": self.kind, "path": self.path.pattern, "match": self.match, "times": left, "hits": self.hits}


def _about(name: str) -> re.Pattern[str]:
    """Find an object in a path, a query (``+`` and ``%20`` are its blanks) or a composite body."""
    blank = r"(?:\s|\+|%20)+"
    before = rf'(?:sobjects/|FROM{blank}|RETURNING{blank}|"type"\s*:\s*"|"(?:sobject|object)"\s*:\s*")'
    return re.compile(rf"{before}{re.escape(name)}\b", re.IGNORECASE)


class Faults:
    """The rules in force, first come first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._changed = threading.Event()

    def reset(self) -> None:
        self._put([])

    def replace(self, facts: list[dict[str, Any]]) -> int:
        """Put new rules in place of the old ones. Raises ControlInputError naming what does not fit."""
        faults = [fault_from(entry) for entry in facts]
        self._put(faults)
        return len(faults)

    def _put(self, faults: list[Fault]) -> None:
        with self._lock:
            self._faults = faults
            self._changed.set()
            self._changed = threading.Event()

    def next_for(self, method: str, path: str, body: str = "") -> Fault | None:
        """Return the fault that hits this request, if any, and use it up."""
        with self._lock:
            for fault in self._faults:
                if fault.matches(method, path, body) and fault.is_due():
                    return fault
        return None

    def hold(self, seconds: float) -> None:
        """Wait that long, or until the rules are changed."""
        with self._lock:
            changed = self._changed
        changed.wait(seconds)

    def remaining(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.report() for fault in self._faults]


def fault_from(facts: dict[str, Any]) -> Fault:
    """Read ``{"match": {"path": regex, "method": "GET", "object": "Task"}, "kind": …, "times": n, …}``."""
    if not isinstance(facts, dict):
        raise ControlInputError("A fault is a JSON object")
    if facts.get("kind") not in KINDS:
        raise ControlInputError(f"A fault needs a kind, one of {', '.join(KINDS)}")
    for name, value in facts.items():
        if name not in _FITTING or not _FITTING[name](value):
            raise ControlInputError(f"A fault has no {name!r} like {value!r}")
    match = facts.get("match", {})
    try:
        path = re.compile(match.get("path", ""))
    except re.error as error:
        raise ControlInputError(f"The path of a fault is no regular expression: {error}") from error
    dice = random.Random(facts.get("seed", 0))  # noqa: S311 - repeatable on purpose
    return Fault(**{**facts, "match": match}, path=path, dice=dice)
