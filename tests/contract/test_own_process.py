"""R35: a plugin of others runs in a process of its own: what it does ends there, and the next call finds a new one."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from app_fixture import scratch_config
from broken_plugins import plugin_class
from foreign_plugins import found_in, install
from sqlalchemy import func, select

from host.isolation import process
from host.isolation.caller import IsolatedCaller
from host.isolation.process import PluginProcess
from host.plugin_api import Agent, Call, CallEnded, Direction, Match, RecordRef, RetryLater, RunLost, Sentence
from host.plugin_health import check
from host.registry.outcomes import CallResult
from host.services import Services, build_services
from host.storage.tables import calls

ROGUE = """
@hookimpl
def on_call_end(self, context, event):
    return getattr(self, event.call.raw_number)(context, event)

def who(self, context, event):
    return Done(summary=str(os.getpid()))

def whole(self, context, event):
    found = Match(record=RecordRef(object="Contact", id="1"), rule=Sentence("%(n)s hold it.", n=2), steps=("asked",))
    return Done(summary=Sentence("%(count)s written.", count=3), api_calls=2, match=found)

def later(self, context, event):
    import datetime
    raise LimitReached("Full.", after=datetime.timedelta(minutes=5), api_calls=1)

def exits(self, context, event):
    os._exit(7)

def segfaults(self, context, event):
    import ctypes
    ctypes.string_at(0)

def hangs(self, context, event):
    time.sleep(60)

def burns(self, context, event):
    while True:
        pass

def waits(self, context, event):
    time.sleep(0.4)

def eats(self, context, event):
    return Done(summary=str(len("x" * (3 << 30))))

def closes(self, context, event):
    os.closerange(0, 100)
    time.sleep(60)

def kills_group(self, context, event):
    import signal
    os.killpg(0, signal.SIGKILL)

def junk(self, context, event):
    return Done(match=Match(record=object()))

def endless(self, context, event):
    return Done(summary="x" * (17 << 20))

def prints(self, context, event):
    for _ in range(100):
        print("+819012345678 " * 10)
    sys.stdin.read()
    return Done(summary="heard")

def changes(self, context, event):
    os.chdir("/")
    os.umask(0)
    sys.path.clear()
    Manifest.name = "mine"

def bad_thread(self, context, event):
    def fall():
        raise RuntimeError("in a thread")
    threading.Thread(target=fall).start()

def foreign(self, context, event):
    from sqlalchemy import text
    with context.database.writing() as connection:
        connection.execute(text("DELETE FROM calls"))

def book(self, context, event):
    known = context.contact_book.entries([event.call.number])
    context.settings.write({"seen": event.call.number})
    context.secrets.put({"token": "sealed"})
    return Done(summary=context.secrets.get("token") + str(len(known)))
"""
JOBS = """
def count(context, run):
    for step in range(run.kept.get("step", 0), 3):
        if run.stopping():
            return None
        run.keep({"step": step + 1}, done=step + 1, total=3, message=Sentence("%(n)s of 3", n=step + 1), api_calls=step)
    return Done(summary="counted")

def falls(context, run):
    os._exit(9)

def announce(context, call):
    if call.raw_number == "hangs":
        time.sleep(60)
    context.settings.write({"announced": call.number})

def well(context):
    return "All is well."

def unwell(context):
    raise NeedsConfiguration("A setting is missing.")

class Plugin:
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("foreign")
    source = plugin_class("rogue", ROGUE, deadline_seconds=1.5, concurrency=4)
    jobs = "jobs=tuple(ScheduledJob(name=run.__name__, title='Job', run=run) for run in (count, falls)),"
    jobs += (
        " announce=announce, health=tuple(HealthCheck(name=run.__name__, title='Well', run=run) for run in (well, unwell)),"
    )
    source = source.replace("class Plugin:\n", JOBS).replace("Manifest(", f"Manifest({jobs} ", 1)
    install(folder, "rogue", source)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield folder
    sys.modules.pop("rogue_module", None)


@pytest.fixture(scope="module")
def services(folder: Path, migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    path = tmp_path_factory.mktemp("database") / "tsunagu.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    config = scratch_config(f"sqlite:///{path}", plugin_memory_mib=1024)
    services = build_services(config, plugins=found_in(folder))
    assert not services.registry.quarantined, services.registry.quarantined[0].reason
    yield services
    services.processes.close()
    services.database.engine.dispose()


class Rogue:
    """The plugin's caller, with what is asked of it in the number."""

    def __init__(self, services: Services) -> None:
        self.caller: IsolatedCaller = services.processes._isolated["rogue"]

    def does(self, what: str) -> CallResult:
        event = CallEnded(fact_id=1, occurred_at=datetime.now(UTC), call=self.call(what))
        return self.caller.call("on_call_end", event)

    def call(self, what: str) -> Call:
        now = datetime.now(UTC)
        return Call(
            id="c1",
            direction=Direction.INBOUND,
            number="+819012345678",
            raw_number=what,
            agents=(Agent(extension="101", answered_at=now),),
            started_at=now,
            clicked_record=RecordRef(object="Contact", id="003"),
        )

    def pid(self) -> int:
        return int(self.does("who").attempt.message)


@pytest.fixture(scope="module")
def rogue(services: Services) -> Rogue:
    return Rogue(services)


def told(result: CallResult) -> tuple[str, str]:
    return result.attempt.result.value, result.attempt.message


def test_process_is_another_one_and_serves_many_calls(rogue: Rogue) -> None:
    first = rogue.pid()
    assert first != os.getpid()
    assert rogue.pid() == first


def test_what_a_hook_gives_back_arrives_whole(rogue: Rogue) -> None:
    result = rogue.does("whole")
    assert (result.attempt.message, result.attempt.api_calls) == ("3 written.", 2)
    assert isinstance(result.attempt.message, Sentence)
    assert result.match == Match(record=RecordRef(object="Contact", id="1"), rule="2 hold it.", steps=("asked",))
    assert isinstance(result.match.rule, Sentence)
    later = rogue.does("later").attempt
    assert (later.result, later.message, later.after, later.api_calls) == ("wait", "Full.", timedelta(minutes=5), 1)


def test_context_in_the_process_is_the_whole_one(rogue: Rogue, services: Services) -> None:
    assert told(rogue.does("book")) == ("done", "sealed0")
    assert services.registry.context("rogue").settings.read()["seen"] == "+819012345678"


DEADLY = {
    "exits": ("bug", "brought its own process down (exit code 7)"),
    "segfaults": ("bug", "(signal SIGSEGV)"),
    "kills_group": ("bug", "(signal SIGKILL)"),
    "hangs": ("retry", "did not finish within 1.5 seconds"),
    "burns": ("retry", "did not finish within 1.5 seconds"),
}


@pytest.mark.parametrize("what", DEADLY)
def test_process_that_hangs_or_falls_is_ended_and_the_next_call_has_a_new_one(rogue: Rogue, what: str) -> None:
    before = rogue.pid()
    result, message = told(rogue.does(what))
    assert (result, DEADLY[what][1] in message) == (DEADLY[what][0], True), message
    assert rogue.pid() != before
    assert is_gone(before)


def test_process_that_closes_its_files_is_ended_at_the_deadline_at_the_latest(rogue: Rogue) -> None:
    before = rogue.pid()
    assert rogue.does("closes").attempt.result in ("bug", "retry")  # the system may tell at once, or nobody does
    assert rogue.pid() != before
    assert is_gone(before)


HARMLESS = {
    "eats": ("bug", "MemoryError at"),
    "junk": ("bug", "cannot be passed on"),
    "endless": ("bug", "cannot be passed on"),
    "prints": ("done", "heard"),
    "changes": ("done", ""),
    "bad_thread": ("done", ""),
    "foreign": ("bug", "The plugin rogue may only write tables that begin with rogue_; it tried to write calls."),
}


@pytest.mark.parametrize("what", HARMLESS)
def test_what_a_hook_does_in_its_process_stays_there(rogue: Rogue, services: Services, what: str) -> None:
    folder, path = Path.cwd(), list(sys.path)
    before = rogue.pid()
    result, message = told(rogue.does(what))
    assert (result, HARMLESS[what][1] in message) == (HARMLESS[what][0], True), message
    assert rogue.pid() == before
    assert (Path.cwd(), sys.path) == (folder, path)
    with services.database.reading() as connection:
        connection.execute(select(func.count()).select_from(calls))


def test_calls_that_were_in_a_process_that_was_ended_are_tried_again(rogue: Rogue) -> None:
    rogue.pid()
    with ThreadPoolExecutor() as pool:
        hanging = pool.submit(rogue.does, "hangs")
        time.sleep(1.3)
        beside = pool.submit(rogue.does, "waits")
        assert hanging.result().attempt.result == "retry"
        assert told(beside.result())[0] == "retry"
        assert "was ended with this call in it" in beside.result().attempt.message


def test_process_that_keeps_falling_is_started_again_after_a_pause(rogue: Rogue) -> None:
    rogue.pid()
    now = [0.0]
    rogue.caller._hooks._clock = lambda: now[0]
    assert [rogue.does("exits").attempt.result for _ in range(2)] == ["bug", "bug"]
    assert told(rogue.does("who"))[0] == "retry"
    now[0] = 2.1
    assert told(rogue.does("who"))[0] == "done"
    rogue.caller._hooks._clock = time.monotonic


def test_process_without_calls_ends_and_the_next_call_starts_one(rogue: Rogue, monkeypatch: pytest.MonkeyPatch) -> None:
    rogue.caller.close()
    monkeypatch.setattr(process, "IDLE_SECONDS", 0.2)
    first = rogue.pid()
    deadline = time.monotonic() + 10
    while not is_gone(first):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    monkeypatch.undo()
    assert rogue.pid() != first


class Run:
    """A run as the scheduler has it."""

    def __init__(self, lost: bool = False, away: bool = False) -> None:
        self.id, self.due_at, self.kept = 4, datetime.now(UTC), {"step": 1}
        self.lost, self.away = lost, away
        self.told: list[object] = []

    def keep(self, state: object, *, done: int, total: int, message: str, api_calls: int) -> None:
        if self.lost:
            raise RunLost
        if self.away:
            raise RetryLater("The database did not answer.")
        self.told.append((state, done, total, str(message), api_calls))

    def stopping(self) -> bool:
        return False


def test_job_runs_in_a_process_and_keeps_through_the_worker(rogue: Rogue) -> None:
    run = Run()
    assert told(rogue.caller.job("count", run)) == ("done", "counted")
    assert run.told == [({"step": 2}, 2, 3, "2 of 3", 1), ({"step": 3}, 3, 3, "3 of 3", 2)]
    assert told(rogue.caller.job("count", Run(away=True))) == ("retry", "The database did not answer.")
    assert "RunLost" in rogue.caller.job("count", Run(lost=True)).attempt.message


def test_job_that_falls_ends_no_hook(rogue: Rogue) -> None:
    before = rogue.pid()
    assert "exit code 9" in rogue.caller.job("falls", Run()).attempt.message
    assert rogue.pid() == before


def test_announcements_and_health_checks_run_there_too(rogue: Rogue, services: Services) -> None:
    assert told(rogue.caller.announce(rogue.call("rings")))[0] == "done"
    assert services.registry.context("rogue").settings.read()["announced"] == "+819012345678"
    found = [(one.well, one.message) for one in check(services, services.registry.loaded[0])]
    assert found == [(True, "All is well."), (False, "A setting is missing.")]
    assert services.processes._isolated["rogue"]._jobs._process is not None


def test_an_announcement_that_hangs_ends_no_hook(rogue: Rogue) -> None:
    before = rogue.pid()
    assert told(rogue.caller.announce(rogue.call("hangs")))[0] == "retry"
    assert rogue.pid() == before


def test_calls_go_on_when_the_forker_fell(rogue: Rogue, services: Services) -> None:
    before = rogue.pid()
    forker = services.processes._forker._process
    assert forker is not None
    forker.kill()
    assert rogue.pid() == before
    assert "(signal SIGKILL)" in rogue.does("exits").attempt.message  # how it ended, nobody knows
    assert rogue.pid() != before


def test_process_is_ended_by_its_worker_only(rogue: Rogue) -> None:
    pid = rogue.pid()
    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGINT)
    assert told(rogue.does("waits"))[0] == "done"
    assert rogue.pid() == pid


def test_process_ends_when_its_worker_is_gone(rogue: Rogue) -> None:
    pid = rogue.pid()
    running = rogue.caller._hooks._process
    assert isinstance(running, PluginProcess)
    running._wire.hang_up()  # what the death of the worker looks like to the process
    deadline = time.monotonic() + 10
    while not is_gone(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Whether no process has this number, or only its remains."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True
