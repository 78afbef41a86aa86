"""B14: each gold rule finds the plugin that breaks it, and nothing in one that does everything right."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from small_crm import RIGHT, WRONG, SmallCrm, wrong_source

from host.testing import Finding, Subject, Verdict
from host.testing.exhibit import Exhibit
from host.testing.judging import crm, weather
from host.testing.judging.evidence import Evidence
from host.testing.rule import judged
from host.testing.scenario import Scenario
from host.testing.trial.record import Trial

RULES = (*crm.RULES, *weather.RULES)
HOOKS = ["on_call_end", "on_memo_saved"]
CONTRACT = {"rejected": "", "name": "small", "hooks": HOOKS, "deadline": 60.0, "jobs": ["import_all"]}
Judge = Callable[[str, Scenario], dict[str, Finding]]


@pytest.fixture
def findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judge:
    """What the rules about a plugin at work say of this source."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def judge(source: str, scenario: Scenario) -> dict[str, Finding]:
        (tmp_path / "small_plugin.py").write_text(source)
        monkeypatch.delitem(sys.modules, "small_plugin", raising=False)
        subject = Subject(name="small", value="small_plugin:plugin")
        evidence = Evidence(
            trial=Trial(subject=subject, steps={"contract": [CONTRACT]}),
            exhibit=Exhibit(subject, "small", scenario, tmp_path),
        )
        return {finding.rule.id: finding for finding in judged(RULES, evidence)}

    return judge


def failed(found: dict[str, Finding]) -> dict[str, tuple[str, ...]]:
    return {rule: finding.faults for rule, finding in found.items() if finding.verdict is Verdict.FAILED}


def test_b14_a_plugin_that_does_everything_right_keeps_all_rules(findings: Judge) -> None:
    found = findings(RIGHT, SmallCrm())
    assert failed(found) == {}
    assert {finding.verdict for finding in found.values()} == {Verdict.PASSED}


@pytest.mark.parametrize("name", WRONG)
def test_b14_each_rule_finds_what_breaks_it(name: str, findings: Judge) -> None:
    rules = WRONG[name][2]
    assert set(failed(findings(wrong_source(name), SmallCrm()))) == set(rules.split())


def test_b14_requests_the_kit_cannot_see_are_not_taken_for_none(findings: Judge) -> None:
    silent = RIGHT.replace("reply = requests.request(", "return [] or dict(").replace(
        ", **more)\n    except", ")\n    except"
    )
    found = findings(silent, SmallCrm())
    assert found["time-outs"].verdict is Verdict.NOT_SHOWN
    assert "library requests" in found["time-outs"].reason


class Unwriting(SmallCrm):
    """A CRM that only knows people."""

    writes = False
    known = None


def test_b14_what_a_plugin_does_not_do_is_not_asked_of_it(findings: Judge) -> None:
    found = findings(RIGHT, Unwriting())
    assert {rule for rule, finding in found.items() if finding.verdict is Verdict.NOT_APPLICABLE} == {"finds", "keeps-up"}
