"""Calls a plugin's hooks and jobs in a process of its own, which is ended at the deadline and started again (R35)."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from host.isolation.codec import Unreadable, made, plain
from host.isolation.endings import how_it_ended
from host.isolation.process import Conversation, Ended, NotStarted, Over, PluginProcess
from host.isolation.remote_run import answered
from host.isolation.wire import TooLong
from host.plugin_api import Call, Event, JobRun
from host.registry.loading import LoadedPlugin
from host.registry.outcomes import CallResult, bug, late, retry_later
from host.sentences import Sentence

LONGEST_PAUSE = 60.0
SILENT_SECONDS = 600.0

Start = Callable[[], PluginProcess]


class OwnProcess:
    """At most one process of a plugin at a time. After one that died without finishing a call the next waits a little."""

    def __init__(self, start: Start, clock: Callable[[], float] = time.monotonic) -> None:
        self._start = start
        self._clock = clock
        self._lock = threading.Lock()
        self._process: PluginProcess | None = None
        self._last_dead: PluginProcess | None = None
        self._deaths = 0
        self._not_before = 0.0

    def begin(self, message: Mapping[str, Any]) -> tuple[PluginProcess, Conversation] | float:
        """Begin a call in the process, a new one if there is none; or the seconds until one may be started again.

        Raises:
            NotStarted, TooLong: no call was begun.
        """
        while True:
            process = self._running()
            if isinstance(process, float):
                return process
            try:
                return process, process.begin(message)
            except Over:
                continue

    def finished(self) -> None:
        """A call came to its end: what made it die before is over."""
        self._deaths = 0

    def died(self, process: PluginProcess | None) -> None:
        """The process ended with calls in it, each of which may say so, or could not be started (None)."""
        with self._lock:
            if process is not None and process is self._last_dead:
                return
            self._last_dead = process
            self._deaths += 1
            if self._deaths > 1:
                self._not_before = self._clock() + min(LONGEST_PAUSE, 2.0 ** (self._deaths - 1))

    def close(self) -> None:
        """End the process; the next call would start a new one."""
        with self._lock:
            if self._process is not None:
                self._process.kill()

    def _running(self) -> PluginProcess | float:
        with self._lock:
            if self._process is not None and self._process.is_open:
                return self._process
            pause = self._not_before - self._clock()
            if pause > 0:
                return pause
            self._process = self._start()
            return self._process


class IsolatedCaller:
    """One plugin's hooks and jobs. What hangs is ended with its process: hooks, announcements and jobs have one each."""

    def __init__(self, plugin: LoadedPlugin, start: Start) -> None:
        self._plugin = plugin
        self._hooks = OwnProcess(start)
        self._jobs = OwnProcess(start)
        self._announcements = OwnProcess(start)

    def call(self, hook: str, event: Event) -> CallResult:
        """Call the plugin's implementation of `hook` and wait for it, at most until the manifest's deadline."""
        message = {"what": "hook", "name": hook, "kind": type(event).__name__, "given": plain(event)}
        return self._in(self._hooks, message, self._plugin.manifest.deadline_seconds, None)

    def announce(self, call: Call) -> CallResult:
        """Tell the plugin of a call that begins, with the same deadline."""
        message = {"what": "announce", "given": plain(call)}
        return self._in(self._announcements, message, self._plugin.manifest.deadline_seconds, None)

    def job(self, name: str, run: JobRun) -> CallResult:
        """Run a job; one that gives no sign of life for `SILENT_SECONDS` is ended."""
        begun = {"id": run.id, "due_at": run.due_at.isoformat(), "kept": dict(run.kept)}
        return self._in(self._jobs, {"what": "job", "name": name, "given": begun}, SILENT_SECONDS, run)

    def health(self, name: str, seconds: float) -> CallResult:
        """Run a health check, beside the jobs: one that hangs ends no hook."""
        return self._in(self._jobs, {"what": "health", "name": name, "given": None}, seconds, None)

    def close(self) -> None:
        """End its processes."""
        for own in (self._hooks, self._jobs, self._announcements):
            own.close()

    def _in(self, own: OwnProcess, message: Mapping[str, Any], seconds: float, run: JobRun | None) -> CallResult:
        try:
            began = own.begin(message)
        except NotStarted:
            own.died(None)
            return retry_later(_NOT_STARTED)
        except TooLong:
            return bug(_TOO_LONG)
        if isinstance(began, float):
            return retry_later(_PAUSES)
        process, conversation = began
        last = _last_word(conversation, seconds, run)
        if last is None:
            process.kill()
            own.died(process)
            return late(seconds)
        if isinstance(last, Ended):
            own.died(process)
            return _died(last)
        if "result" not in last:  # only a job has something to ask
            process.kill()
            own.died(process)
            return bug(_UNREADABLE)
        own.finished()
        return _result(last["result"])


def _last_word(conversation: Conversation, seconds: float, run: JobRun | None) -> Any:
    """The result, how the process ended, or what was asked without a run; None if nothing was heard for so many seconds."""
    while True:
        try:
            heard = conversation.heard.get(timeout=seconds)
        except queue.Empty:
            return None
        if isinstance(heard, Ended) or "result" in heard or run is None:
            return heard
        conversation.answer(answered(run, heard["ask"]))


def _result(value: Any) -> CallResult:
    try:
        return made(CallResult, value)
    except Unreadable:
        return bug(_UNREADABLE)


def _died(ended: Ended) -> CallResult:
    if ended.killed:
        return retry_later(_ENDED_BY_ANOTHER)
    how = how_it_ended(ended.code)
    if ended.alone:
        return bug(
            Sentence(
                "A bug in the plugin: it brought its own process down (%(how)s). "
                "Tell whoever made the plugin, then try again.",
                how=how,
            )
        )
    return retry_later(
        Sentence("The process of the plugin came down with several calls in it (%(how)s). It is tried again.", how=how)
    )


_NOT_STARTED = Sentence(
    "The process of the plugin could not be started. It is tried again; if that lasts, look into the worker’s log."
)
_TOO_LONG = Sentence("What this call holds is too long to be handed to a plugin in a process of its own.")
_PAUSES = Sentence("The process of the plugin came down several times running. It is started again in a minute at most.")
_ENDED_BY_ANOTHER = Sentence(
    "The process of the plugin was ended with this call in it, because another call hung or the worker ends. "
    "It is tried again."
)
_UNREADABLE = Sentence(
    "A bug in the plugin: what it gave back cannot be passed on. Tell whoever made the plugin, then try again."
)
