"""The steps that call a plugin's hooks and jobs, with ordinary and odd calls, while nobody has set it up."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from host.plugin_api import Event
from host.registry.caller import PluginCaller
from host.registry.outcomes import outcome_of
from host.sentences import Sentence
from host.testing.lab import HOOKS, Lab, Told, from_a_newer_host
from host.testing.story import ODD, ORDINARY, Story
from host.testing.trial.diary import Diary
from host.testing.trial.guard import Guard
from host.testing.trial.watched_database import WatchedDatabase
from host.testing.tried_run import TriedRun

HOOK_SECONDS = 5.0
"""Long enough for a hook that has nobody to ask; it ends earlier if the manifest's deadline is shorter."""
SPARE_SECONDS = 10.0
JOB_SECONDS = 10.0
HEALTH_SECONDS = 15.0


def call_hooks(diary: Diary, guard: Guard, lab: Lab) -> None:
    """Each hook with each call; one that hangs is not called again."""
    quick = lab.shortened(HOOK_SECONDS)
    for hook in [name for name in HOOKS if name in lab.plugin.implementations]:
        for case, story, newer in _cases(hook):
            if _call(diary, guard, quick, hook, case, story, newer).hanging:
                return


def _cases(hook: str) -> Iterator[tuple[str, Story, Callable[[Event], Event]]]:
    odd = [story for story in ODD if hook != "on_click_to_call" or story.call.get("number", "") is not None]
    for story in (ORDINARY, *odd):
        yield story.title, story, _as_it_is
    yield "an event of a newer host", ORDINARY, from_a_newer_host


def _as_it_is(event: Event) -> Event:
    return event


def _call(diary: Diary, guard: Guard, lab: Lab, hook: str, case: str, story: Story, newer: Callable[[Event], Event]) -> Told:
    diary.begin("hook", f"{hook} with {case}", seconds=lab.plugin.manifest.deadline_seconds + SPARE_SECONDS)
    happened = newer(lab.event(hook, lab.call(story), story))
    guard.clear()
    began = _used()
    watched = WatchedDatabase(lab.context.database)
    told = lab.tell(hook, happened, replace(lab.context, database=watched))
    diary.done(
        "hook",
        hook=hook,
        case=case,
        ordinary=story is ORDINARY and newer is _as_it_is,
        newer=newer is from_a_newer_host,
        result=told.result.value,
        message=str(told.message),
        template=template_of(told.message),
        seconds=told.seconds,
        hanging=told.hanging,
        foreign=watched.refused,
        connections=list(guard.connections),
        processes=list(guard.processes),
        lines=len(told.overheard.everything()),
        heard=told.overheard.everything()[:200],
        printed=bool(told.overheard.printed.strip()),
        megabytes=(_used() - began) // 1024,
    )
    return told


def _used() -> int:
    """The most memory this process has taken so far, in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def run_jobs(diary: Diary, lab: Lab) -> None:
    """Each job once, told to stop before it begins."""
    for job in lab.plugin.manifest.jobs:
        diary.begin("job", job.name, seconds=JOB_SECONDS)
        began = time.monotonic()
        outcome = outcome_of(lambda run=job.run: run(lab.context, TriedRun(stop_after=0)))  # type: ignore[misc]
        attempt = outcome.attempt
        diary.done(
            "job",
            job=job.name,
            result=attempt.result.value,
            message=str(attempt.message),
            template=template_of(attempt.message),
            seconds=time.monotonic() - began,
        )


def check_health(diary: Diary, lab: Lab) -> None:
    """Each health check once."""
    for check in lab.plugin.manifest.health:
        diary.begin("health", check.name, seconds=HEALTH_SECONDS)
        said: list[object] = []
        outcome = outcome_of(lambda run=check.run, said=said: said.append(run(lab.context)))  # type: ignore[misc]
        sentence = said[0] if said else outcome.attempt.message
        diary.done(
            "health",
            check=check.name,
            result="wrong" if said and not isinstance(sentence, str) else outcome.attempt.result.value,
            message=str(sentence),
            template=template_of(str(sentence) if not isinstance(sentence, str) else sentence),
        )


def announce(diary: Diary, lab: Lab) -> None:
    """A call that begins, told to a plugin that wants to hear of it."""
    if lab.plugin.manifest.announce is None:
        return
    caller = PluginCaller(lab.shortened(HOOK_SECONDS).plugin)
    for story in (ORDINARY, *ODD):
        diary.begin("announcing", story.title, seconds=HOOK_SECONDS + SPARE_SECONDS)
        event = lab.event("on_call_end", lab.call(story), story)
        attempt = caller.announce(lab.plugin.manifest.announce, lab.context, event.call).attempt
        diary.done("announcing", case=story.title, result=attempt.result.value, message=str(attempt.message))
        if caller.hanging:
            return


def template_of(text: str) -> str:
    """What a catalogue has of a sentence."""
    return text.template if isinstance(text, Sentence) else text
