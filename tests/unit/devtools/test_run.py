"""`dev.py run` says in a sentence why it cannot start, and starts nothing then."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.demo.state import AlreadyRunning, only_one, open_demo
from devtools.installation.ports import PortTaken, first_free, require_free
from devtools.installation.processes import Processes, ProcessFailed

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_named_with_what_to_do(taken: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "devtools.run", "--port", str(taken), "--data", str(tmp_path / "demo")]
    reply = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert reply.returncode == 1
    said = " ".join(reply.stdout.split())
    assert f"Port {taken} is used by another program." in said
    assert f"python3 dev.py run --port {taken + 1}" in said
    assert not (tmp_path / "demo" / "tsunagu.db").exists()


def test_inner_services_take_the_next_free_port(taken: int) -> None:
    assert first_free(taken, set()) > taken
    with pytest.raises(PortTaken, match="or else"):
        require_free(taken, "or else")


def test_two_demos_never_share_a_folder(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(AlreadyRunning, match="already running"), only_one(tmp_path):
        pass


def test_a_demo_keeps_its_keys_until_a_fresh_start(tmp_path: Path) -> None:
    first = open_demo(tmp_path, fresh=False, web_port=18000)
    assert open_demo(tmp_path, fresh=False, web_port=18000) == first
    assert (tmp_path / "demo.json").stat().st_mode & 0o077 == 0
    (tmp_path / "org").mkdir()
    second = open_demo(tmp_path, fresh=True, web_port=18000)
    assert second.secret_key != first.secret_key
    assert not (tmp_path / "org").exists()


def test_a_process_that_ends_is_named_with_its_last_words(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        processes.start_program("bridge", [sys.executable, "-c", "print('no such host'); raise SystemExit(3)"], {})
        with pytest.raises(ProcessFailed, match=r"(?s)The bridge ended with exit code 3.*no such host"):
            processes.watch()


def test_a_process_that_will_not_end_is_killed_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devtools.installation.processes.PATIENCE", 0.3)
    stubborn = (
        "import signal, subprocess, time; signal.signal(15, signal.SIG_IGN);"
        "print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"
    )
    with Processes(tmp_path) as processes:
        running = processes.start_program("web", [sys.executable, "-c", stubborn], {"PATH": os.environ["PATH"]})
        deadline = time.monotonic() + 10
        while not running.log.read_text().strip() and time.monotonic() < deadline:
            time.sleep(0.05)
    assert running.process.returncode == -signal.SIGKILL
    child = int(running.log.read_text())
    state = Path(f"/proc/{child}/stat")
    deadline = time.monotonic() + 5
    while state.exists() and state.read_text().split()[2] != "Z" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not state.exists() or state.read_text().split()[2] == "Z"
