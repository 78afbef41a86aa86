"""Starts plugin processes by forking: `python -m host.isolation.forker DESCRIPTOR`.

It loads the host once, so that a new process of a plugin is there in a moment, and most of its memory is shared. Whoever
started it asks over the socket behind the descriptor; it ends when that one is gone. It has one thread, so forking is safe.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import FrameType
from typing import Any

from host.isolation import child

LONGEST = 4096


def main(descriptor: int) -> None:
    """Do what is asked, one thing after the other."""
    control = socket.socket(fileno=descriptor)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stay)
    gc.freeze()
    while True:
        asked, given, _flags, _address = socket.recv_fds(control, LONGEST, 2)
        if not asked:
            return
        control.send(json.dumps(_answer(control, json.loads(asked), given)).encode())


def _stay(_number: int, _frame: FrameType | None) -> None:
    """Whoever stops a service may tell all its processes: the worker then finishes what is under way, and ends these."""


def _answer(control: socket.socket, asked: Mapping[str, Any], given: Sequence[int]) -> Mapping[str, int]:
    if "end" in asked:
        return {"code": _end(asked["end"])}
    pid = os.fork()
    if not pid:
        control.close()
        _become(asked["fork"], *given)
    for descriptor in given:
        os.close(descriptor)
    return {"pid": pid}


def _become(plugin: str, wire: int, output: int) -> None:
    """Be the plugin's process till its end: a session of its own, so that what it starts can be ended with it."""
    os.setsid()
    for source, target in ((os.open(os.devnull, os.O_RDONLY), 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.close(output)
    try:
        child.main(plugin, wire)
    except BaseException:  # noqa: BLE001 - nothing of it may go on as the forker
        traceback.print_exc()
    finally:
        os._exit(1)


def _end(pid: int) -> int:
    """End the process and all that it started; gives back how it ended: by itself before that, or by this."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    _pid, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    main(int(sys.argv[1]))
