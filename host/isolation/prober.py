"""Imports plugins for a try: `python -m host.isolation.prober DESCRIPTOR`, each in a process of its own that then ends.

It loads the host once and forks for each plugin, so that a try costs a fork and the plugin's own import.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any

import requests  # noqa: F401 - so that a plugin that changes it is noticed

from host.isolation.endings import how_it_ended
from host.isolation.fingerprint import changes, fingerprint
from host.isolation.wire import Wire
from host.registry.loading import GROUP, load_one
from host.registry.problems import Quarantined
from host.sentences import Sentence, written

MOST = 64 * 1024
LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Try:
    """One plugin being imported: the process that does, and where it will tell how it went."""

    point: EntryPoint
    pid: int
    told: int


def main(descriptor: int) -> None:
    """Try all plugins that are asked for, side by side, and tell how each went."""
    wire = Wire(socket.socket(fileno=descriptor))
    orders = wire.receive()
    tries: list[Try] = []
    for name, value in orders["points"]:
        tries.append(_begin(EntryPoint(name, value, GROUP), orders["memory"], (descriptor, *(each.told for each in tries))))
    wire.send(_verdicts(tries, orders["seconds"]))


def _begin(point: EntryPoint, memory: int, others: Sequence[int]) -> Try:
    told, telling = os.pipe()
    pid = os.fork()
    if not pid:
        for descriptor in (told, *others):
            os.close(descriptor)
        _try(point, memory, telling)
    os.close(telling)
    return Try(point, pid, told)


def _try(point: EntryPoint, memory: int, telling: int) -> None:
    """Import it here and end; whatever it does, this process does nothing else."""
    os.setsid()
    for number in range(3):
        os.dup2(os.open(os.devnull, os.O_RDWR), number)
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    os.write(telling, json.dumps(_tried(point)).encode())
    os._exit(0)


def _tried(point: EntryPoint) -> Mapping[str, Any]:
    before = fingerprint()
    loaded = load_one(point)
    if isinstance(loaded, Quarantined):
        return _refused(loaded.reason, loaded.detail)
    changed = changes(before, fingerprint())
    return _refused(_changes(point, changed)) if changed else {}


def _changes(point: EntryPoint, changed: Sequence[str]) -> Sentence:
    return Sentence(
        "%(module)s changes what it shares with the host and other plugins while it is imported: %(what)s.",
        module=point.value,
        what=changed[:3],
    )


def _refused(reason: Sentence, detail: str = "") -> Mapping[str, Any]:
    return {"reason": written(reason), "detail": detail[:LONGEST]}


def _verdicts(tries: Sequence[Try], seconds: float) -> Mapping[str, Any]:
    until = time.monotonic() + seconds
    waiting = {each.told: each for each in tries}
    verdicts: dict[str, Any] = {}
    asked = select.poll()
    for told in waiting:
        asked.register(told, select.POLLIN)
    while waiting and (left := until - time.monotonic()) > 0:
        for told, _event in asked.poll(left * 1000):
            asked.unregister(told)
            each = waiting.pop(told)
            verdicts[each.point.name] = _verdict(each)
    for each in waiting.values():
        verdicts[each.point.name] = _refused(_late(each.point, seconds))
    for each in tries:
        _end(each)
    return verdicts


def _verdict(each: Try) -> Mapping[str, Any]:
    said = _said(each)
    if said is not None:
        return said
    _kill(each)  # it may live on with everything closed; one that has ended keeps the code it ended with
    _pid, status = os.waitpid(each.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return _refused(
        Sentence(
            "%(module)s ends the whole process while it is imported (%(how)s).",
            module=each.point.value,
            how=how_it_ended(code),
        )
    )


def _said(each: Try) -> Mapping[str, Any] | None:
    try:
        said: Any = json.loads(os.read(each.told, MOST))
    except ValueError:  # nothing, or something that the plugin wrote there
        return None
    return said if isinstance(said, dict) else None


def _late(point: EntryPoint, seconds: float) -> Sentence:
    return Sentence(
        "%(module)s is not imported within %(seconds)s seconds. An import must not wait for anything.",
        module=point.value,
        seconds=f"{seconds:g}",
    )


def _end(each: Try) -> None:
    with suppress(ChildProcessError):
        _kill(each)
        os.waitpid(each.pid, 0)
    os.close(each.told)


def _kill(each: Try) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(each.pid, signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]))
