"""Has plugins tried in processes of their own, and reads what became of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from host.testing.subject import Subject
from host.testing.trial.record import Trial

AT_ONCE = 2


class TrialBroken(Exception):
    """The trial itself did not work; the message says how far it came."""


def try_out(subjects: Sequence[Subject], *, at_once: int = AT_ONCE) -> list[Trial]:
    """One trial for each subject, in their order; so many at a time.

    Raises:
        TrialBroken: a trial could not be carried out, through no fault of the plugin.
    """
    order = json.dumps({"subjects": [subject.to_json() for subject in subjects], "at_once": at_once})
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    reply = subprocess.run(
        [sys.executable, "-P", "-m", "host.testing.trial"],
        input=order,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    found = {each["number"]: each for each in _lines(reply.stdout)}
    missing = [subject.value for number, subject in enumerate(subjects) if number not in found]
    if missing:
        raise TrialBroken(f"{missing[0]} could not be tried. {_last(reply.stderr)}")
    return [_trial(subject, found[number]) for number, subject in enumerate(subjects)]


def _lines(output: str) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in output.splitlines() if line.startswith("{"))


def _last(text: str) -> str:
    return text.strip().rpartition("\n")[2]


def _trial(subject: Subject, found: dict[str, Any]) -> Trial:
    steps: dict[str, list[dict[str, Any]]] = {}
    for step in found["steps"]:
        steps.setdefault(step["kind"], []).append(step["facts"])
    if "broken" in steps:
        raise TrialBroken(f"The trial of {subject.value} broke: {steps['broken'][0]['where']}")
    if found["died_how"] and found["died_in"].partition(" ")[0] in ("", "installation", "visitors"):
        raise TrialBroken(
            f"The trial of {subject.value} broke off: {found['died_how']}. Try again when the machine is less busy."
        )
    return Trial(subject=subject, steps=steps, died_in=found["died_in"], died_how=found["died_how"])
