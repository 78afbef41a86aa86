"""A demo started as a user starts it, in a folder of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class RunningDemo:
    """`output` is what it has printed so far."""

    process: subprocess.Popen[str]
    folder: Path
    url: str
    log: Path
    started: float

    @property
    def output(self) -> str:
        return self.log.read_text()

    @property
    def password(self) -> str:
        found = re.search(r"Password\s+(\S+)", self.output)
        assert found, self.output
        return found[1]

    @property
    def org_url(self) -> str:
        found = re.search(r"Salesforce\s+(http\S+)", self.output)
        assert found, self.output
        return found[1]

    def wait_until_up(self) -> float:
        """Gives back how many seconds that took."""
        wait_for(lambda: "Tsunagu is running" in self.output, 60, lambda: self.output)
        return time.monotonic() - self.started

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """End it by this signal; gives back its exit code."""
        self.process.send_signal(number)
        return self.process.wait(30)

    def part(self, command: str) -> int:
        """The process id of the part that was started with this command."""
        pids = [pid for pid, line in self.processes().items() if f"tsunagu {command}" in line]
        assert pids, f"no {command} among {self.processes()}"
        return min(pids)

    def processes(self) -> dict[int, str]:
        """What runs for this demo, whoever its parent is by now: process id and command line."""
        own = f"TSUNAGU_DATABASE_URL=sqlite:///{self.folder}/".encode()
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if own in (entry / "environ").read_bytes():
                    found[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ").strip()
            except OSError:
                continue
        return {pid: line for pid, line in found.items() if line}


@contextmanager
def demo_in(folder: Path, port: int) -> Iterator[RunningDemo]:
    """Start it; whatever the test did, nothing of it runs afterwards."""
    log = folder.with_suffix(".log")
    command = [sys.executable, "-m", "devtools.run", "--data", str(folder), "--port", str(port)]
    started = time.monotonic()
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, text=True)
    demo = RunningDemo(process, folder, f"http://127.0.0.1:{port}", log, started)
    try:
        yield demo
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)
        for pid in demo.processes():
            os.kill(pid, signal.SIGKILL)


def wait_for(condition: Callable[[], object], seconds: float, described: Callable[[], str]) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, described()
        time.sleep(0.2)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
