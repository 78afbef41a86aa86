"""Trouble on demand: rules that turn a request into an error, a delay or a cut connection."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from salesforce_sandbox.errors import ControlInputError

KINDS = ("reply", "drop-before", "drop-after", "delay")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


_FITTING: dict[str, Callable[[Any], bool]] = {
    "match": lambda value: isinstance(value, dict) and set(value) <= {"path", "method"},
    "kind": lambda value: value in KINDS,
    "times": lambda value: value is None or _is_count(value),
    "after": _is_count,
    "status": lambda value: _is_count(value) and 200 <= value <= 599,
    "body": lambda _: True,
    "content_type": lambda value: isinstance(value, str),
    "seconds": lambda value: isinstance(value, (int, float)) and 0 <= value <= 600,
}


@dataclass(slots=True)
class Fault:
    """One rule; ``after`` requests pass first, then ``times`` are hit (None: for ever).

    Kinds: ``reply`` answers ``status`` and ``body`` without doing the work; ``drop-before`` cuts the connection
    before, ``drop-after`` after the work is done; ``delay`` waits ``seconds`` and then goes on as usual.
    """

    kind: str
    path: re.Pattern[str]
    method: str | None = None
    times: int | None = 1
    after: int = 0
    status: int = 500
    body: Any = None
    content_type: str | None = None
    seconds: float = 0
    hits: int = field(default=0)

    def matches(self, method: str, path: str) -> bool:
        return (self.method is None or self.method == method) and self.path.search(path) is not None


class Faults:
    """The rules in force, first come first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def reset(self) -> None:
        with self._lock:
            self._faults = []

    def replace(self, facts: list[dict[str, Any]]) -> int:
        """Put new rules in place of the old ones. Raises ControlInputError naming what does not fit."""
        faults = [fault_from(entry) for entry in facts]
        with self._lock:
            self._faults = faults
        return len(faults)

    def next_for(self, method: str, path: str) -> Fault | None:
        """Return the fault that hits this request, if any, and use it up."""
        with self._lock:
            for fault in self._faults:
                if fault.matches(method, path) and _is_due(fault):
                    return fault
        return None

    def remaining(self) -> list[dict[str, Any]]:
        with self._lock:
            return [{"kind": f.kind, "path": f.path.pattern, "times": f.times, "hits": f.hits} for f in self._faults]


def _is_due(fault: Fault) -> bool:
    if fault.after > 0:
        fault.after -= 1
        return False
    if fault.times is not None:
        if fault.times <= 0:
            return False
        fault.times -= 1
    fault.hits += 1
    return True


def fault_from(facts: dict[str, Any]) -> Fault:
    """Read ``{"match": {"path": regex, "method": "GET"}, "kind": …, "times": n, …}``."""
    if not isinstance(facts, dict):
        raise ControlInputError("A fault is a JSON object")
    match = facts.get("match", {})
    if facts.get("kind") not in KINDS or not isinstance(match, dict):
        raise ControlInputError(f"A fault needs a kind, one of {', '.join(KINDS)}, and an object 'match'")
    for name, value in facts.items():
        if name not in _FITTING or not _FITTING[name](value):
            raise ControlInputError(f"A fault has no {name!r} like {value!r}")
    try:
        path = re.compile(str(match.get("path", "")))
    except re.error as error:
        raise ControlInputError(f"The path of a fault is no regular expression: {error}") from error
    return Fault(path=path, method=match.get("method"), **{k: v for k, v in facts.items() if k != "match"})
