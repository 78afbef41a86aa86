"""The forker as its owner uses it: it is started when it is first needed, and again if it fell."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from host.isolation.surroundings import environment

START_SECONDS = 60.0
FALLEN = -signal.SIGKILL


class ForkerGone(Exception):
    """The forker does not answer; the next time a new one is started."""


class Forker:
    """Starts and ends plugin processes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._children: set[int] = set()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def fork(self, plugin: str, wire: int, output: int) -> int:
        """A new process for this plugin that speaks over `wire` and writes to `output`; gives back its number.

        Raises:
            ForkerGone: none was started.
        """
        pid: int = self._ask({"fork": plugin}, (wire, output))["pid"]
        self._children.add(pid)
        return pid

    def end(self, pid: int) -> int:
        """End a process, with all that it started; gives back its exit code, below 0 the signal that ended it.

        One whose forker fell ends by itself, once its socket is closed; how, nobody knows.
        """
        try:
            known = pid in self._children
            self._children.discard(pid)
            code: int = self._ask({"end": pid})["code"] if known else FALLEN
        except ForkerGone:
            return FALLEN
        return code

    def close(self) -> None:
        """End the forker; processes that it started live on."""
        with self._lock:
            self._fall()

    def _ask(self, question: Mapping[str, Any], given: Sequence[int] = ()) -> Mapping[str, Any]:
        with self._lock:
            try:
                control = self._control or self._start()
                socket.send_fds(control, [json.dumps(question).encode()], given)
                answer: Mapping[str, Any] = json.loads(control.recv(4096))
            except (OSError, ValueError) as error:
                self._fall()
                raise ForkerGone from error
            else:
                return answer

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "host.isolation.forker", str(theirs.fileno())],
                env=environment(),
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        ours.settimeout(START_SECONDS)
        self._control = ours
        return ours

    def _fall(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._control = self._process = None
        self._children.clear()
