"""What a plugin leaves behind in a process: what the host refuses at its import, and more packages, and whose threads."""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass

from host.isolation.fingerprint import SHARED, Fingerprint, changes, functions, state

WATCHED = SHARED | (sys.stdlib_module_names - {"__main__", "this", "antigravity"}) | {"alembic", "click", "flask_smorest"}
"""Packages whose functions belong to everybody."""


@dataclass(frozen=True, slots=True)
class Traces:
    """The state of a process. It holds the objects fast, so that no new one can have an old one's place in memory."""

    shared: Fingerprint
    threads: frozenset[int]


def watched_functions() -> Fingerprint:
    """What is what now: the costly part, which a child can have from its parent."""
    return functions(WATCHED)


def taken(found: Fingerprint | None = None) -> Traces:
    """The state now; its functions are those that were found before, if they were."""
    shared = {**(found or watched_functions()), **state(), "the environment": dict(os.environ)}
    return Traces(shared, frozenset(thread.ident or 0 for thread in threading.enumerate()))


def left_behind(before: Traces, after: Traces) -> list[str]:
    """What has changed, as sentences."""
    changed = [f"Changed: {name}." for name in changes(before.shared, after.shared)]
    fresh = after.threads - before.threads
    running = [thread.name for thread in threading.enumerate() if thread.ident in fresh]
    return [*changed, *(f"A thread is still running: {name}." for name in running)]
