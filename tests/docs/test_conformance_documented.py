"""B14: docs/conformance.md says of every rule what the rule says, and docs/testing-plugins.md has all parts of the kit."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from devtools.conformance_page import BEGINS, PAGE, rendered
from host.testing import RULES, Scenario, Tier
from host.testing.conformance import Conformance

ROOT = Path(__file__).resolve().parents[2]
TESTING = (ROOT / "docs" / "testing-plugins.md").read_text()


def test_b14_the_sections_are_those_of_the_rules() -> None:
    assert PAGE.read_text().partition(BEGINS)[2] == rendered(), "run: python -m devtools.conformance_page"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_b14_a_rule_has_a_section_that_says_why_and_how(rule) -> None:
    section = PAGE.read_text().split(f"\n## {rule.id}\n")[1].split("\n## ")[0]
    words = " ".join(section.split())
    assert rule.why in words
    assert rule.mend in words
    assert f"({rule.tier.title})" in words


def test_b14_rules_have_names_of_their_own_and_need_rules_that_come_first() -> None:
    names = [rule.id for rule in RULES]
    assert len(set(names)) == len(names)
    assert all(set(rule.needs) <= set(names[: names.index(rule.id)]) for rule in RULES)
    assert {rule.tier for rule in RULES} == {Tier.BRONZE, Tier.SILVER, Tier.GOLD}


def test_b14_every_part_of_a_scenario_is_documented() -> None:
    parts = {name for name in vars(Scenario) if not name.startswith("_")}
    assert parts <= set(re.findall(r"`(\w+)[`(]", TESTING))


def test_b14_every_attribute_of_the_test_class_is_documented() -> None:
    attributes = {name for name in inspect.get_annotations(Conformance) if not name.startswith("_")}
    assert attributes == {"plugin", "scenario", "tier"}
    assert all(f"| `{name}` |" in TESTING for name in attributes)


def test_b14_the_scenario_in_the_docs_is_one() -> None:
    code = next(block for block in re.findall(r"```python\n(.*?)```", TESTING, re.DOTALL) if "class AcmeScenario" in block)
    space: dict[str, object] = {"__name__": "example"}
    exec(compile(code, "docs/testing-plugins.md", "exec"), space)
    scenario = space["scenario"]
    assert isinstance(scenario, Scenario)
    with scenario.running():
        assert scenario.records() == []
