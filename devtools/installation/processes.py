"""Starts the demo's processes, watches them, and ends every one of them whatever happens."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Self

PATIENCE = 10.0  # seconds a process has to end by itself
PR_SET_PDEATHSIG = 1


class ProcessFailed(Exception):
    """A process ended or did not become ready; the message holds the end of what it printed."""


@dataclass(frozen=True, slots=True)
class Running:
    """One started process; `log` holds what it prints."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


class Processes:
    """The processes of one demo. Use as a context manager: leaving it ends them all."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: list[Running] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def start(self, name: str, arguments: list[str], environment: Mapping[str, str]) -> Running:
        """Start `tsunagu` with these arguments."""
        return self.start_program(name, [str(Path(sys.executable).with_name("tsunagu")), *arguments], environment)

    def start_program(self, name: str, command: list[str], environment: Mapping[str, str]) -> Running:
        """Start a program in a process group of its own, so that Ctrl-C reaches only us."""
        self._logs.mkdir(parents=True, exist_ok=True)
        path = self._logs / f"{name}.log"
        with path.open("wb") as log:
            process = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no threads here
            )
        running = Running(name, process, path)
        self._running.append(running)
        return running

    def wait_until(self, ready: Callable[[], bool], what: Running, seconds: float = 60) -> None:
        """Wait until `ready` says so.

        Raises:
            ProcessFailed: it ended first, or took longer than `seconds`.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if what.process.poll() is not None:
                raise ProcessFailed(_obituary(what))
            if time.monotonic() > deadline:
                raise ProcessFailed(f"The {what.name} was not ready after {seconds:.0f} s.\n{_tail(what.log)}")
            time.sleep(0.1)

    def watch(self) -> NoReturn:
        """Wait until one of them ends.

        Raises:
            ProcessFailed: one did.
        """
        while True:
            for running in self._running:
                if running.process.poll() is not None:
                    raise ProcessFailed(_obituary(running))
            time.sleep(0.3)

    def end(self) -> None:
        """Ask every process to end, then make those end that did not."""
        for running in reversed(self._running):
            _signal(running, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        for running in self._running:
            with suppress(subprocess.TimeoutExpired):
                running.process.wait(max(0.0, deadline - time.monotonic()))
            _signal(running, signal.SIGKILL)  # also what it may have left behind in its group
            running.process.wait()
        self._running.clear()


def _signal(running: Running, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(running.process.pid, number)


def _end_with_parent() -> None:
    """Even if we are killed with -9, the kernel then tells the child to end (Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _obituary(running: Running) -> str:
    return f"The {running.name} ended with exit code {running.process.returncode}.\n{_tail(running.log)}"


def _tail(log: Path, lines: int = 15) -> str:
    text = log.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join([*(f"  {line}" for line in text), f"  (all of it: {log})"])
