"""API calls counted by Salesforce's rules, and the log of the last requests."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

from salesforce_sandbox.clock import Clock

_DAY = 24 * 3600
_LOGGED = 500


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request as the org saw it; ``counted`` is what it cost of the daily limit."""

    at: str
    method: str
    path: str
    status: int
    counted: int
    user: str | None


class Usage:
    """Calls of the trailing 24 hours, requests in progress, and what they asked for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        self._calls: deque[tuple[float, int]] = deque()
        self._used = 0
        self._by_resource: Counter[str] = Counter()
        self._by_user: Counter[str] = Counter()
        self._requests: deque[LoggedRequest] = deque(maxlen=_LOGGED)
        self._running: dict[int, float] = {}
        self._tickets = 0

    def count(self, cost: int, resource: str, username: str) -> None:
        """Charge a call. A batch costs one for each of its parts."""
        with self._lock:
            self._calls.append((self._clock.timestamp(), cost))
            self._used += cost
            self._by_resource[resource] += cost
            self._by_user[username] += cost

    def used(self) -> int:
        """Return the calls of the trailing 24 hours."""
        with self._lock:
            oldest = self._clock.timestamp() - _DAY
            while self._calls and self._calls[0][0] <= oldest:
                self._used -= self._calls.popleft()[1]
            return self._used

    def start(self) -> int:
        """Mark a request as in progress for the concurrency limit; returns its ticket."""
        with self._lock:
            self._tickets += 1
            self._running[self._tickets] = self._clock.timestamp()
            return self._tickets

    def finish(self, ticket: int) -> None:
        with self._lock:
            self._running.pop(ticket, None)

    def long_running(self, seconds: float) -> int:
        """Return how many requests have been in progress for at least ``seconds``."""
        with self._lock:
            limit = self._clock.timestamp() - seconds
            return sum(started <= limit for started in self._running.values())

    def log(self, request: LoggedRequest) -> None:
        with self._lock:
            self._requests.append(request)

    def requests(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(request) for request in self._requests]

    def report(self, limit: int) -> dict[str, Any]:
        used = self.used()
        with self._lock:
            return {
                "used": used,
                "limit": limit,
                "by_resource": dict(self._by_resource),
                "by_user": dict(self._by_user),
            }
