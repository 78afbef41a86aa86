"""B14: `tsunagu plugins check`: what it takes, what it says, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from broken_plugins import UNLOADABLE, hook, plugin_class
from click.testing import CliRunner
from foreign_plugins import install
from small_crm import RIGHT

from host.cli import main


def run(*arguments: str) -> tuple[int, str]:
    reply = CliRunner().invoke(main, ["plugins", "check", *arguments])
    return reply.exit_code, reply.output


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin that is not installed, in the folder the command is run in."""
    (tmp_path / "mine.py").write_text(plugin_class("mine", hook("return Skipped(reason='Nothing to do.')")))
    (tmp_path / "bad.py").write_text(UNLOADABLE["raises_on_import"][0])
    monkeypatch.chdir(tmp_path)


def test_b14_a_plugin_that_is_not_installed_is_checked_from_the_folder(written: None) -> None:
    code, output = run("--module", "mine:plugin")
    assert code == 0, output
    assert "mine 1 (not installed)" in output
    assert output.rstrip().endswith("bronze; silver lacks declared, translated")
    assert "Why it matters: Half of the people" in output


def test_b14_the_grade_asked_for_decides_how_it_ends(written: None) -> None:
    code, output = run("--module", "mine:plugin", "--at-least", "silver", "--json")
    assert code == 1
    assert json.loads(output)["tier"] == "bronze"


def test_b14_one_that_cannot_be_imported_has_no_grade(written: None) -> None:
    code, output = run("--module", "bad:plugin")
    assert code == 1
    assert "bad:plugin cannot be imported: RuntimeError" in output
    assert "no grade; bronze lacks imports" in output
    assert "secret-token" not in output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nobody",), "No plugin named “nobody” is installed."),
        ((), "Give the name of an installed plugin"),
        (("contacts", "--module", "a:b"), "Give the name of an installed plugin"),
        (("contacts", "--scenario", "nowhere:scenario"), "cannot be imported"),
        (("contacts", "--scenario", "json:dumps"), "is no host.testing.Scenario"),
    ],
)
def test_b14_what_it_cannot_do_is_said_in_a_sentence(arguments: tuple[str, ...], words: str) -> None:
    code, output = run(*arguments)
    assert code != 0
    assert words in output
    assert "Traceback" not in output


def test_b14_plugin_and_scenario_of_the_folder_are_shown_at_work(written: None, tmp_path: Path) -> None:
    (tmp_path / "small.py").write_text(RIGHT)
    code, output = run("--module", "small:plugin", "--scenario", "small_crm:SmallCrm", "--json")
    verdicts = {finding["rule"]: finding["verdict"] for finding in json.loads(output)["findings"]}
    assert code == 0
    assert (verdicts["finds"], verdicts["repeatable"], verdicts["distribution"]) == ("passed", "passed", "not shown")


def test_b14_the_folder_it_is_run_in_hides_nothing_of_an_installed_plugin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the tutorial: the project `east` lies in the current folder and has the package `east` in it."""
    site = tmp_path / "site"
    catalogue = site / "east" / "translations" / "ja" / "LC_MESSAGES" / "messages.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text('msgid "east"\nmsgstr "東"\n\nmsgid "Nothing to do."\nmsgstr "何もありません。"\n')
    catalogue.with_suffix(".mo").write_bytes(b"")
    install(site, "east", "from east import plugin\n")
    body = plugin_class("east", hook("return Skipped(reason='Nothing to do.')"), translations="east")
    (site / "east" / "__init__.py").write_text(body)
    (tmp_path / "here" / "east").mkdir(parents=True)
    (tmp_path / "here" / "east_module.py").write_text("raise RuntimeError")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.chdir(tmp_path / "here")
    _code, output = run("east", "--json")
    verdicts = {finding["rule"]: (finding["verdict"], finding["faults"]) for finding in json.loads(output)["findings"]}
    assert verdicts["imports"] == ("passed", [])
    assert verdicts["translated"] == ("passed", [])
