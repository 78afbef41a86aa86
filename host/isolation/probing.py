"""Which plugins of others can be imported here: tried in processes of their own before the host does it (R35)."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any

from host.isolation.surroundings import environment
from host.isolation.wire import Gone, Wire
from host.sentences import Sentence, read

PROBE_SECONDS = 10.0
START_SECONDS = 60.0
UNTRIED = Sentence("It could not be tried whether it can be imported: the try came to no end.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Why a plugin must not be imported here, and where that happened."""

    reason: Sentence
    detail: str = ""


_known: dict[tuple[str, ...], Verdict | None] = {}
"""Of this process and those forked from it: a web server's processes need not try again what their parent tried."""


def refused(points: Sequence[EntryPoint], *, memory: int, seconds: float = PROBE_SECONDS) -> Mapping[str, Verdict]:
    """By name, those of these plugins that must not be imported. All are tried side by side.

    Args:
        memory: bytes of address space that one may take; 0 is no limit.
        seconds: how long an import may take.
    """
    new = [point for point in points if _key(point) not in _known]
    if new:
        verdicts = _tried(new, memory, seconds)
        _known.update({_key(point): _verdict(verdicts, point.name) for point in new})
    found = {point.name: _known[_key(point)] for point in points}
    return {name: verdict for name, verdict in found.items() if verdict is not None}


def _key(point: EntryPoint) -> tuple[str, ...]:
    location = str(point.dist.locate_file("")) if point.dist else ""
    return point.name, point.value, point.dist.version if point.dist else "", location


def _verdict(verdicts: Mapping[str, Any] | None, name: str) -> Verdict | None:
    said = {"reason": UNTRIED} if verdicts is None else verdicts.get(name, {"reason": UNTRIED})
    if not said:
        return None
    reason = read(said["reason"])
    return Verdict(reason=reason if isinstance(reason, Sentence) else Sentence(reason), detail=said.get("detail", ""))


def _tried(points: Sequence[EntryPoint], memory: int, seconds: float) -> Mapping[str, Any] | None:
    ours, theirs = socket.socketpair()
    wire = Wire(ours)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "host.isolation.prober", str(theirs.fileno())],
            env=environment(),
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        wire.send({"points": [(point.name, point.value) for point in points], "memory": memory, "seconds": seconds})
        told: Mapping[str, Any] = wire.receive(START_SECONDS + seconds)
    except (Gone, TimeoutError):
        return None
    else:
        return told
    finally:
        process.kill()
        process.wait()
        wire.close()
