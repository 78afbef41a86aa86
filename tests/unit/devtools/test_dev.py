"""dev.py: says what is wrong in a sentence, and knows when there is nothing to do."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PATH = Path(__file__).resolve().parents[3] / "dev.py"


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, with an environment folder of its own."""
    spec = importlib.util.spec_from_file_location("dev_under_test", PATH)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    venv = tmp_path / ".venv"
    for name, value in {
        "VENV": venv,
        "PYTHON": venv / "bin" / "python",
        "STAMP": venv / "stamp",
        "UNDER_WAY": venv / "half",
    }.items():
        monkeypatch.setattr(module, name, value)
    return module


def test_an_old_python_is_told_so(dev: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(dev, "NEEDED", (3, 99))
    with pytest.raises(SystemExit) as ended:
        dev.main(["run"])
    assert ended.value.code == 1
    assert "Tsunagu needs Python 3.99 or newer; this is 3." in capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["dance"], 2), (["--help"], 0)])
def test_without_a_command_the_commands_are_shown(
    dev: Any, arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        dev.main(arguments)
    assert ended.value.code == code
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in dev.COMMANDS)


def test_a_python_that_can_make_no_environment_is_told_what_to_install(
    dev: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "installed", lambda _module: False)
    monkeypatch.setattr(dev.shutil, "which", lambda _name: None)
    with pytest.raises(SystemExit) as ended:
        dev.main(["check"])
    assert ended.value.code == 1
    assert "sudo apt install python3-venv" in capsys.readouterr().err
    assert not dev.VENV.exists()


def test_without_ensurepip_the_systems_pip_works_on_the_environment(dev: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "installed", lambda module: module in ("venv", "pip"))
    monkeypatch.setattr(dev.shutil, "which", lambda _name: None)
    dev.make_venv()
    assert dev.venv_works()
    assert dev.pip_command() == [sys.executable, "-m", "pip", "--python", str(dev.PYTHON)]


def test_a_finished_environment_is_left_alone(dev: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    dev.PYTHON.parent.mkdir(parents=True)
    dev.PYTHON.symlink_to(sys.executable)
    dev.STAMP.write_text(dev.expected_stamp())
    monkeypatch.setattr(dev, "install", lambda *_: pytest.fail("something was installed"))
    monkeypatch.setattr(dev, "compile_translations", lambda: None)
    dev.set_up()


def test_an_environment_whose_installing_was_cut_off_is_made_anew(dev: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip takes a package for installed that has only half its files, so what is there cannot be trusted."""
    dev.PYTHON.parent.mkdir(parents=True)
    dev.PYTHON.symlink_to(sys.executable)
    dev.STAMP.write_text(dev.expected_stamp())
    dev.UNDER_WAY.touch()
    half_installed = dev.VENV / "half-installed"
    half_installed.touch()
    monkeypatch.setattr(dev, "install", lambda *_: None)
    monkeypatch.setattr(dev, "compile_translations", lambda: None)
    dev.set_up()
    assert not half_installed.exists()
    assert not dev.UNDER_WAY.exists()


def test_what_pip_says_of_a_failure_is_shown(dev: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "pip_command", lambda: [sys.executable, "-c", "print('no such package'); raise SystemExit(1)"])
    with pytest.raises(dev.SetUpFailed, match="no such package"):
        dev.install("the locked packages", [], 1)


def test_it_uses_the_standard_library_only() -> None:
    imported = subprocess.run([sys.executable, "-S", "-c", "import dev"], cwd=PATH.parent, capture_output=True, check=False)
    assert imported.returncode == 0, imported.stderr
