"""What is left out is told, and is a failure in CI unless excused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from devtools import node_clients, test
from devtools.left_out import EXCUSED, VARIABLE


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    node: x\n    other: y\n")
    (folder / "test_it.py").write_text("import pytest\n@pytest.mark.node\ndef test_a(): pass\ndef test_b(): pass\n")
    root = Path(__file__).resolve().parents[3]
    given = {
        **os.environ,
        "PYTHONPATH": str(root),
        "CI": "true",
        "PYTEST_ADDOPTS": "",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    given |= environment
    command = [sys.executable, "-m", "pytest", "-p", "devtools.left_out", "-p", "no:cacheprovider"]
    return subprocess.run([*command, str(folder)], capture_output=True, text=True, cwd=folder, env=given, check=False)


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({VARIABLE: "node", EXCUSED: ""}, 1),
        ({VARIABLE: "node", EXCUSED: "node"}, 0),
        ({VARIABLE: "node", EXCUSED: "other"}, 1),
        ({VARIABLE: "node", EXCUSED: "", "CI": ""}, 0),
    ],
)
def test_ci_fails_over_what_is_not_excused(tmp_path: Path, environment: dict[str, str], code: int) -> None:
    done = run(tmp_path, **environment)
    assert done.returncode == code, done.stdout
    assert "there is no node here" in done.stdout
    assert ("a failure, since CI is set" in done.stdout) is bool(code)


def test_node_is_excused_only_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert not node_clients.bring()
    assert test.EXCUSES["node"]() == "This machine has no Node (or no npm)."
    monkeypatch.setattr(node_clients, "node_is_there", lambda: True)
    assert test.EXCUSES["node"]() is None


def test_the_large_command_line_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(node_clients.SF_WANTED, raising=False)
    assert not node_clients.bring_sf()
    assert "TSUNAGU_TEST_SF=1" in (test.EXCUSES["sf"]() or "")
    monkeypatch.setenv(node_clients.SF_WANTED, "1")
    assert test.EXCUSES["sf"]() is None


def test_an_install_is_made_once_for_a_lock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clients = tmp_path / "tests" / "clients"
    programs = tmp_path / "bin"
    for folder in (clients, programs):
        folder.mkdir(parents=True)
    for name, script in (("node", "exit 0"), ("npm", 'echo "$@" >> ran; mkdir -p node_modules')):
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(node_clients, "CLIENTS", clients)
    for lock, runs in (("{}", 1), ("{}", 1), ('{"a": 1}', 2)):
        (clients / "package-lock.json").write_text(lock)
        assert node_clients.bring()
        assert len((clients / "ran").read_text().splitlines()) == runs
    assert "ci --ignore-scripts" in (clients / "ran").read_text()
    (programs / "npm").write_text("#!/bin/sh\nexit 1\n")
    (clients / "package-lock.json").write_text("{}2")
    assert not node_clients.bring()
