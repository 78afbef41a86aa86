"""One running process of a plugin, as the worker that started it sees it."""

from __future__ import annotations

import itertools
import os
import queue
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from host.isolation.forking import Forker, ForkerGone
from host.isolation.relay import relay
from host.isolation.wire import Gone, TooLong, Wire

START_SECONDS = 60.0
IDLE_SECONDS = 600.0

log = structlog.get_logger(__name__)


class NotStarted(Exception):
    """The process ended, or said nothing, before it was ready."""


class Over(Exception):
    """The process takes no more calls: it is idle and ends, or it is gone."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The process ended with this call in it.

    Args:
        code: what it gave the system; below 0 the signal that ended it.
        alone: no other call was in it.
        killed: this worker ended it because of another call.
    """

    code: int
    alone: bool
    killed: bool


class Conversation:
    """One call in the process: what comes from it, in order."""

    def __init__(self, number: int, send: Callable[[Any], None]) -> None:
        self.number = number
        self.heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._send = send

    def answer(self, answer: Mapping[str, Any]) -> None:
        """Answer what it asked."""
        with suppress(Gone, TooLong):
            self._send({"call": self.number, "answer": answer})


class PluginProcess:
    """A process of its own for one plugin. It is a session of its own too: what it starts is ended with it.

    Args:
        orders: what it is told first: settings, plugins, memory.
        forker: starts and ends it.

    Raises:
        NotStarted: it did not come so far as to take calls.
    """

    def __init__(self, plugin: str, orders: Mapping[str, Any], forker: Forker) -> None:
        self._plugin = plugin
        self._forker = forker
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._calls: dict[int, Conversation] = {}
        self._open = True
        self._killed = False
        ours, theirs = socket.socketpair()
        self._wire = Wire(ours)
        with theirs:
            self.pid = self._fork(theirs)
        self._begin(orders)
        threading.Thread(target=self._listen, name=f"process of {plugin}", daemon=True).start()

    @property
    def is_open(self) -> bool:
        """Whether it takes calls."""
        return self._open

    def begin(self, message: Mapping[str, Any]) -> Conversation:
        """Begin a call.

        Raises:
            Over: the process takes none; nothing was begun.
            TooLong: the event is longer than can be sent.
        """
        with self._lock:
            if not self._open:
                raise Over
            call = Conversation(next(self._numbers), self._wire.send)
            self._calls[call.number] = call
        try:
            self._wire.send({**message, "call": call.number})
        except Gone:
            self.kill()  # the listener ends the call
        except TooLong:
            self._calls.pop(call.number, None)
            raise
        return call

    def kill(self) -> None:
        """End it at once, with all that it started and all calls in it."""
        with self._lock:
            self._open, self._killed = False, True
        self._wire.hang_up()  # the listener ends the process

    def _fork(self, theirs: socket.socket) -> int:
        reading, writing = os.pipe()
        relay(self._plugin, os.fdopen(reading, "rb"))
        try:
            return self._forker.fork(self._plugin, theirs.fileno(), writing)
        except ForkerGone as error:
            self._wire.close()
            raise NotStarted from error
        finally:
            os.close(writing)

    def _begin(self, orders: Mapping[str, Any]) -> None:
        try:
            self._wire.send(orders)
            ready = self._wire.receive(START_SECONDS)["ready"]
        except (Gone, TimeoutError):
            ready = False
        if not ready:
            self._end()
            raise NotStarted
        log.info("plugin process started", plugin=self._plugin, pid=self.pid)

    def _listen(self) -> None:
        try:
            while self._open:
                self._hear()
        except Gone:
            pass
        self._end()

    def _hear(self) -> None:
        try:
            message = self._wire.receive(IDLE_SECONDS)
        except TimeoutError:
            with self._lock:
                self._open = bool(self._calls)
            return
        number, finished = _about(message)
        with self._lock:
            call = self._calls.pop(number, None) if finished else self._calls.get(number)
        if call is not None:
            call.heard.put(message)

    def _end(self) -> None:
        with self._lock:
            self._open = False
            killed = self._killed
            calls, self._calls = list(self._calls.values()), {}
        code = self._forker.end(self.pid)
        self._wire.close()
        log.info("plugin process ended", plugin=self._plugin, pid=self.pid, code=code, killed=killed, calls=len(calls))
        for call in calls:
            call.heard.put(Ended(code, alone=len(calls) == 1, killed=killed))


def _about(message: Any) -> tuple[int, bool]:
    """The call that a message is about, and whether it is its last one.

    Raises:
        Gone: the process does not speak as agreed; it is ended like one that fell silent.
    """
    match message:
        case {"call": int(number), "result": dict()}:
            return number, True
        case {"call": int(number), "ask": {"stopping": True}}:
            return number, False
        case {"call": int(number), "ask": {"keep": {**kept}}} if _is_keep(kept):
            return number, False
    raise Gone


def _is_keep(kept: Mapping[Any, Any]) -> bool:
    kinds = {"state": dict, "done": int, "total": int, "message": str, "api_calls": int}
    return kept.keys() == kinds.keys() and all(isinstance(kept[name], kind) for name, kind in kinds.items())
