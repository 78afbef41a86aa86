"""The rules as a class of tests for pytest: subclass it, and each rule is one test."""

from __future__ import annotations

from typing import ClassVar

import pytest

from host.testing.checking import RULES, check
from host.testing.finding_scenarios import scenario_of
from host.testing.printing import explained
from host.testing.rule import Report, Tier, Verdict
from host.testing.scenario import Scenario
from host.testing.subject import Subject, installed_subject


class Conformance:
    """One test for each rule up to a grade; what cannot be tried fails as well.

    Attributes:
        plugin: the name of an installed plugin, or "package.module:object" of one that is not.
        scenario: how its CRM answers; what the plugin installs (entry-point group `tsunagu.scenarios`) if None.
        tier: the grade that is to be reached.
    """

    plugin: ClassVar[str]
    scenario: ClassVar[Scenario | None] = None
    tier: ClassVar[Tier] = Tier.GOLD

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Parametrize with the rules of the grade."""
        if "rule_id" in metafunc.fixturenames:
            metafunc.parametrize("rule_id", [rule.id for rule in RULES if rule.tier <= self.tier])

    @pytest.fixture(scope="class")
    @classmethod
    def report(cls) -> Report:
        """What the rules say, found once for all of these tests."""
        name = "" if ":" in cls.plugin else cls.plugin
        subject = installed_subject(name) if name else Subject(value=cls.plugin)
        return check(subject, cls.scenario or (scenario_of(name) if name else None))

    def test_rule(self, report: Report, rule_id: str) -> None:
        """The plugin keeps this rule."""
        finding = report.of(rule_id)
        if finding.verdict is Verdict.NOT_SHOWN:
            pytest.fail(f"{finding.rule.title}: {finding.reason}", pytrace=False)
        if finding.verdict is Verdict.FAILED:
            pytest.fail("\n".join((f"{finding.rule.title}: it does not.", *explained(finding))), pytrace=False)
