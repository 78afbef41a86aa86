"""The one place where a plugin's hook is called: alone, with a deadline, and whatever happens becomes an outcome (R35)."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from host.plugin_api import Call, PluginContext
from host.registry.checks import ARGUMENTS, Implementation
from host.registry.loading import LoadedPlugin
from host.registry.outcomes import CallResult, late, outcome_of, retry_later
from host.sentences import Sentence

Announce = Callable[[PluginContext, Call], None]


@dataclass(slots=True)
class _Running:
    """One call under way in its own thread."""

    result: CallResult | None = None
    over: threading.Event = field(default_factory=threading.Event)
    abandoned: bool = False


class PluginCaller:
    """Calls one plugin's hooks in threads, at most `manifest.concurrency` at once (`turn`).

    A call that passes the deadline cannot be stopped: its thread is left behind and counted. As many may be left behind as
    may run; beyond that the plugin is not called until one returns, so that one that hangs takes no more of the worker.
    """

    def __init__(self, plugin: LoadedPlugin) -> None:
        self._plugin = plugin
        self._room = threading.BoundedSemaphore(plugin.manifest.concurrency)
        self._lock = threading.Lock()
        self._hanging = 0

    @property
    def hanging(self) -> int:
        """How many calls passed their deadline and have not returned."""
        return self._hanging

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until one more call may run, and hold its place."""
        with self._room:
            yield

    def call(self, hook: str, context: object, event: object) -> CallResult:
        """Call the plugin's implementation of `hook` in a `turn` and wait for it, at most until the manifest's deadline."""
        implementation = self._plugin.implementations[hook]
        return self._bounded(
            hook, partial(implementation, **arguments(implementation, {"context": context, "event": event}))
        )

    def announce(self, announce: Announce, context: PluginContext, call: Call) -> CallResult:
        """Tell the plugin of a call that begins, with the same deadline; as many that hang at once are left behind."""
        return self._bounded("announce", partial(announce, context, call))

    def _bounded(self, name: str, work: Callable[[], object]) -> CallResult:
        if self._hanging >= self._plugin.manifest.concurrency:
            return retry_later(
                Sentence(
                    "Earlier calls of this plugin hang; it is tried again when one of them returns. "
                    "If that lasts, restart the worker."
                )
            )
        return self._with_deadline(name, work)

    def _with_deadline(self, name: str, work: Callable[[], object]) -> CallResult:
        running = _Running()
        thread = threading.Thread(target=self._run, args=(running, work), name=f"{self._plugin.name}.{name}", daemon=True)
        thread.start()
        seconds = self._plugin.manifest.deadline_seconds
        running.over.wait(seconds)
        with self._lock:
            if running.result is not None:
                return running.result
            running.abandoned = True
            self._hanging += 1
        return late(seconds)

    def _run(self, running: _Running, work: Callable[[], object]) -> None:
        result = outcome_of(work)
        with self._lock:
            running.result = result
            if running.abandoned:
                self._hanging -= 1
        running.over.set()


def arguments(implementation: Implementation, offered: Mapping[str, object]) -> dict[str, object]:
    """Those of what is offered that an implementation asks for, by name."""
    parameters = inspect.signature(implementation).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return dict(offered)
    return {parameter.name: offered[parameter.name] for parameter in parameters if parameter.name in ARGUMENTS}
