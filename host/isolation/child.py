"""What the process does in which one plugin's hooks and jobs run.

The worker speaks with it over a pair of sockets. It ends at once when the other end is gone, so it never outlives its
worker. Settings and keys come over the socket too.
"""

from __future__ import annotations

import os
import queue
import resource
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NoReturn

from host.config import Config
from host.isolation.codec import Unreadable, made, plain
from host.isolation.remote_run import RemoteRun
from host.isolation.wire import Gone, TooLong, Wire
from host.plugin_api import AnalysisDone, Call, CallEnded, Done, MemoSaved, NumberClicked, PluginContext
from host.registry import LoadedPlugin
from host.registry.caller import arguments
from host.registry.loading import installed, load_one
from host.registry.outcomes import CallResult, bug, outcome_of, retry_later
from host.sentences import Sentence
from host.services import Services, connect
from host.web.logs import configure

EVENTS = {kind.__name__: kind for kind in (AnalysisDone, CallEnded, MemoSaved, NumberClicked)}
UNSENDABLE = Sentence(
    "A bug in the plugin: what it gave back cannot be passed on. Tell whoever made the plugin, then try again."
)
ANOTHER_VERSION = Sentence(
    "The plugin that is installed now is another one than when the worker started. Restart the web server and the workers."
)


def main(name: str, descriptor: int) -> None:
    """Serve the worker at the other end of the socket behind this descriptor, until it is gone."""
    wire = Wire(socket.socket(fileno=descriptor))
    configure()
    try:
        orders = wire.receive()
        _limit_memory(orders["memory"])
        serving = Serving(wire, _services(orders), name)
        wire.send({"ready": True})
        while True:
            serving.take(wire.receive())
    except Gone:
        _end()


def _end() -> NoReturn:
    """End at once, with all that was started here: what is done from now on another worker would do a second time."""
    os.killpg(0, signal.SIGKILL)
    os._exit(0)


def _limit_memory(size: int) -> None:
    """Bytes of address space; 0 is no limit. A hook that asks for more gets MemoryError."""
    if size:
        resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _services(orders: Mapping[str, Any]) -> Services:
    """All plugins that the worker loaded: the contact book, and whoever a click is for, may be another's."""
    points = [point for point in installed() if point.name in orders["plugins"]]
    return connect(made(Config, orders["config"]), [load_one(point) for point in points])


class Serving:
    """Does what the worker asks for, each in a thread of its own."""

    def __init__(self, wire: Wire, services: Services, name: str) -> None:
        plugin = services.registry.get(name)
        if plugin is None:
            wire.send({"ready": False})
            raise Gone
        self._wire = wire
        self._plugin: LoadedPlugin = plugin
        self._context: PluginContext = services.registry.context(name)
        self._answers: dict[int, queue.SimpleQueue[Any]] = {}

    def take(self, message: Mapping[str, Any]) -> None:
        """Begin a call, or hand a job the answer it waits for."""
        if "answer" in message:
            self._answers[message["call"]].put(message["answer"])
            return
        self._answers[message["call"]] = queue.SimpleQueue()
        threading.Thread(target=self._do, args=(message,), name=message["what"], daemon=True).start()

    def _do(self, message: Mapping[str, Any]) -> None:
        call: int = message["call"]
        result = self._outcome(message)
        del self._answers[call]
        try:
            self._wire.send({"call": call, "result": plain(result)})
        except (Unreadable, TooLong, ValueError, RecursionError):
            self._wire.send({"call": call, "result": plain(bug(UNSENDABLE))})
        except Gone:
            _end()

    def _outcome(self, message: Mapping[str, Any]) -> CallResult:
        try:
            work = self._work(message)
        except (Unreadable, LookupError, StopIteration):
            return retry_later(ANOTHER_VERSION)
        return outcome_of(work)

    def _work(self, message: Mapping[str, Any]) -> Callable[[], object]:
        what, given = message["what"], message["given"]
        if what == "job":
            return self._job(message["call"], message["name"], given)
        if what == "health":
            return self._health(message["name"])
        if what == "announce" and self._plugin.manifest.announce:
            return partial(self._plugin.manifest.announce, self._context, made(Call, given))
        implementation = self._plugin.implementations[message["name"]]
        event = made(EVENTS[message["kind"]], given)
        return partial(implementation, **arguments(implementation, {"context": self._context, "event": event}))

    def _job(self, call: int, name: str, begun: Mapping[str, Any]) -> Callable[[], object]:
        job = next(job for job in self._plugin.manifest.jobs if job.name == name)
        ask = partial(self._ask, call)
        return partial(job.run, self._context, RemoteRun(begun, ask, self._answers[call]))

    def _health(self, name: str) -> Callable[[], object]:
        check = next(check for check in self._plugin.manifest.health if check.name == name)
        return lambda: Done(summary=check.run(self._context) or "")

    def _ask(self, call: int, question: Mapping[str, Any]) -> None:
        self._wire.send({"call": call, "ask": question})
