"""R33, B14: what `tsunagu plugins new` writes is a plugin: installed by pip its tests pass, and it is gold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from host.cli import main
from host.testing.skeleton.writing import SkeletonRefused, write_skeleton

NAME = "north_crm"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new") / "made"
    reply = CliRunner().invoke(main, ["plugins", "new", NAME, "--directory", str(folder)])
    assert reply.exit_code == 0, reply.output
    return folder


@pytest.fixture(scope="module")
def installed(made: Path) -> dict[str, str]:
    """The environment of an installation that has it."""
    site = made.parent / "site"
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target", str(site), "."]
    subprocess.run(command, cwd=made, check=True, capture_output=True, timeout=120)
    return {**os.environ, "PYTHONPATH": str(site)}


def test_r33_its_tests_pass_and_the_command_says_gold(made: Path, installed: dict[str, str]) -> None:
    pytest_of_it = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "tests"]
    check = [str(Path(sys.executable).with_name("tsunagu")), "plugins", "check", NAME, "--at-least", "gold", "--json"]
    asked = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "env": installed}
    with subprocess.Popen(pytest_of_it, cwd=made, **asked) as tests, subprocess.Popen(check, cwd=made, **asked) as checking:
        said, checked = tests.communicate(timeout=120)[0], checking.communicate(timeout=120)[0]
    assert tests.returncode == 0, said
    assert checking.returncode == 0, checked
    report = json.loads(checked)
    assert (report["plugin"], report["distribution"], report["tier"]) == (NAME, "tsunagu-north-crm", "gold")
    assert {finding["verdict"] for finding in report["findings"]} == {"passed", "not applicable"}


def test_r33_nothing_of_a_template_is_left(made: Path) -> None:
    ours = [path for path in made.rglob("*") if path.suffix in (".py", ".toml", ".md", ".po") and "build" not in path.parts]
    texts = [path.read_text() for path in ours]
    assert len(texts) == 10
    assert not [text for text in texts if "@NAME@" in text or "@TITLE@" in text]


@pytest.mark.parametrize("name", ["North", "2crm", "a-b", "", "plugins", "class"])
def test_r33_a_name_that_is_none_is_refused_and_nothing_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(SkeletonRefused):
        write_skeleton(name, tmp_path / "new")
    assert not list(tmp_path.iterdir())


def test_r33_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    reply = CliRunner().invoke(main, ["plugins", "new", NAME, "--directory", str(tmp_path)])
    assert (reply.exit_code, "is there already" in reply.output) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
