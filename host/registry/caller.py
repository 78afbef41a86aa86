"""The one place where a plugin's hook is called: alone, with a deadline, and whatever happens becomes an outcome (R35)."""

from __future__ import annotations

import inspect
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from host.domain.settlement import Attempt, AttemptResult
from host.plugin_api import (
    Done,
    LimitReached,
    Match,
    NeedsConfiguration,
    NeedsReauthorisation,
    PermanentFailure,
    PluginError,
    RetryLater,
    Skipped,
)
from host.registry.checks import ARGUMENTS, Implementation
from host.registry.loading import LoadedPlugin
from host.sentences import Sentence, carried

_RESULTS: Mapping[type[PluginError], AttemptResult] = {
    LimitReached: AttemptResult.WAIT,
    RetryLater: AttemptResult.RETRY,
    NeedsReauthorisation: AttemptResult.REAUTHORISE,
    NeedsConfiguration: AttemptResult.CONFIGURE,
    PermanentFailure: AttemptResult.PERMANENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResult:
    """What one call of a hook came to."""

    attempt: Attempt
    match: Match | None = None


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
        if self._hanging >= self._plugin.manifest.concurrency:
            return _retry(
                Sentence(
                    "Earlier calls of this plugin hang; it is tried again when one of them returns. "
                    "If that lasts, restart the worker."
                )
            )
        return self._with_deadline(hook, {"context": context, "event": event})

    def _with_deadline(self, hook: str, offered: Mapping[str, object]) -> CallResult:
        running = _Running()
        implementation = self._plugin.implementations[hook]
        thread = threading.Thread(
            target=self._run, args=(running, implementation, offered), name=f"{self._plugin.name}.{hook}", daemon=True
        )
        thread.start()
        seconds = self._plugin.manifest.deadline_seconds
        running.over.wait(seconds)
        with self._lock:
            if running.result is not None:
                return running.result
            running.abandoned = True
            self._hanging += 1
        return _retry(
            Sentence(
                "The plugin did not finish within %(seconds)s seconds. It is tried again; if "
                "that happens often, tell whoever made the plugin.",
                seconds=f"{seconds:g}",
            )
        )

    def _run(self, running: _Running, implementation: Implementation, offered: Mapping[str, object]) -> None:
        result = outcome_of(partial(implementation, **_wanted(implementation, offered)))
        with self._lock:
            running.result = result
            if running.abandoned:
                self._hanging -= 1
        running.over.set()


def outcome_of(work: Callable[[], object]) -> CallResult:
    """What came of work that a plugin does; whatever it raises, nothing is raised here."""
    try:
        return _attempted(work)
    except BaseException as error:  # noqa: BLE001 - the one broad except: nothing a plugin raises gets further
        return _bug(_kind_and_place(error))


def _attempted(work: Callable[[], object]) -> CallResult:
    try:
        returned = work()
    except PluginError as error:
        return _raised(error)
    return _understood(returned)


def _wanted(implementation: Implementation, offered: Mapping[str, object]) -> dict[str, object]:
    parameters = inspect.signature(implementation).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return dict(offered)
    return {parameter.name: offered[parameter.name] for parameter in parameters if parameter.name in ARGUMENTS}


def _understood(returned: Any) -> CallResult:
    if returned is None:
        return CallResult(attempt=Attempt(result=AttemptResult.DONE))
    if isinstance(returned, Done):
        attempt = Attempt(result=AttemptResult.DONE, message=carried(returned.summary), api_calls=int(returned.api_calls))
    elif isinstance(returned, Skipped):
        attempt = Attempt(result=AttemptResult.SKIPPED, message=carried(returned.reason), api_calls=int(returned.api_calls))
    else:
        return _bug(
            Sentence(
                (
                    "A bug in the plugin: it returned %(type)s instead of Done, Skipped or nothing. "
                    "Tell whoever made the plugin, then try again."
                ),
                type=type(returned).__name__,
            )
        )
    if not isinstance(returned.match, Match | None):
        return _bug(
            Sentence("A bug in the plugin: it gave a match that is no Match. Tell whoever made the plugin, then try again.")
        )
    return CallResult(attempt=attempt, match=returned.match)


def _raised(error: PluginError) -> CallResult:
    result = next((result for kind, result in _RESULTS.items() if isinstance(error, kind)), AttemptResult.BUG)
    after = error.after if isinstance(error, RetryLater) and isinstance(error.after, timedelta) else None
    return CallResult(
        attempt=Attempt(result=result, message=carried(error.message), api_calls=int(error.api_calls), after=after)
    )


def _bug(sentence: Sentence) -> CallResult:
    return CallResult(attempt=Attempt(result=AttemptResult.BUG, message=sentence))


def _kind_and_place(error: BaseException) -> Sentence:
    """The kind of error and its place; not its text, which may hold telephone numbers or secrets."""
    kind = type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)[1:]
    if not frames:
        return Sentence("A bug in the plugin: %(kind)s. Tell whoever made the plugin, then try again.", kind=kind)
    last = frames[-1]
    place = f"{last.filename.rsplit('/', 1)[-1]}:{last.lineno}"
    return Sentence(
        ("A bug in the plugin: %(kind)s at %(place)s in %(function)s. Tell whoever made the plugin, then try again."),
        kind=kind,
        place=place,
        function=last.name,
    )


def _retry(message: Sentence) -> CallResult:
    return CallResult(attempt=Attempt(result=AttemptResult.RETRY, message=message))
