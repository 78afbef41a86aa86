"""What a plugin's work came to: whatever it gives back or raises becomes one of the outcomes that are known (R35)."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
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


def outcome_of(work: Callable[[], object]) -> CallResult:
    """What came of work that a plugin does; whatever it raises, nothing is raised here."""
    try:
        return _attempted(work)
    except BaseException as error:  # noqa: BLE001 - the one broad except: nothing a plugin raises gets further
        return bug(_kind_and_place(error))


def _attempted(work: Callable[[], object]) -> CallResult:
    try:
        returned = work()
    except PluginError as error:
        return _raised(error)
    return _understood(returned)


def _understood(returned: Any) -> CallResult:
    if returned is None:
        return CallResult(attempt=Attempt(result=AttemptResult.DONE))
    if isinstance(returned, Done):
        attempt = Attempt(result=AttemptResult.DONE, message=carried(returned.summary), api_calls=int(returned.api_calls))
    elif isinstance(returned, Skipped):
        attempt = Attempt(result=AttemptResult.SKIPPED, message=carried(returned.reason), api_calls=int(returned.api_calls))
    else:
        return bug(
            Sentence(
                (
                    "A bug in the plugin: it returned %(type)s instead of Done, Skipped or nothing. "
                    "Tell whoever made the plugin, then try again."
                ),
                type=type(returned).__name__,
            )
        )
    if not isinstance(returned.match, Match | None):
        return bug(
            Sentence("A bug in the plugin: it gave a match that is no Match. Tell whoever made the plugin, then try again.")
        )
    return CallResult(attempt=attempt, match=returned.match)


def _raised(error: PluginError) -> CallResult:
    result = next((result for kind, result in _RESULTS.items() if isinstance(error, kind)), AttemptResult.BUG)
    after = error.after if isinstance(error, RetryLater) and isinstance(error.after, timedelta) else None
    return CallResult(
        attempt=Attempt(result=result, message=carried(error.message), api_calls=int(error.api_calls), after=after)
    )


def bug(sentence: Sentence) -> CallResult:
    """The plugin did what no plugin may."""
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


def retry_later(message: Sentence) -> CallResult:
    """It did not come to an end and is tried again."""
    return CallResult(attempt=Attempt(result=AttemptResult.RETRY, message=message))


def late(seconds: float) -> CallResult:
    """The plugin took longer than its manifest says."""
    return retry_later(
        Sentence(
            "The plugin did not finish within %(seconds)s seconds. It is tried again; if "
            "that happens often, tell whoever made the plugin.",
            seconds=f"{seconds:g}",
        )
    )
