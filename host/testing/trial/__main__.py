"""Runs trials for `host.testing.trial.running`: reads what is to be tried, forks a child for each, passes on what they say.

The host is imported once, here; each child has it already and is gone after its trial.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from host import app as preloaded  # noqa: F401 - so that no child has to
from host.testing.subject import Subject
from host.testing.trial import child
from host.testing.trial.diary import Diary
from host.testing.trial.guard import Guard
from host.testing.trial.traces import watched_functions
from host.testing.workshop import KEEPER, companions, make_template, scratch_folder

FIRST_SECONDS = 20.0
LINGERING = 100
"""Hundredths of a second in which a child may end after its last word."""


@dataclass(slots=True)
class Running:
    """A child at work, as its parent sees it."""

    number: int
    process: int
    descriptor: int
    deadline: float
    doing: str = "import"
    overdue: bool = False
    unread: bytes = b""
    steps: list[dict[str, object]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Bench:
    """What all trials of a run share: scratch folder, a migrated database beside each plugin, what everything was before."""

    folder: Path
    beside_contacts: Path
    alone: Path
    functions: Mapping[str, object]

    def template(self, subject: Subject) -> Path:
        return self.alone if subject.name == KEEPER else self.beside_contacts


def main() -> None:
    order = json.load(sys.stdin)
    subjects = [Subject.from_json(each) for each in order["subjects"]]
    with scratch_folder() as folder:
        bench = Bench(folder, folder / "template.db", folder / "alone.db", watched_functions())
        make_template(bench.beside_contacts, companions(""))
        if any(subject.name == KEEPER for subject in subjects):
            make_template(bench.alone, [])
        _work_off(bench, list(enumerate(subjects)), order["at_once"])


def _work_off(bench: Bench, waiting: list[tuple[int, Subject]], at_once: int) -> None:
    running: dict[int, Running] = {}
    with selectors.DefaultSelector() as selector:
        while waiting or running:
            while waiting and len(running) < at_once:
                begun = _fork(bench, *waiting.pop(0))
                running[begun.descriptor] = begun
                selector.register(begun.descriptor, selectors.EVENT_READ)
            for ended in list(_turn(selector, running)):
                selector.unregister(ended)
                os.close(ended)
                del running[ended]


def _fork(bench: Bench, number: int, subject: Subject) -> Running:
    reading, writing = os.pipe()
    place = bench.folder / str(number)
    place.mkdir()
    process = os.fork()
    if process == 0:
        os.close(reading)
        _be_child(child.Trial(subject, place, bench.template(subject), Diary(writing), Guard(), bench.functions))
    os.close(writing)
    return Running(number, process, reading, time.monotonic() + FIRST_SECONDS)


def _be_child(trial: child.Trial) -> None:
    """Never returns."""
    os.setpgid(0, 0)
    silence = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(silence, number)
    status = 1
    try:
        trial.guard.stand()
        child.run(trial)
        trial.diary.done("end")
        status = 0
    except BaseException:  # noqa: BLE001 - the trial itself broke: its parent is told where
        trial.diary.done("broken", where=traceback.format_exc())
    finally:
        os._exit(status)


def _turn(selector: selectors.BaseSelector, running: dict[int, Running]) -> Iterator[int]:
    """Hear the children for a moment; gives back the pipes of those that have ended."""
    for key, _ in selector.select(0.1):
        one = running[key.fd]
        data = os.read(key.fd, 65536)
        if not data:
            yield key.fd
            _finish(one)
            continue
        one.unread += data
        *lines, one.unread = one.unread.split(b"\n")
        for line in lines:
            _heard(one, json.loads(line))
    now = time.monotonic()
    for one in running.values():
        if now > one.deadline:
            one.deadline = now + FIRST_SECONDS
            _kill(one)


def _heard(one: Running, line: dict[str, object]) -> None:
    if "begin" in line:
        one.doing = str(line["begin"])
        one.deadline = time.monotonic() + float(str(line["seconds"]))
    else:
        one.doing = "" if one.doing.startswith(str(line["kind"])) else one.doing
        one.steps.append(line)


def _kill(one: Running) -> None:
    one.overdue = True
    _end(one.process)


def _end(process: int) -> None:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(OSError):
            kill(process, signal.SIGKILL)


def _finish(one: Running) -> None:
    """Write down a child that has ended."""
    status = _reaped(one.process)
    ended = any(step["kind"] in ("end", "broken") for step in one.steps)
    how = "" if ended else "it did not end in time" if one.overdue else _how(status)
    line = {"number": one.number, "steps": one.steps, "died_in": one.doing if how else "", "died_how": how}
    print(json.dumps(line), flush=True)  # noqa: T201 - its output is what the parent reads


def _reaped(process: int) -> int | None:
    """The status of a child that has nothing more to say; one that lives on is ended, and has none."""
    for _ in range(LINGERING):
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.01)
    _end(process)
    os.waitpid(process, 0)
    return None


def _how(status: int | None) -> str:
    if status is None:
        return "it closed the files of its process"
    if os.WIFSIGNALED(status):
        return f"the process died of {signal.Signals(os.WTERMSIG(status)).name}"
    return f"the process ended itself with {os.waitstatus_to_exitcode(status)}"


if __name__ == "__main__":
    main()
