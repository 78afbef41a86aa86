"""Runs all rules on plugins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from host.testing.exhibit import Exhibit
from host.testing.judging import behaving, crm, loading, people, setting_up, weather
from host.testing.judging.evidence import Evidence
from host.testing.rule import Finding, Report, Rule, judged
from host.testing.scenario import Scenario
from host.testing.subject import Subject
from host.testing.trial.record import Trial
from host.testing.trial.running import try_out
from host.testing.workshop import scratch_folder

RULES: tuple[Rule, ...] = (*loading.RULES, *behaving.RULES, *people.RULES, *setting_up.RULES, *crm.RULES, *weather.RULES)


def check(subject: Subject, scenario: Scenario | None = None) -> Report:
    """What every rule says of this plugin.

    Raises:
        TrialBroken: the kit itself did not work.
    """
    (trial,) = try_out([subject])
    with scratch_folder() as folder:
        return report_on(trial, scenario, folder)


def report_on(trial: Trial, scenario: Scenario | None, folder: Path) -> Report:
    """What every rule says of a plugin that was tried out; with a scenario it is set to work in this folder."""
    contract = trial.one("contract")
    name = str(contract["name"]) if contract else trial.subject.name
    works = scenario is not None and contract is not None and not contract["rejected"] and not trial.died_in
    exhibit = Exhibit(trial.subject, name, scenario, folder) if works and scenario else None
    return Report(
        plugin=name,
        version=str(contract["version"]) if contract and not contract["rejected"] else trial.subject.version,
        distribution=trial.subject.distribution,
        findings=_findings(Evidence(trial=trial, exhibit=exhibit)),
    )


def _findings(evidence: Evidence) -> Sequence[Finding]:
    return judged(RULES, evidence)
